"""Partners: the root that everything of theirs hangs from."""

import json

from models.reads import (
    audit,
    bills,
    coupons,
    deliveries,
    delivery_gaps,
    disputes,
    estimates,
    invoices,
    payments,
    statements,
    storage,
    webhooks,
)
from models.reads.engine.shapes import (
    Connection,
    Flag,
    Given,
    Instant,
    Key,
    Many,
    One,
    Root,
    Shape,
    Text,
    Texts,
    Word,
    identity,
)
from models.rules.ids import IdPrefix
from models.rules.principals import ALLOWED, Principal

_MINE = "{c}.partner_id = {t}.id"

PARTNER = Shape(
    "Partner",
    "partners {t}",
    {
        "id": Word("'prt_' || {t}.id"),
        "name": Text("{t}.name"),
        "timeZone": Word("{t}.time_zone"),
        "isConfirmationRequired": Flag("{t}.confirmation_required"),
        "creditPolicy": Word("{t}.credit_policy"),
        "createdAt": Instant("{t}.created_at"),
        "billingAccounts": Texts("a.account", "billing_accounts a", "a.partner_id = {t}.id"),
        "ownAccounts": Texts("a.account", "own_accounts a", "a.partner_id = {t}.id"),
        "amountsDue": Many("AmountDue", "TRUE", "{c}.currency"),
        "deposits": Many("Deposit", "TRUE", "{c}.currency"),
        "estimates": Many(
            "Estimate",
            f"{_MINE} AND {estimates.IS_LATEST}",
            "{c}.cycle DESC, {c}.kind, {c}.currency",
        ),
        "estimateHistory": Connection(
            "Estimate",
            _MINE,
            estimates.ESTIMATE_KEYS,
            is_descending=True,
            filters=estimates.ESTIMATE_FILTERS,
        ),
        "bills": Connection(
            "Bill",
            _MINE,
            bills.BILL_KEYS,
            is_descending=True,
            filters=bills.BILL_FILTERS,
        ),
        "coupons": coupons.COUPONS,
        "taxComponents": Many(
            "TaxComponent", f"{_MINE} AND {coupons.IS_SOME_TIME}", "{c}.first_cycle, {c}.id"
        ),
        "customers": Connection("Customer", _MINE, (Key("{c}.id"),)),
        "disputes": Connection(
            "Dispute",
            _MINE,
            disputes.DISPUTE_KEYS,
            is_descending=True,
            filters=disputes.DISPUTE_FILTERS,
        ),
        "payments": Connection("Payment", _MINE, payments.PAYMENT_KEYS, is_descending=True),
        "auditTrail": audit.OF_PARTNER,
        "statement": One("Statement", "TRUE", statements.TAKES),
        "exports": Connection("ExportJob", _MINE, (Key("{c}.id"),), is_descending=True),
        "invoices": Connection("Invoice", _MINE, invoices.INVOICE_KEYS, is_descending=True),
        "billingAddress": One("BillingAddress", _MINE),
        "billStorage": storage.OF_PARTNER,
        "deliveries": deliveries.OF_PARTNER,
        "deliveryGaps": delivery_gaps.OF_PARTNER,
        "webhookEndpoints": Many("WebhookEndpoint", _MINE, "{c}.id"),
        "webhookDeliveries": Connection(
            "WebhookDelivery",
            _MINE,
            webhooks.NEWEST_FIRST,
            is_descending=True,
            filters=webhooks.DELIVERY_FILTERS,
        ),
        "events": Connection(
            "Event",
            _MINE,
            webhooks.NEWEST_FIRST,
            is_descending=True,
            filters=webhooks.EVENT_FILTERS,
        ),
    },
    tenant="{t}.id",
)

PARTNER_BY_ID = Root(PARTNER, filters={"id": identity(IdPrefix.PARTNER)})
PARTNERS = Root(PARTNER, keys=(Key("{c}.id"),))


def _allowed_actions(principal: Principal) -> str:
    return json.dumps(sorted(action.value for action in ALLOWED[principal.role]))


VIEWER = Root(
    Shape(
        "Viewer",
        "(SELECT 1 AS one) {t}",
        {
            "subject": Given(lambda principal: json.dumps(principal.subject)),
            "role": Given(lambda principal: json.dumps(principal.role.value)),
            "allowedActions": Given(_allowed_actions),
            "partner": One("Partner", "{c}.id = {own_partner}"),
        },
    )
)
