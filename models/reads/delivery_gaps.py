"""What was due in a partner's bucket and is not there, and why (R57).

What was scheduled stands in the table of deliveries. The days that no worker has got to yet are
reckoned as the schedule will.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.reads.engine.ingredients import listed, members, word
from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, Shape, Taken
from models.rules.deliveries import (
    ChosenAccount,
    DeliveryTerms,
    DueFile,
    Interval,
    files_due,
    first_open_day,
    require_days,
)
from models.rules.ids import IdPrefix, public_id
from models.rules.months import INSTANT_TEXT, BillingMonth, billing_zone, midnights, parse_day

# A delivery `g` that was due while there was a bucket. One of customers' bills is only ever put in
# for a partner that agrees; it is missing for as long as the partner agrees, or does so again.
IS_GAP = (
    "{g}.due_at <= {now} AND {g}.status NOT IN ('DELIVERED', 'WAITING_FOR_CONFIRMATION')"
    " AND EXISTS (SELECT 1 FROM storage_destinations d WHERE d.partner_id = {g}.partner_id"
    " AND d.valid_from <= {g}.due_at AND (d.valid_until IS NULL OR d.valid_until > {g}.due_at))"
    " AND ({g}.kind <> 'RESELLER' OR EXISTS (SELECT 1 FROM bill_storages s"
    " WHERE s.partner_id = {g}.partner_id AND s.customer_bills_since IS NOT NULL))"
)
_NOT_SCHEDULED = "It was not scheduled yet; backfillDeliveries, or the next worker, will do that."
_REASONS = {
    "SCHEDULED": "It is due, and waits for a worker.",
    "RUNNING": "It is being written.",
}


def _or_null(value: str) -> str:
    return f"coalesce({value}, 'null')"


def _interval(alias: str) -> dict[str, str]:
    return {
        "start": word(f"{{instant_text[{alias}.valid_from]}}"),
        "end": _or_null(word(f"{{instant_text[{alias}.valid_until]}}")),
    }


def _mine(table: str) -> str:
    return f"{table} x WHERE x.partner_id = {{t}}.id ORDER BY x.id"


_THROUGH = "SELECT CAST(s.scheduled_through AS TEXT) FROM bill_storages s"
_FIRST_CYCLE = "SELECT min(b.cycle) FROM billable_cycles b"
_TERMS = {
    "zone": word("{t}.time_zone"),
    "through": _or_null(word(f"({_THROUGH} WHERE s.partner_id = {{t}}.id)")),
    "firstCycle": _or_null(
        word(f"({_FIRST_CYCLE} WHERE b.partner_id = {{t}}.id AND b.kind = 'SELF_USE')")
    ),
    "destinations": listed(_mine("storage_destinations"), members(_interval("x"))),
    "billingAccounts": listed(_mine("billing_accounts"), "{json[x.account]}"),
    "chosen": listed(
        _mine("storage_accounts"), members({"account": "{json[x.account]}", **_interval("x")})
    ),
}
_ROW = {
    "id": "g.id",
    "kind": word("g.kind"),
    "account": "{json[g.account]}",
    "cycle": word("g.cycle"),
    "dueAt": word("{instant_text[g.due_at]}"),
    "status": word("g.status"),
    "failure": _or_null("{json[g.failure]}"),
}
_ROWS = (
    "(SELECT g.* FROM deliveries g, (SELECT {t}.time_zone AS time_zone,"
    " CAST({from} AS TEXT) AS starts, CAST({to} AS TEXT) AS ends) z WHERE g.partner_id = {t}.id"
    " AND g.due_at >= {instant_in[z.starts,z.time_zone]}"
    f" AND g.due_at < {{instant_in[z.ends,z.time_zone]}} AND {IS_GAP.replace('{g}', 'g')}"
    " ORDER BY g.due_at, g.id) g"
)


def _starts(first: str, last: str) -> str:
    return midnights(_days(first, last)[0])


def _ends(first: str, last: str) -> str:
    return midnights(_days(first, last)[1] + timedelta(days=1))


def _days(first: str, last: str) -> tuple[date, date]:
    days = parse_day(first), parse_day(last)
    require_days(*days)
    return days


def _gaps(request: Request, told: Any, taken: Mapping[str, Any]) -> list[dict[str, Any]]:
    zone = billing_zone(told["zone"])
    first, end = (_instant(json.loads(taken[name])[zone.key]) for name in ("from", "to"))
    range_ = Interval(first, end)
    missing = [_recorded(row, zone) for row in told["rows"]]
    missing += [_unscheduled(file) for file in _ahead(request, told, range_)]
    return sorted(missing, key=lambda gap: (gap["dueAt"], gap["kind"], gap["account"]))


def _ahead(request: Request, told: Any, wanted: Interval) -> Iterator[DueFile]:
    """The files of the days that are not scheduled yet, and have begun."""
    terms = _terms(request, told)
    now = _instant(request.now)
    through = told["through"]
    first = first_open_day(terms, date.fromisoformat(through) if through else None)
    if first is None:
        return
    last = now.astimezone(terms.zone).date()
    first = max(first, wanted.start.astimezone(terms.zone).date())
    for file in files_due(terms, first, last):
        if wanted.holds(file.due_at):
            yield file


def _terms(request: Request, told: Any) -> DeliveryTerms:
    first_cycle = told["firstCycle"]
    return DeliveryTerms(
        billing_zone(told["zone"]),
        request.lag_days,
        tuple(_read_interval(each) for each in told["destinations"]),
        tuple(told["billingAccounts"]),
        tuple(ChosenAccount(each["account"], _read_interval(each)) for each in told["chosen"]),
        BillingMonth.parse(first_cycle) if first_cycle else None,
    )


def _read_interval(told: Any) -> Interval:
    return Interval(_instant(told["start"]), _instant(told["end"]) if told["end"] else None)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _recorded(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    local = _instant(row["dueAt"]).astimezone(zone).date()
    return {
        "kind": row["kind"],
        "account": row["account"],
        "cycle": row["cycle"],
        "day": local.isoformat(),
        "dueAt": row["dueAt"],
        "status": row["status"],
        "reason": row["failure"] or _REASONS.get(row["status"], "It was not delivered."),
        "deliveryId": public_id(IdPrefix.DELIVERY, row["id"]),
    }


def _unscheduled(file: DueFile) -> dict[str, Any]:
    return {
        "kind": file.kind.value,
        "account": file.account,
        "cycle": str(file.span.cycle),
        "day": file.day.isoformat(),
        "dueAt": file.due_at.astimezone(UTC).strftime(INSTANT_TEXT),
        "status": None,
        "reason": _NOT_SCHEDULED,
        "deliveryId": None,
    }


DELIVERY_GAP = Shape(
    "DeliveryGap",
    "",
    {
        name: Item()
        for name in (
            *("kind", "account", "cycle", "day", "dueAt"),
            *("status", "reason", "deliveryId"),
        )
    },
)

OF_PARTNER = Made(
    members({**_TERMS, "rows": listed(_ROWS, members(_ROW))}),
    _gaps,
    "DeliveryGap",
    takes={
        "from": Taken(_starts, of=("from", "to")),
        "to": Taken(_ends, of=("from", "to")),
    },
)
