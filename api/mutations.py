"""Everything that changes something."""

import strawberry

from api.address_verbs import AddressMutation
from api.adjustment_verbs import AdjustmentMutation
from api.bill_verbs import BillMutation
from api.coupon_verbs import CouponMutation
from api.customer_verbs import CustomerMutation
from api.delivery_verbs import DeliveryMutation
from api.dispute_verbs import DisputeMutation
from api.export_verbs import ExportMutation
from api.partner_verbs import PartnerMutation
from api.payment_verbs import PaymentMutation
from api.storage_eligibility_verbs import StorageEligibilityMutation
from api.storage_grant_verbs import StorageGrantMutation
from api.storage_verbs import StorageMutation
from api.webhook_delivery_verbs import WebhookDeliveryMutation
from api.webhook_verbs import WebhookMutation


@strawberry.type(description="What can be done; each verb either happens whole or not at all.")
class Mutation(
    BillMutation,
    AdjustmentMutation,
    DisputeMutation,
    PaymentMutation,
    ExportMutation,
    PartnerMutation,
    CouponMutation,
    CustomerMutation,
    WebhookMutation,
    WebhookDeliveryMutation,
    AddressMutation,
    StorageEligibilityMutation,
    StorageGrantMutation,
    StorageMutation,
    DeliveryMutation,
):
    """Root mutations."""
