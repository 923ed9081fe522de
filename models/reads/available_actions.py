"""The buttons of a bill, for whoever asks: facts from one row, and the verbs' own guards."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from models.reads import invoices
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, Shape, exists
from models.reads.payables import IS_RESERVED
from models.rules.available_actions import AvailableAction, BillFacts, available_actions
from models.rules.money import EXACT
from models.rules.payments import Payable
from models.rules.states import BillStatus, is_payable, payment_status

_HAS_DOCUMENT = exists("invoices i WHERE i.partner_id = {t}.partner_id AND i.bill_id = {t}.id")
_IS_WRITTEN = exists(
    "invoices n WHERE n.object_key IS NOT NULL AND " + invoices.OF_BILL.replace("{c}", "n")
)


def _truth(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 'true' ELSE 'false' END"


_FACTS = (
    """'{{"id":' || {t}.id || ',"currency":"' || {t}.currency || '","status":"' || {t}.status"""
    """ || '","due":"' || {t}v.amount_due || '","paid":"' || {t}.paid"""
    f""" || '","confirmationRequired":' || {_truth("{t}.confirmation_required")}"""
    f""" || ',"isReserved":' || {_truth(IS_RESERVED.format(bill="{t}"))}"""
    f""" || ',"hasDocument":' || {_truth(_HAS_DOCUMENT)}"""
    f""" || ',"isWritten":' || {_truth(_IS_WRITTEN)} || '}}}}'"""
)


def _actions(request: Request, facts: Any, _taken: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_action(each) for each in available_actions(request.principal, _bill(facts))]


def _bill(facts: Any) -> BillFacts:
    due, paid = Decimal(facts["due"]), Decimal(facts["paid"])
    status = BillStatus(facts["status"])
    payable = is_payable(status, confirmation_required=facts["confirmationRequired"])
    return BillFacts(
        status=status,
        payable=Payable(
            bill_id=facts["id"],
            currency=facts["currency"],
            status=payment_status(payable=payable, due=due, paid=paid),
            outstanding=EXACT.subtract(due, paid),
            is_reserved=facts["isReserved"],
        ),
        has_document=facts["hasDocument"],
        is_written=facts["isWritten"],
    )


def _action(available: AvailableAction) -> dict[str, Any]:
    refusal = available.refusal
    return {
        "action": available.action.value,
        "allowed": refusal is None,
        "reasonCode": refusal.code.value if refusal else None,
        "reason": refusal.message if refusal else None,
    }


AVAILABLE_ACTION = Shape(
    "AvailableAction",
    "",
    {"action": Item(), "allowed": Item(), "reasonCode": Item(), "reason": Item()},
)

OF_BILL = Made(_FACTS, _actions, "AvailableAction")
