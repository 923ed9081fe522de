"""Cash coupons: granted by the vendor, used up by bills, the oldest expiry first (I2)."""

from dataclasses import dataclass
from datetime import date, datetime

from models.actions.audit import Act, record
from models.actions.bills import renew_bill, would_owe_less_than_paid
from models.actions.idempotency import Request, earlier_result, keyed_request, remember
from models.actions.locks import lock_partner
from models.actions.owners import owner_of
from models.adapters.currencies import minor_digits, require_currency
from models.adapters.database import Tx
from models.reads.scope import partner_scope
from models.rules.coupons import checked_grant
from models.rules.errors import Conflict, ErrorCode, NotFound
from models.rules.ids import IdPrefix, public_id
from models.rules.money import Money, amount_text
from models.rules.payments import money_text, require_payable_amount
from models.rules.principals import Action, Principal
from models.rules.states import BillStatus, BillVerb, VersionReason, bill_move
from models.tables.bills import Bill, BillVersion, DerivedLine
from models.tables.coupons import Coupon


@dataclass(frozen=True, slots=True)
class Grant:
    """A coupon to be given: valid from one local day of the partner's to another, both included."""

    partner_id: int
    name: str
    amount: Money
    days: tuple[date, date]
    idempotency_key: str


async def grant_coupon(tx: Tx, principal: Principal, grant: Grant, *, now: datetime) -> int:
    """Give the partner a coupon; its id. Bills issued while it is valid use it by themselves.

    The same key with the same grant gives the same coupon again. Raises Forbidden, NotFound,
    InvalidInput (INVALID_AMOUNT, INVALID_CURRENCY, INVALID_RANGE), Conflict (IDEMPOTENCY_CONFLICT).
    """
    principal.require(Action.GRANT_COUPON)
    money, (first, last) = grant.amount, grant.days
    require_payable_amount(money, minor_digits(require_currency(money.currency)))
    name = checked_grant(grant.name, first, last)
    body = (name, money_text(money), first, last)
    request = keyed_request(grant.partner_id, "grantCoupon", grant.idempotency_key, *body)
    await _require_scope(tx, principal, grant.partner_id)
    await lock_partner(tx, grant.partner_id)
    earlier = await earlier_result(tx, request)
    if earlier is not None:
        return earlier
    coupon = await Coupon.create(
        using_db=tx.client,
        partner_id=grant.partner_id,
        name=name,
        currency=money.currency,
        amount=money.amount,
        valid_from=first,
        valid_until=last,
        granted_by=principal.subject,
        granted_at=now,
    )
    await remember(tx, request, coupon.id, now=now)
    details = {"amount": amount_text(money.amount), "currency": money.currency}
    act = Act("GRANT_COUPON", public_id(IdPrefix.COUPON, coupon.id), grant.partner_id, details)
    await record(tx, principal, act, now=now)
    return int(coupon.id)


async def _require_scope(tx: Tx, principal: Principal, partner_id: int) -> None:
    scope = partner_scope(principal, "id", 2)
    sql = f"SELECT id FROM partners WHERE id = $1 AND {scope.condition}"
    if await tx.fetch_one(sql, partner_id, *scope.values) is None:
        raise NotFound("There is no such partner.", path=("partnerId",))


@dataclass(frozen=True, slots=True)
class Application:
    """A coupon to be used on a bill that is issued already."""

    bill_id: int
    coupon_id: int
    idempotency_key: str


async def apply_coupon(
    tx: Tx, principal: Principal, application: Application, *, now: datetime
) -> None:
    """Make a new version of an issued bill that uses a coupon granted since.

    All coupons valid by now count on that version, the oldest expiry first. Raises Forbidden,
    NotFound, Conflict: BILL_CONFIRMED, OPEN_DISPUTE, CURRENCY_MISMATCH, COUPON_NOT_VALID when it
    comes to nothing on this bill, AMOUNT_EXCEEDS_OUTSTANDING when more is paid than would be due.
    """
    principal.require(Action.GRANT_COUPON)
    partner_id = await owner_of(tx, principal, "bill", application.bill_id)
    await lock_partner(tx, partner_id)
    bill = await Bill.get(id=application.bill_id, partner_id=partner_id, using_db=tx.client)
    request = _request(bill.partner_id, application)
    if await earlier_result(tx, request) is not None:
        return
    bill_move(BillStatus(bill.status), BillVerb.REISSUE)
    coupon = await Coupon.get_or_none(
        using_db=tx.client, id=application.coupon_id, partner_id=bill.partner_id
    )
    if coupon is None:
        raise NotFound("There is no such coupon.", path=("couponId",))
    _require_currency(coupon, bill)
    await _require_due_above_paid(tx, bill, now=now)
    version = await renew_bill(tx, bill, VersionReason.COUPON, note=coupon.name, now=now)
    await _require_used(tx, coupon, version, superseded_id=bill.version_id)
    await remember(tx, request, bill.id, now=now)
    details = {"coupon": public_id(IdPrefix.COUPON, coupon.id), "version": version.number}
    act = Act("APPLY_COUPON", public_id(IdPrefix.BILL, bill.id), bill.partner_id, details)
    await record(tx, principal, act, now=now)


def _request(partner_id: int, application: Application) -> Request:
    body = (application.bill_id, application.coupon_id)
    return keyed_request(partner_id, "applyCoupon", application.idempotency_key, *body)


def _require_currency(coupon: Coupon, bill: Bill) -> None:
    if coupon.currency != bill.currency:
        raise Conflict(
            f"The coupon is in {coupon.currency}, the bill in {bill.currency}.",
            ErrorCode.CURRENCY_MISMATCH,
            path=("couponId",),
        )


async def _require_due_above_paid(tx: Tx, bill: Bill, *, now: datetime) -> None:
    if await would_owe_less_than_paid(tx, bill, now=now):
        raise Conflict(
            "More is paid on this bill than would be due with the coupon.",
            ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING,
            path=("couponId",),
        )


async def _require_used(
    tx: Tx, coupon: Coupon, version: BillVersion, *, superseded_id: int
) -> None:
    """Refuse, which rolls the new version back, where the coupon changes nothing."""
    used = {
        line.version_id: line.amount
        for line in await DerivedLine.filter(
            partner_id=coupon.partner_id,
            coupon_id=coupon.id,
            version_id__in=[version.id, superseded_id],
        ).using_db(tx.client)
    }
    if used.get(version.id) == used.get(superseded_id):
        raise Conflict(
            f"The coupon takes nothing more off this bill: it is valid from {coupon.valid_from} to"
            f" {coupon.valid_until}, and may be used up.",
            ErrorCode.COUPON_NOT_VALID,
            path=("couponId",),
        )
