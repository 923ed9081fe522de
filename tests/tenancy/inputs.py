"""Valid input of every mutation: each maker makes what its verb needs on a side, and names it.

A verb uses up what is named: whoever tries again takes another input.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from models.tables.deliveries import Delivery
from models.tables.disputes import Dispute
from models.tables.webhooks import WebhookDelivery, WebhookEndpoint
from tests.actions.desk import shown
from tests.tenancy.sides import NEWEST, Side

Input: TypeAlias = dict[str, Any]
Maker: TypeAlias = Callable[[Side], Awaitable[Input]]

PLUS = {"amount": "1", "currency": "USD"}
MINUS = {"amount": "-1", "currency": "USD"}
DAYS = {"from": "2026-06-01", "to": "2026-06-05"}


def keyed(side: Side, **rest: Any) -> Input:
    """Input under an idempotency key that was not used."""
    return {**rest, "idempotencyKey": side.key()}


async def as_shown(bill: int) -> Input:
    """What an input says about a bill that somebody looked at."""
    version = await shown(bill)
    return {"billId": f"bil_{bill}", "version": version.number, "digest": version.digest}


async def a_change(side: Side, bill: int) -> Input:
    """What corrects the line of a new bill."""
    line, customer = await side.line_of(bill), side.customers[0]
    about = {"customerId": f"cus_{customer}", "chargeId": f"chg_{line}"}
    return {"amount": MINUS, "description": f"{side.name} was right", **about}


async def confirm_bill(side: Side) -> Input:
    return await as_shown(await side.new_bill())


async def adjust_bill(side: Side) -> Input:
    bill = await side.new_bill()
    return keyed(side, **await as_shown(bill), **await a_change(side, bill), reason="GOODWILL")


async def reverse_adjustment(side: Side) -> Input:
    return keyed(side, chargeId=f"chg_{await side.adjustment()}", description="A mistake")


async def open_dispute(side: Side) -> Input:
    bill = await side.new_bill()
    lines = [f"chg_{await side.line_of(bill)}"]
    return keyed(side, **await as_shown(bill), message=f"{side.name} asks", chargeIds=lines)


async def reply_to_dispute(side: Side) -> Input:
    return {"disputeId": f"dsp_{await side.dispute()}", "message": f"{side.name} says"}


async def withdraw_dispute(side: Side) -> Input:
    return {"disputeId": f"dsp_{await side.dispute()}", "message": f"{side.name} sees"}


async def resolve_dispute(side: Side) -> Input:
    dispute = await Dispute.get(id=await side.dispute())
    changes = [await a_change(side, dispute.bill_id)]
    answer = {"resolution": "ACCEPTED", "adjustments": changes}
    return keyed(side, disputeId=f"dsp_{dispute.id}", **answer)


async def pay_bills(side: Side) -> Input:
    return keyed(side, billIds=[f"bil_{await side.confirmed_bill()}"], amount=PLUS)


async def top_up_deposit(side: Side) -> Input:
    return keyed(side, partnerId=side.id, amount=PLUS)


async def reverse_payment(side: Side) -> Input:
    return keyed(side, paymentId=f"pay_{await side.payment()}", reason="Paid twice")


async def export_bills(side: Side) -> Input:
    await side.new_bill()
    return keyed(side, fromCycle=str(NEWEST.plus(-11)), toCycle=str(NEWEST))


async def cancel_export(side: Side) -> Input:
    return {"exportId": f"exp_{(await side.export()).export_id}"}


async def remove_export_file(side: Side) -> Input:
    return {"exportId": f"exp_{await side.finished_export()}"}


async def register_partner(side: Side) -> Input:
    number = side.number()
    return {"name": f"{side.name} {number}", "billingAccounts": [f"{side.name}-payer-{number}"]}


async def register_customers(side: Side) -> Input:
    account = f"{side.name}-customer-{side.number()}"
    return {"partnerId": side.id, "customers": [{"account": account, "name": account}]}


async def grant_coupon(side: Side) -> Input:
    long_ago = {"validFrom": "2020-01-01", "validUntil": "2020-01-31"}  # of no bill
    return keyed(side, partnerId=side.id, name=f"{side.name} gift", amount=PLUS, **long_ago)


async def apply_coupon(side: Side) -> Input:
    bill = await side.new_bill()
    return keyed(side, billId=f"bil_{bill}", couponId=f"cpn_{await side.coupon()}")


async def set_taxes(side: Side) -> Input:
    tax = {"name": f"{side.name} tax {side.number()}", "rate": "0.06"}
    return {"partnerId": side.id, "firstCycle": "2030-01", "components": [tax]}


async def reveal_customer(side: Side) -> Input:
    return {"customerId": f"cus_{side.customers[0]}", "reason": "They called"}


async def create_webhook_endpoint(side: Side) -> Input:
    return {"url": f"http://127.0.0.1:9/{side.name}", "eventTypes": ["BILL_ISSUED"]}


async def _endpoint(side: Side) -> str:
    endpoint = await WebhookEndpoint.filter(partner_id=side.partner).order_by("id").first()
    assert endpoint
    return f"whe_{endpoint.id}"


async def update_webhook_endpoint(side: Side) -> Input:
    return {"endpointId": await _endpoint(side), "isEnabled": True}


async def rotate_webhook_secret(side: Side) -> Input:
    return {"endpointId": await _endpoint(side)}


async def send_test_webhook(side: Side) -> Input:
    return keyed(side, endpointId=await _endpoint(side))


async def replay_webhook_delivery(side: Side) -> Input:
    await side.new_bill()  # of which the endpoint is told
    told = await WebhookDelivery.filter(partner_id=side.partner).order_by("-id").first()
    assert told
    return keyed(side, deliveryId=f"whd_{told.id}")


async def set_billing_address(side: Side) -> Input:
    place = {"street": f"{side.name} street {side.number()}", "city": "Shenzhen", "country": "CN"}
    return {"partnerId": side.id, "legalName": f"{side.name} Ltd.", **place}


async def allow_bill_storage(side: Side) -> Input:
    await side.storage.revoked()
    return {"partnerId": side.id}


async def revoke_bill_storage(side: Side) -> Input:
    await side.storage.allowed()
    return {"partnerId": side.id}


async def request_storage_grant(side: Side) -> Input:
    await side.storage.allowed()
    return {"storageId": side.storage.id}


async def agree_to_storage_grant(side: Side) -> Input:
    return {"grantId": f"sgr_{await side.storage.requested()}"}


async def withdraw_storage_grant(side: Side) -> Input:
    return {"grantId": f"sgr_{await side.storage.agreed()}"}


def _bucket(side: Side) -> Input:
    place = {"provider": "LOCAL_FOLDER", "bucket": side.storage.bucket}
    return {"storageId": side.storage.id, **place}


async def enable_bill_storage(side: Side) -> Input:
    await side.storage.agreed()
    return _bucket(side) | {"subAccounts": [side.storage.account]}


async def change_bill_storage_bucket(side: Side) -> Input:
    await side.storage.enabled()
    return _bucket(side) | {"prefix": "elsewhere"}


async def probe_bill_storage_bucket(side: Side) -> Input:
    await side.storage.agreed()
    return _bucket(side)


async def update_bill_storage(side: Side) -> Input:
    destination = await side.storage.enabled()
    change = {"storesCustomerBills": False, "subAccounts": [side.storage.account]}
    return {"storageId": side.storage.id, "destinationId": f"sdn_{destination}", **change}


async def disable_bill_storage(side: Side) -> Input:
    await side.storage.enabled()
    return {"storageId": side.storage.id}


async def trigger_delivery(side: Side) -> Input:
    await side.storage.enabled()
    delivery = await Delivery.get(bill_id=await side.confirmed_bill())
    return keyed(side, deliveryId=f"dlv_{delivery.id}")


async def deliver_bill(side: Side) -> Input:
    await side.storage.enabled()
    return keyed(side, billId=f"bil_{await side.confirmed_bill()}")


async def backfill_deliveries(side: Side) -> Input:
    await side.storage.enabled()
    return keyed(side, partnerId=side.id, **DAYS)


def _verb(maker: Maker) -> str:
    first, *rest = maker.__name__.split("_")
    return first + "".join(word.capitalize() for word in rest)


INPUTS: dict[str, Maker] = {
    _verb(maker): maker
    for maker in (
        *(confirm_bill, adjust_bill, reverse_adjustment, open_dispute, reply_to_dispute),
        *(withdraw_dispute, resolve_dispute, pay_bills, top_up_deposit, reverse_payment),
        *(export_bills, cancel_export, remove_export_file, register_partner, register_customers),
        *(grant_coupon, apply_coupon, set_taxes, reveal_customer, create_webhook_endpoint),
        *(update_webhook_endpoint, rotate_webhook_secret, send_test_webhook),
        *(replay_webhook_delivery, set_billing_address, allow_bill_storage, revoke_bill_storage),
        *(request_storage_grant, agree_to_storage_grant, withdraw_storage_grant),
        *(enable_bill_storage, change_bill_storage_bucket, probe_bill_storage_bucket),
        *(update_bill_storage, disable_bill_storage, trigger_delivery, deliver_bill),
        backfill_deliveries,
    )
}
