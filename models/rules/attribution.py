"""Whose charge a line is: the partner's own, a customer's, or nobody's in particular."""

from models.rules.registration import Association
from models.rules.states import BillKind

# The kind of charges that are on no bill: those of customers associated by referral (R21).
ON_NO_BILL = "NONE"

# What the vendor grants or corrects, as opposed to what an account consumes (R20).
GRANTS = frozenset({"Credit", "Adjustment"})


def is_own(sub_account: str | None, category: str, own_accounts: frozenset[str]) -> bool:
    """Whether a line is the partner's own use (R10).

    It is when its sub-account is registered as the partner's own, or when it has none and is
    consumption or tax; a credit or adjustment without a sub-account belongs to the reseller bill
    and to no customer (R20). `category` is a FOCUS ChargeCategory.
    """
    return category not in GRANTS if sub_account is None else sub_account in own_accounts


def kind_of(association: Association | None, *, is_own: bool) -> str:
    """The kind of bill a charge is for, ON_NO_BILL for a referral customer's (R10, R21)."""
    if is_own:
        return BillKind.SELF_USE.value
    return ON_NO_BILL if association is Association.REFERRAL else BillKind.RESELLER.value
