"""The invented partners and customers; nobody here exists.

E-mail addresses end in example.com or example.org (RFC 2606). Phone numbers come from ranges that
are kept free for fiction: +44 7700 900000–900999 (Ofcom), +49 30 23125 000–999 (BNetzA).
"""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from random import Random

# Assigned to every partner, beside the manager that a partner has of its own.
CHANNEL_MANAGER = "channel.manager"

_ENGLISH = (
    "Bluefern Copperline Driftwood Elmgate Foxglove Greyhaven Hollowbrook Kestrelway Rookery",
    "Logistics|Studios|Health|Foods|Analytics|Robotics|Travel|Learning",
    " ",
)
_GERMAN = (
    "Ahornweg Birkenfeld Dünenblick Eichgrund Falkenried Goldammer Isarkiesel Möwenort",
    "GmbH|Logistik GmbH|Medien AG|Labor GmbH|Energie eG",
    " ",
)
_CHINESE = (
    "云杉 青禾 远帆 星野 蓝鲸 晨曦 松果 白鹭 南溪 海棠 竹影 流光",
    "科技有限公司|信息技术有限公司|物流有限公司|教育科技有限公司|食品有限公司",
    "",
)
_JAPANESE = (
    "桜川 みなと 若葉 青空 白樺 花園",
    "商事株式会社|物流株式会社|製作所|システム株式会社",
    "",
)


@dataclass(frozen=True, slots=True)
class Part:
    """How one partner is set up; one market for each of its currencies."""

    name: str
    zone: str
    accounts: tuple[str, ...]
    markets: tuple["Market", ...]
    own_accounts: tuple[str, ...]
    manager: str
    credit_policy: str = "HELD"
    confirmation_required: bool = True
    referrals: int = 0
    has_negative_month: bool = False


@dataclass(frozen=True, slots=True)
class Market:
    """Customers that pay in one currency: `rate` is units of that currency for one US dollar."""

    currency: str
    rate: Decimal
    customers: int
    names: tuple[str, str, str]
    regions: tuple[str, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class Customer:
    """An end customer, or an account of the partner itself when `is_own`."""

    account: str
    name: str
    billing_account: str
    market: Market
    association: str = "RESELLER"
    mobile: str | None = None
    email: str | None = None
    is_own: bool = False


_UK_PHONE, _BERLIN_PHONE = "+44 7700 900", "+49 30 23125 "

PARTS = (
    Part(
        name="云岭数字科技有限公司",
        zone="Asia/Shanghai",
        accounts=("100010445724", "100010445901"),
        markets=(
            Market("CNY", Decimal("7.1"), 38, _CHINESE, ("cn-north-4", "cn-east-3"), _UK_PHONE),
        ),
        own_accounts=("100010445724", "200031870011"),
        manager="lin.yue",
        referrals=1,
    ),
    Part(
        name="Nordlicht Systemhaus GmbH",
        zone="Europe/Berlin",
        accounts=("100020981733",),
        markets=(
            Market(
                "EUR", Decimal("0.92"), 24, _GERMAN, ("eu-central-1", "eu-west-2"), _BERLIN_PHONE
            ),
        ),
        own_accounts=("100020981733",),
        manager="jana.brandt",
        credit_policy="CARRIED",
    ),
    Part(
        name="Harbourline Cloud Partners",
        zone="Asia/Singapore",
        accounts=("100031550268",),
        markets=(
            Market("USD", Decimal(1), 10, _ENGLISH, ("ap-southeast-1", "ap-east-1"), _UK_PHONE),
            Market("JPY", Decimal(150), 6, _JAPANESE, ("ap-northeast-1",), _UK_PHONE),
        ),
        own_accounts=("200031870377",),
        manager="lin.yue",
    ),
    Part(
        name="Cedar & Finch Resellers Ltd",
        zone="Europe/London",
        accounts=("100048206615",),
        markets=(Market("USD", Decimal(1), 9, _ENGLISH, ("eu-west-2", "eu-central-1"), _UK_PHONE),),
        own_accounts=("200031870942",),
        manager="jana.brandt",
        confirmation_required=False,
        referrals=1,
        has_negative_month=True,
    ),
)


def dice(*names: object) -> Random:
    """The random stream of that name: the same names give the same numbers, for ever."""
    return Random("/".join(map(str, names)))  # noqa: S311 - invented data, no secret


def customers_of(part: Part, *, seed: int) -> list[Customer]:
    """Everyone whose accounts appear on this partner's bills, its own accounts last."""
    rng = dice(seed, "customers", part.name)
    people: list[Customer] = []
    for market in part.markets:
        people += _market_customers(part, market, rng)
    for account in part.own_accounts:
        people.append(Customer(account, part.name, part.accounts[0], part.markets[0], is_own=True))
    return people


def _market_customers(part: Part, market: Market, rng: Random) -> list[Customer]:
    first, second, glue = market.names
    pairs = list(itertools.product(first.split(), second.split("|")))
    names = [glue.join(pair) for pair in rng.sample(pairs, market.customers)]
    return [_customer(part, market, name, (number, rng)) for number, name in enumerate(names)]


def _customer(part: Part, market: Market, name: str, drawn: tuple[int, Random]) -> Customer:
    number, rng = drawn
    account = str(rng.randrange(10**11, 2 * 10**11))
    handle = "".join(c for c in name.split(maxsplit=1)[0].lower() if c.isascii()) or "accounts"
    mail = f"{handle}.{account[-5:]}@example.{rng.choice(('com', 'org'))}"
    return Customer(
        account=account,
        name=name,
        billing_account=part.accounts[number % len(part.accounts)],
        market=market,
        association="REFERRAL" if number < part.referrals else "RESELLER",
        mobile=f"{market.phone}{rng.randrange(1000):03d}" if rng.random() < 0.9 else None,
        email=mail if rng.random() < 0.9 else None,
    )
