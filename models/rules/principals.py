"""Who asks: a user, a role, and for partner roles exactly one partner (R1)."""

from dataclasses import dataclass
from enum import StrEnum

from models.rules.errors import Forbidden


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


PARTNER_ROLES = frozenset({Role.PARTNER_VIEWER, Role.PARTNER_FINANCE, Role.PARTNER_ADMIN})

_FINANCE = frozenset(
    {Action.CONFIRM_BILL, Action.PAY_BILLS, Action.EXPORT_BILLS, Action.DOWNLOAD_EXPORT}
)
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.PARTNER_VIEWER: frozenset(),
    Role.PARTNER_FINANCE: _FINANCE,
    Role.PARTNER_ADMIN: _FINANCE,
    Role.CHANNEL_MANAGER: frozenset(),
    Role.SALES_OPS: frozenset(
        {Action.REGISTER_PARTNER, Action.REGISTER_CUSTOMERS, Action.TOP_UP_DEPOSIT}
    ),
    Role.AUDITOR: frozenset(),
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
