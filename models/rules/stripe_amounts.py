"""Amounts as Stripe counts them: whole numbers of a smallest unit, with its own exceptions.

Stripe's list of currencies: https://docs.stripe.com/currencies
"""

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.money import EXACT, Money, round_half_up
from models.rules.payments import AMOUNT, money_text

# ISO 4217 gives the ariary two digits and the others none; Stripe has it the other way round.
_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}


def stripe_units(money: Money, iso_digits: int) -> int:
    """The amount in Stripe's smallest unit: 7.50 USD is 750, 500 JPY is 500, 500 ISK is 50000.

    `iso_digits` are those of the currency's minor unit. Raises InvalidInput (INVALID_AMOUNT) for
    what Stripe does not take: fractions of a unit, and more than two decimals of any currency.
    """
    digits = _DIGITS.get(money.currency, iso_digits)
    decimals = min(digits, 2)
    if money.amount != round_half_up(money.amount, decimals):
        raise InvalidInput(
            f"Stripe takes {decimals} decimals of {money.currency}; {money_text(money)} has more.",
            ErrorCode.INVALID_AMOUNT,
            path=AMOUNT,
        )
    return int(money.amount.scaleb(digits, EXACT))
