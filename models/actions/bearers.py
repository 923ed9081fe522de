"""Whose the slots of an imported file are: partners and customers, found or registered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from models.actions.customers import Roster, add_customers, keep_values
from models.actions.intake import Intake, Slot
from models.actions.partners import put_partner
from models.actions.rows import save_changes
from models.adapters.database import Tx
from models.reads.accounts import KnownCustomer, known_customers, own_accounts_of, payers
from models.rules.attribution import is_own, kind_of
from models.rules.registration import (
    LONGEST_NAME,
    Association,
    CustomerRegistration,
    PartnerRegistration,
)
from models.tables.partners import OwnAccount


class Bearer(NamedTuple):
    """Who bears the charges of a slot; `customer_id` is None for the partner itself."""

    partner_id: int
    customer_id: int | None
    kind: str


async def find_partners(tx: Tx, intake: Intake, *, secret: str, now: datetime) -> dict[str, int]:
    """The partner of every billing account of the file.

    One that is unknown, which only passes where the caller allowed it, is registered under the
    name in the file. Raises Conflict (ALREADY_EXISTS) when someone else just did that.
    """
    found = await payers(tx, intake.billing_names)
    partners = {account: payer.partner_id for account, payer in found.items()}
    for account, name in intake.billing_names.items():
        if account not in partners:
            registration = PartnerRegistration((name or account)[:LONGEST_NAME], (account,))
            put = await put_partner(tx, None, registration=registration, secret=secret, now=now)
            partners[account] = put.partner_id
    return partners


async def find_bearers(
    tx: Tx, partner_id: int, slots: Collection[Slot], intake: Intake, *, secret: str
) -> dict[Slot, Bearer]:
    """Who bears the charges of a partner's slots.

    An unknown sub-account becomes a customer of the RESELLER model under the name in the file:
    its charges are real, and would be missing from the bill otherwise. One that is known keeps its
    name; what the file calls it is kept beside that.
    """
    own = await own_accounts_of(tx, partner_id)
    ours = dict.fromkeys(slot for slot in slots if is_own(slot.sub_account, slot.category, own))
    await _place_accounts(tx, partner_id, ours)
    theirs = [slot for slot in slots if slot.sub_account is not None and slot not in ours]
    names = {slot.sub_account or "": intake.sub_account_names[slot[:2]] for slot in theirs}
    customers = await _customers(tx, partner_id, names, secret=secret)
    await keep_values(tx, partner_id, _other_names(theirs, intake, customers))
    return {
        slot: _bearer(partner_id, customers.get(slot.sub_account or ""), is_own=slot in ours)
        for slot in slots
    }


def _other_names(
    slots: Collection[Slot], intake: Intake, customers: Mapping[str, KnownCustomer]
) -> list[tuple[int, str, str]]:
    """What the file calls customers that have another name here."""
    found = set()
    for account in {slot[:2] for slot in slots}:
        customer = customers[account[1] or ""]
        given = {intake.sub_account_names[account], *intake.other_names.get(account, ())}
        names = {name[:LONGEST_NAME] for name in given if name} - {customer.name}
        found |= {(customer.id, "NAME", name) for name in names}
    return sorted(found)


async def _place_accounts(tx: Tx, partner_id: int, ours: Collection[Slot]) -> None:
    """Note under which billing account each of the partner's own accounts was first seen."""
    places = {slot.sub_account: slot.billing_account for slot in reversed([*ours])}
    unplaced = OwnAccount.filter(partner_id=partner_id, billing_account=None).using_db(tx.client)
    for account in await unplaced:
        if account.account in places:
            account.billing_account = places[account.account]
            await save_changes(tx, account, ["billing_account"])


def _bearer(partner_id: int, customer: KnownCustomer | None, *, is_own: bool) -> Bearer:
    association = Association(customer.association) if customer else None
    kind = kind_of(association, is_own=is_own)
    return Bearer(partner_id, customer.id if customer else None, kind)


async def _customers(
    tx: Tx, partner_id: int, names: dict[str, str | None], *, secret: str
) -> dict[str, KnownCustomer]:
    known = await known_customers(tx, partner_id, names)
    unknown = tuple(
        CustomerRegistration(account, (name or account)[:LONGEST_NAME])
        for account, name in names.items()
        if account not in known
    )
    await add_customers(tx, Roster(partner_id, unknown), known, secret=secret)
    added = await known_customers(tx, partner_id, [customer.account for customer in unknown])
    return known | added
