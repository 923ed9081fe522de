"""Everything that changes something."""

import strawberry

from api.bill_verbs import BillMutation
from api.export_verbs import ExportMutation
from api.partner_verbs import PartnerMutation
from api.payment_verbs import PaymentMutation


@strawberry.type(description="What can be done; each verb either happens whole or not at all.")
class Mutation(BillMutation, PaymentMutation, ExportMutation, PartnerMutation):
    """Root mutations."""
