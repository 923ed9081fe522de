"""Whose rows a principal may see: the tenant filter, in one place (R1, rule 15)."""

from dataclasses import dataclass

from models.rules.principals import Principal, Role


@dataclass(frozen=True, slots=True)
class Scope:
    """An SQL condition on a partner id and the values it binds."""

    condition: str
    values: tuple[int | str, ...]


def partner_scope(principal: Principal, column: str, placeholder: int) -> Scope:
    """The condition that `column` is a partner whom `principal` may see.

    `placeholder` is the number of the first free placeholder of the statement.
    """
    if principal.partner_id is not None:
        return Scope(f"{column} = ${placeholder}", (principal.partner_id,))
    if principal.role is Role.CHANNEL_MANAGER:
        return Scope(
            f"{column} IN (SELECT partner_id FROM channel_assignments"
            f" WHERE subject = ${placeholder})",
            (principal.subject,),
        )
    return Scope("TRUE", ())
