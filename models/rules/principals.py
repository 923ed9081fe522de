"""Who asks: a user, a role, and for partner roles exactly one partner (R1)."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.errors import Forbidden

# Characters of a user's name, `subject`: as much as every row that names somebody can hold.
LONGEST_SUBJECT = 200


class Role(StrEnum):
    """The roles of the domain; the first three belong to one partner, the others to the vendor."""

    PARTNER_VIEWER = "PARTNER_VIEWER"
    PARTNER_FINANCE = "PARTNER_FINANCE"
    PARTNER_ADMIN = "PARTNER_ADMIN"
    CHANNEL_MANAGER = "CHANNEL_MANAGER"
    SALES_OPS = "SALES_OPS"
    AUDITOR = "AUDITOR"


class Action(StrEnum):
    """What a principal may be allowed to do beyond reading."""

    CONFIRM_BILL = "CONFIRM_BILL"
    PAY_BILLS = "PAY_BILLS"
    EXPORT_BILLS = "EXPORT_BILLS"
    DOWNLOAD_EXPORT = "DOWNLOAD_EXPORT"
    REGISTER_PARTNER = "REGISTER_PARTNER"
    REGISTER_CUSTOMERS = "REGISTER_CUSTOMERS"
    TOP_UP_DEPOSIT = "TOP_UP_DEPOSIT"
    DISPUTE_BILL = "DISPUTE_BILL"
    RESOLVE_DISPUTE = "RESOLVE_DISPUTE"
    ADJUST_BILL = "ADJUST_BILL"
    GRANT_COUPON = "GRANT_COUPON"
    SET_TAX = "SET_TAX"
    REVERSE_PAYMENT = "REVERSE_PAYMENT"
    DOWNLOAD_INVOICE = "DOWNLOAD_INVOICE"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    REVEAL_CUSTOMER = "REVEAL_CUSTOMER"
    READ_AUDIT_TRAIL = "READ_AUDIT_TRAIL"
    ALLOW_STORAGE = "ALLOW_STORAGE"
    MANAGE_STORAGE = "MANAGE_STORAGE"
    TRIGGER_DELIVERY = "TRIGGER_DELIVERY"
    BACKFILL_DELIVERIES = "BACKFILL_DELIVERIES"


PARTNER_ROLES = frozenset({Role.PARTNER_VIEWER, Role.PARTNER_FINANCE, Role.PARTNER_ADMIN})

_READ = frozenset({Action.DOWNLOAD_INVOICE})
_FINANCE = _READ | {
    Action.CONFIRM_BILL,
    Action.DISPUTE_BILL,
    Action.PAY_BILLS,
    Action.EXPORT_BILLS,
    Action.DOWNLOAD_EXPORT,
    Action.READ_AUDIT_TRAIL,
}
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.PARTNER_VIEWER: _READ,
    Role.PARTNER_FINANCE: _FINANCE,
    Role.PARTNER_ADMIN: _FINANCE
    | {Action.MANAGE_WEBHOOKS, Action.MANAGE_STORAGE, Action.BACKFILL_DELIVERIES},
    Role.CHANNEL_MANAGER: _READ
    | {
        Action.RESOLVE_DISPUTE,
        Action.ADJUST_BILL,
        Action.GRANT_COUPON,
        Action.REVEAL_CUSTOMER,
        Action.READ_AUDIT_TRAIL,
    },
    Role.SALES_OPS: _READ
    | {
        Action.REGISTER_PARTNER,
        Action.REGISTER_CUSTOMERS,
        Action.TOP_UP_DEPOSIT,
        Action.GRANT_COUPON,
        Action.SET_TAX,
        Action.REVERSE_PAYMENT,
        Action.REVEAL_CUSTOMER,
        Action.READ_AUDIT_TRAIL,
        Action.ALLOW_STORAGE,
        Action.TRIGGER_DELIVERY,
        Action.BACKFILL_DELIVERIES,
    },
    Role.AUDITOR: _READ | {Action.DOWNLOAD_EXPORT, Action.READ_AUDIT_TRAIL},
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user: `subject` names the person, `partner_id` is set for partner roles only."""

    subject: str
    role: Role
    partner_id: int | None = None

    def may(self, action: Action) -> bool:
        """Whether the role allows `action`."""
        return action in ALLOWED[self.role]

    def require(self, action: Action) -> None:
        """Raise Forbidden unless the role allows `action`."""
        if not self.may(action):
            raise Forbidden(f"The role {self.role} may not {action.replace('_', ' ').lower()}.")

    @property
    def is_vendor(self) -> bool:
        """Whether this principal works for the vendor."""
        return self.role not in PARTNER_ROLES
