"""The deposit account that a partner's bills are paid from."""

from dataclasses import dataclass
from datetime import datetime

from models.actions.audit import Act, record
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.ledger import Transaction, deposit_balance, post
from models.actions.locks import lock_partner
from models.adapters.currencies import minor_digits, require_currency
from models.adapters.database import Tx
from models.rules.ids import IdPrefix, public_id
from models.rules.ledger import top_up_sides
from models.rules.money import Money, amount_text
from models.rules.payments import money_text, require_payable_amount
from models.rules.principals import Action, Principal
from models.rules.states import LedgerEvent


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money that came in for a partner's deposit account."""

    partner_id: int
    amount: Money
    idempotency_key: str


async def top_up_deposit(tx: Tx, principal: Principal, top_up: TopUp, *, now: datetime) -> Money:
    """Put money on a partner's deposit account; the balance right after.

    The same key with the same body gives the same answer again, and adds nothing. Raises Forbidden,
    NotFound, InvalidInput (INVALID_AMOUNT, INVALID_CURRENCY), Conflict (IDEMPOTENCY_CONFLICT).
    """
    principal.require(Action.TOP_UP_DEPOSIT)
    partner_id, money = top_up.partner_id, top_up.amount
    digits = minor_digits(require_currency(money.currency))
    require_payable_amount(money, digits)
    key = top_up.idempotency_key
    request = keyed_request(partner_id, "topUpDeposit", key, money_text(money))
    await lock_partner(tx, partner_id)
    entry = await earlier_result(tx, request)
    if entry is None:
        entry = await _top_up(tx, principal, request, money, now=now)
    balance = await deposit_balance(tx, partner_id, money.currency, through_entry=entry)
    return Money(balance, money.currency)


async def _top_up(
    tx: Tx, principal: Principal, request: Request, money: Money, *, now: datetime
) -> int:
    """Post and record it; the id of the deposit account's ledger entry."""
    partner_id, amount, currency = request.partner_id, money.amount, money.currency
    ref = f"top-up/{request.fingerprint}"
    sides = top_up_sides(amount)
    transaction = Transaction(partner_id, currency, LedgerEvent.TOP_UP, ref, sides)
    *_, entry = await post(tx, transaction, now=now)
    details = {"amount": amount_text(amount), "currency": currency}
    act = Act("TOP_UP_DEPOSIT", public_id(IdPrefix.PARTNER, partner_id), partner_id, details)
    await record(tx, principal, act, now=now)
    await remember(tx, request, entry, now=now)
    return entry
