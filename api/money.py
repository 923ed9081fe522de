"""Money as it is shown and as it is sent."""

import strawberry

from api.planned import field
from api.scalars import CurrencyCode, Decimal


@strawberry.type(description="An exact amount and its currency; sums never cross currencies.")
class Money:
    """Output money."""

    amount: Decimal = field("The exact amount in units of the currency; negative for credits.")
    currency: CurrencyCode = field("The ISO 4217 currency code.")
    display: str = field("The amount rounded half up to the currency's minor unit.")


@strawberry.input(description="An amount to be paid or credited.")
class MoneyInput:
    """Input money."""

    amount: Decimal = strawberry.field(
        description="A positive amount with no more decimals than the currency's minor unit."
    )
    currency: CurrencyCode = strawberry.field(description="The ISO 4217 currency code.")
