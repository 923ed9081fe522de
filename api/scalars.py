"""Scalars: exact text for decimals, months and instants; strict patterns on the way in."""

import re
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

from models.adapters.currencies import require_currency
from models.reads.engine.cursors import MAX_CURSOR
from models.rules.errors import BillingError, ErrorCode, InvalidInput
from models.rules.money import parse_amount
from models.rules.months import BillingMonth, instant_text, parse_day

Decimal = NewType("Decimal", str)
Month = NewType("Month", str)
CurrencyCode = NewType("CurrencyCode", str)
DateTime = NewType("DateTime", str)
Date = NewType("Date", str)
URL = NewType("URL", str)
BigInt = NewType("BigInt", int)
Cursor = NewType("Cursor", str)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("Expected a string.", extensions={"code": ErrorCode.INVALID_INPUT.value})
    return value


def _refusing(parse: Any) -> Any:
    """A parser whose BillingError keeps its code when GraphQL reports it."""

    def guarded(value: Any) -> Any:
        try:
            return parse(_text(value))
        except BillingError as refused:
            raise GraphQLError(
                refused.message, extensions={"code": refused.code.value}
            ) from refused

    return guarded


def _month(text: str) -> str:
    return str(BillingMonth.parse(text))


def _day(text: str) -> str:
    return parse_day(text).isoformat()


def _cursor(text: str) -> str:
    if len(text) > MAX_CURSOR or not re.fullmatch(r"[0-9a-f]+", text):
        raise InvalidInput(
            "This cursor is not one of ours; pass an endCursor as it was given.",
            ErrorCode.INVALID_CURSOR,
        )
    return text


def _output_only(_text: str) -> str:
    raise InvalidInput("This scalar is answered, never sent.")


def _scalar(name: str, description: str, parse: Any) -> Any:
    return strawberry.scalar(
        name=name,
        description=description,
        serialize=lambda value: value,
        parse_value=_refusing(parse),
    )


SCALARS: dict[object, Any] = {
    Decimal: _scalar(
        "Decimal",
        "An exact decimal as text, plain or scientific on the way in, plain on the way out.",
        parse_amount,
    ),
    Month: _scalar("BillingMonth", "A billing cycle, YYYY-MM, in the partner's time zone.", _month),
    CurrencyCode: _scalar(
        "CurrencyCode", "An ISO 4217 currency code, such as USD.", require_currency
    ),
    DateTime: _scalar(
        "DateTime",
        "An instant, RFC 3339: answered in UTC, taken with any offset, years 2000 to 2999.",
        instant_text,
    ),
    Date: _scalar("Date", "A local day, YYYY-MM-DD, years 2000 to 2999.", _day),
    URL: _scalar("URL", "An absolute URL.", _output_only),
    BigInt: _scalar("BigInt", "A whole number up to 2^53.", _output_only),
    Cursor: _scalar("Cursor", "The opaque position of a row in a connection.", _cursor),
}
