"""Who may do what, written down once: every mutation and every kind of caller.

    +  it is done
    F  FORBIDDEN: the role may not do this
    N  NOT_FOUND: the role may, but not for this partner
    U  UNAUTHENTICATED, E  TOKEN_EXPIRED

The first three columns are people of the partner. `manager` looks after the partner, `stranger` is
a channel manager who looks after another one. By domain.md the channel manager disputes and
adjusts, sales allow, reverse and deliver by hand, and an auditor changes nothing.
"""

from models.rules.principals import Role

_TABLE = """
                            viewer finance admin manager stranger sales auditor nobody expired
confirmBill                 F      +       +     F       F        F     F       U      E
openDispute                 F      +       +     F       F        F     F       U      E
withdrawDispute             F      +       +     F       F        F     F       U      E
replyToDispute              F      +       +     +       N        F     F       U      E
resolveDispute              F      F       F     +       N        F     F       U      E
adjustBill                  F      F       F     +       N        F     F       U      E
reverseAdjustment           F      F       F     +       N        F     F       U      E

payBills                    F      +       +     F       F        F     F       U      E
topUpDeposit                F      F       F     F       F        +     F       U      E
reversePayment              F      F       F     F       F        +     F       U      E
grantCoupon                 F      F       F     +       N        +     F       U      E
applyCoupon                 F      F       F     +       N        +     F       U      E
setTaxes                    F      F       F     F       F        +     F       U      E

exportBills                 F      +       +     F       F        F     F       U      E
cancelExport                F      +       +     F       F        F     F       U      E
removeExportFile            F      +       +     F       F        F     F       U      E

registerPartner             F      F       F     F       F        +     F       U      E
registerCustomers           F      F       F     F       F        +     F       U      E
setBillingAddress           F      F       F     F       F        +     F       U      E
revealCustomer              F      F       F     +       N        +     F       U      E

createWebhookEndpoint       F      F       +     F       F        F     F       U      E
updateWebhookEndpoint       F      F       +     F       F        F     F       U      E
rotateWebhookSecret         F      F       +     F       F        F     F       U      E
sendTestWebhook             F      F       +     F       F        F     F       U      E
replayWebhookDelivery       F      F       +     F       F        F     F       U      E

allowBillStorage            F      F       F     F       F        +     F       U      E
revokeBillStorage           F      F       F     F       F        +     F       U      E
requestStorageGrant         F      F       +     F       F        F     F       U      E
agreeToStorageGrant         F      F       +     F       F        F     F       U      E
withdrawStorageGrant        F      F       +     F       F        F     F       U      E
enableBillStorage           F      F       +     F       F        F     F       U      E
changeBillStorageBucket     F      F       +     F       F        F     F       U      E
probeBillStorageBucket      F      F       +     F       F        F     F       U      E
updateBillStorage           F      F       +     F       F        F     F       U      E
disableBillStorage          F      F       +     F       F        F     F       U      E

triggerDelivery             F      F       F     F       F        +     F       U      E
deliverBill                 F      F       F     F       F        +     F       U      E
backfillDeliveries          F      F       +     F       F        +     F       U      E
"""

# What the actions of `viewer.allowedActions` stand for, and whom the others let read what.
VERBS: dict[str, set[str]] = {
    "CONFIRM_BILL": {"confirmBill"},
    "DISPUTE_BILL": {"openDispute", "withdrawDispute", "replyToDispute"},
    "RESOLVE_DISPUTE": {"resolveDispute", "replyToDispute"},
    "ADJUST_BILL": {"adjustBill", "reverseAdjustment"},
    "PAY_BILLS": {"payBills"},
    "TOP_UP_DEPOSIT": {"topUpDeposit"},
    "REVERSE_PAYMENT": {"reversePayment"},
    "GRANT_COUPON": {"grantCoupon", "applyCoupon"},
    "SET_TAX": {"setTaxes"},
    "EXPORT_BILLS": {"exportBills", "cancelExport", "removeExportFile"},
    "REGISTER_PARTNER": {"registerPartner", "setBillingAddress"},
    "REGISTER_CUSTOMERS": {"registerCustomers"},
    "REVEAL_CUSTOMER": {"revealCustomer"},
    "MANAGE_WEBHOOKS": {
        "createWebhookEndpoint", "updateWebhookEndpoint", "rotateWebhookSecret",
        "sendTestWebhook", "replayWebhookDelivery",
    },
    "ALLOW_STORAGE": {"allowBillStorage", "revokeBillStorage"},
    "MANAGE_STORAGE": {
        "requestStorageGrant", "agreeToStorageGrant", "withdrawStorageGrant",
        "enableBillStorage", "changeBillStorageBucket", "probeBillStorageBucket",
        "updateBillStorage", "disableBillStorage",
    },
    "TRIGGER_DELIVERY": {"triggerDelivery", "deliverBill"},
    "BACKFILL_DELIVERIES": {"backfillDeliveries"},
}  # fmt: skip

LINKS: dict[str, set[str]] = {
    "DOWNLOAD_INVOICE": {"viewer", "finance", "admin", "manager", "sales", "auditor"},
    "DOWNLOAD_EXPORT": {"finance", "admin", "auditor"},
    "READ_AUDIT_TRAIL": {"finance", "admin", "manager", "sales", "auditor"},
}

OUTCOMES = {
    "F": "FORBIDDEN", "N": "NOT_FOUND", "U": "UNAUTHENTICATED", "E": "TOKEN_EXPIRED"
}  # fmt: skip
ROLES = {
    "viewer": Role.PARTNER_VIEWER,
    "finance": Role.PARTNER_FINANCE,
    "admin": Role.PARTNER_ADMIN,
    "manager": Role.CHANNEL_MANAGER,
    "sales": Role.SALES_OPS,
    "auditor": Role.AUDITOR,
}


def _read(rows: str) -> dict[str, dict[str, str]]:
    lines = [line.split() for line in rows.splitlines() if line]
    return {verb: dict(zip(_COLUMNS, marks, strict=True)) for verb, *marks in lines}


_HEAD, _, _ROWS = _TABLE.strip().partition("\n")
_COLUMNS = _HEAD.split()
MAY = _read(_ROWS)
# The verbs of each paragraph.
GROUPS = [list(_read(rows)) for rows in _ROWS.split("\n\n")]


def allowed(verb: str) -> list[Role]:
    """The roles by which a mutation is done."""
    return [role for column, role in ROLES.items() if MAY[verb][column] == "+"]
