"""`token`: a bearer token for trying things out."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from models.rules.principals import Role


def token(
    role: Annotated[Role, typer.Option(help="The role to sign in as.")] = Role.PARTNER_FINANCE,
    partner: Annotated[str, typer.Option(help="The partner's id, for partner roles.")] = "",
    subject: Annotated[str, typer.Option(help="The user's name.")] = "someone",
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long it holds.")] = 12,
) -> None:
    """Print a bearer token, signed with the development secret."""
    from jobs.demo.facts import development_token
    from models.adapters.settings import Settings

    expires = timedelta(hours=hours)
    who = (subject, role, partner)
    typer.echo(development_token(Settings(), who, now=datetime.now(UTC), lifetime=expires))
