"""The calendar of a billing cycle: its dates follow from the partner's zone and terms (R63)."""

from collections.abc import Mapping
from typing import Any

from models.reads.engine.plans import Request
from models.reads.engine.shapes import Item, Made, One, Root, Shape, Taken, Word
from models.rules.calendar import DESCRIPTIONS, CalendarEntry, CalendarTerms, billing_calendar
from models.rules.ids import IdPrefix, parse_public_id
from models.rules.months import INSTANT_TEXT, BillingMonth, billing_zone

# The partner that was named, or the viewer's own: the tenant filter sees to the rest.
_PARTNER = (
    "(SELECT p.id, p.time_zone, p.payment_days, CAST({cycle} AS TEXT) AS cycle FROM partners p"
    " WHERE p.id = coalesce(CAST({partnerId} AS BIGINT), CAST({own_partner} AS BIGINT))) {t}"
)
_INGREDIENTS = (
    """'{{"cycle":"' || {t}.cycle || '","zone":"' || {t}.time_zone"""
    """ || '","paymentDays":' || {t}.payment_days || '}}'"""
)


def _entries(request: Request, terms: Any, _taken: Mapping[str, Any]) -> list[dict[str, Any]]:
    zone = billing_zone(terms["zone"])
    dates = billing_calendar(
        BillingMonth.parse(terms["cycle"]),
        CalendarTerms(zone, terms["paymentDays"], request.lag_days),
    )
    return [_entry(entry, local=entry.at.astimezone(zone).date().isoformat()) for entry in dates]


def _entry(entry: CalendarEntry, *, local: str) -> dict[str, Any]:
    covers = entry.covers
    return {
        "event": entry.event.value,
        "date": local,
        "at": entry.at.strftime(INSTANT_TEXT),
        "coversFrom": covers.first.isoformat() if covers else None,
        "coversThrough": covers.last.isoformat() if covers else None,
        "description": DESCRIPTIONS[entry.event],
    }


CALENDAR_ENTRY = Shape(
    "CalendarEntry",
    "",
    {
        "event": Item(),
        "date": Item(),
        "at": Item(),
        "coversFrom": Item(),
        "coversThrough": Item(),
        "description": Item(),
    },
)

CALENDAR = Shape(
    "BillingCalendar",
    _PARTNER,
    {
        "cycle": Word("{t}.cycle"),
        "timeZone": Word("{t}.time_zone"),
        "partner": One("Partner", "{c}.id = {t}.id"),
        "entries": Made(_INGREDIENTS, _entries, "CalendarEntry"),
    },
    tenant="{t}.id",
)

CALENDAR_OF_CYCLE = Root(
    CALENDAR,
    takes={
        "cycle": Taken(),
        "partnerId": Taken(lambda text: parse_public_id(text, IdPrefix.PARTNER) or 0),
    },
)
