"""`register`: partners and customers from a file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from models.actions.partners import Registered
    from models.rules.registration import PartnerRegistration


def register(
    file: Annotated[Path, typer.Argument(help='JSON: {"partners": [{"name": …, …}, …]}')],
) -> None:
    """Register partners and customers, or bring them up to date: all of FILE or nothing.

    A partner is known by its billing accounts. Its settings become what FILE says, and stay as they
    are where FILE leaves them out; accounts, managers and customers are added and corrected, never
    taken away, but for a mobile or an e-mail that is null.
    """
    from models.rules.errors import BillingError
    from models.rules.registration_json import path_text, read_registrations

    try:
        done = asyncio.run(_register(read_registrations(_read(file))))
    except BillingError as refused:
        place = f"{path_text(refused.path)}: " if refused.path else ""
        typer.echo(f"{file.name}: {place}{refused.message} Nothing was registered.", err=True)
        raise typer.Exit(1) from refused
    typer.echo(_summary(done))


def _read(file: Path) -> str:
    from models.rules.errors import ErrorCode, InvalidInput
    from models.rules.registration_json import LONGEST

    try:
        if file.stat().st_size > LONGEST:
            raise InvalidInput("The file is larger than 256 MiB.", ErrorCode.INVALID_FILE)
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{error.strerror or 'It cannot be read'}.", ErrorCode.INVALID_FILE
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("This is no text in UTF-8.", ErrorCode.INVALID_FILE) from error


async def _register(registrations: "tuple[PartnerRegistration, ...]") -> "list[Registered]":
    from models.actions.partners import register_partners
    from models.adapters.database import open_database
    from models.adapters.settings import Settings

    settings = Settings()
    async with open_database(settings.database) as db:
        return await db.transact(
            register_partners,
            registrations=registrations,
            secret=settings.secret.get_secret_value(),
            now=datetime.now(UTC),
        )


def _summary(done: "list[Registered]") -> str:
    new = sum(registered.is_new for registered in done)
    changed = sum(registered.changed > 0 for registered in done) - new
    if not new and not changed:
        return "Nothing changed: all is registered like this."
    same = len(done) - new - changed
    return f"Partners registered: {new:,}, brought up to date: {changed:,}, unchanged: {same:,}."
