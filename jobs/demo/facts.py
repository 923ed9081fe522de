"""What someone who tries the demo needs: tokens, partners, queries."""

from datetime import datetime, timedelta
from typing import Any

from jobs.demo.cast import CHANNEL_MANAGER
from jobs.demo.queries import QUERIES
from models.adapters.database import Database
from models.adapters.settings import Settings
from models.adapters.tokens import mint
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.ids import IdPrefix, parse_public_id, public_id
from models.rules.principals import PARTNER_ROLES, Principal, Role


def development_token(
    settings: Settings, who: tuple[str, Role, str], *, now: datetime, lifetime: timedelta
) -> str:
    """A token for (subject, role, partner id), signed with the installation's own secret.

    Raises InvalidInput where tokens come from an identity provider, for a partner role without a
    partner and for a vendor role with one.
    """
    subject, role, partner = who
    if settings.oidc_jwks_url:
        raise InvalidInput("Tokens come from your identity provider here; ask it for one.")
    partner_id = parse_public_id(partner, IdPrefix.PARTNER) if partner else None
    if partner and partner_id is None:
        raise InvalidInput(
            f"{partner[:40]!r} is no partner id, such as prt_1.", ErrorCode.INVALID_ID
        )
    if (role in PARTNER_ROLES) != (partner_id is not None):
        needs = "needs --partner" if role in PARTNER_ROLES else "takes no --partner"
        raise InvalidInput(f"The role {role} {needs}.")
    principal = Principal(subject, role, partner_id)
    secret = settings.secret.get_secret_value()
    return mint(principal, secret=secret, now=now, lifetime=lifetime)


async def demo_facts(
    db: Database, settings: Settings, *, now: datetime, lifetime: timedelta
) -> dict[str, Any]:
    """Tokens by role (partner roles: of the first partner), partners, and queries by name."""
    rows = await db.fetch("SELECT id, name FROM partners ORDER BY id")
    partners = [{"id": public_id(IdPrefix.PARTNER, row["id"]), "name": row["name"]} for row in rows]

    def token(role: Role) -> str:
        is_partner = role in PARTNER_ROLES
        subject = CHANNEL_MANAGER if role is Role.CHANNEL_MANAGER else f"demo.{role.lower()}"
        who = (subject, role, partners[0]["id"] if is_partner else "")
        return development_token(settings, who, now=now, lifetime=lifetime)

    roles = [role for role in Role if partners or role not in PARTNER_ROLES]
    return {
        "tokens": {role.value: token(role) for role in roles},
        "partners": partners,
        "queries": QUERIES,
    }
