"""Partners: the root that everything of theirs hangs from."""

import json

from models.reads import bills, estimates, payments
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
        "customers": Connection("Customer", _MINE, (Key("{c}.id"),)),
        "payments": Connection("Payment", _MINE, payments.PAYMENT_KEYS, is_descending=True),
        "exports": Connection("ExportJob", _MINE, (Key("{c}.id"),), is_descending=True),
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
