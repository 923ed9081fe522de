"""Payment gateways: the port, a gateway that only pretends, and which one the settings ask for.

Collecting is done in two steps, so that nothing can be collected twice. `begin` gives the payment a
name at the gateway and moves no money; only under that name, once it is stored, does `collect` move
money, and the gateway does that once for a name, however often and however late it is asked.
"""

from dataclasses import dataclass
from typing import Protocol

from models.adapters.settings import Settings
from models.rules.collections import GatewayWord
from models.rules.money import Money


@dataclass(frozen=True, slots=True)
class Collection:
    """What is to be collected: `key` is the payment's own and never another's, `means` as named by
    the gateway, never the data of a card.
    """

    key: str
    payment: str
    money: Money
    means: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How a payment stands; `failure` says why there was no money, in words for people.

    `action_url` is where the payer has to agree.
    """

    word: GatewayWord
    gateway_ref: str | None = None
    failure: str | None = None
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a gateway tells unasked; `returned` is how much went back, in its smallest unit."""

    event_ref: str
    event_type: str
    answer: Answer
    returned: int | None = None


class Gateway(Protocol):
    """A payment gateway; whatever keeps it from answering is an answer: NO_ANSWER."""

    async def begin(self, order: Collection) -> Answer:
        """Give the payment a name, `gateway_ref`; FAILED without one where it is refused."""

    async def collect(self, gateway_ref: str) -> Answer:
        """Collect it if that was not done yet, and say how it stands."""

    async def cancel(self, gateway_ref: str) -> Answer:
        """Call it off if it is not collected yet, and say how it stands."""

    async def refund(self, gateway_ref: str, key: str) -> Answer:
        """Send all of it back, once; SUCCEEDED when it is on its way, or was already."""


class PretendGateway:
    """A gateway for trying things out: no money moves, and the means of payment say what happens.

    As with Stripe's own test names, `pm_card_visa_chargeDeclined` fails and
    `pm_card_authenticationRequired` waits for the payer; any other succeeds. What happens is part
    of the name that `begin` gives, so that every process knows it.
    """

    async def begin(self, order: Collection) -> Answer:
        """Name the payment after what will become of it."""
        means = order.means.lower()
        fate = GatewayWord.SUCCEEDED
        if "declined" in means:
            fate = GatewayWord.FAILED
        if "authenticationrequired" in means:
            fate = GatewayWord.REQUIRES_ACTION
        return Answer(GatewayWord.PROCESSING, f"pretend/{fate}/{order.key}")

    async def collect(self, gateway_ref: str) -> Answer:
        """Let happen what the name says."""
        match GatewayWord(gateway_ref.split("/")[1]):
            case GatewayWord.FAILED as word:
                return Answer(word, gateway_ref, "Your card was declined.")
            case GatewayWord.REQUIRES_ACTION as word:
                return Answer(word, gateway_ref, action_url="https://bank.example/authenticate")
            case word:
                return Answer(word, gateway_ref)

    async def cancel(self, gateway_ref: str) -> Answer:
        """Call off what waits for the payer."""
        answer = await self.collect(gateway_ref)
        if answer.word is not GatewayWord.REQUIRES_ACTION:
            return answer
        return Answer(GatewayWord.FAILED, gateway_ref, "It was called off before it was collected.")

    async def refund(self, gateway_ref: str, key: str) -> Answer:
        """Nothing was taken, so nothing goes back."""
        return Answer(GatewayWord.SUCCEEDED, gateway_ref)


def open_gateway(settings: Settings) -> Gateway | None:
    """The gateway that the settings name, if any."""
    key = settings.stripe_api_key.get_secret_value()
    if key:
        # Half a second to import, which only those who need it wait for.
        from models.adapters.stripe_gateway import StripeGateway  # noqa: PLC0415

        return StripeGateway(key, return_url=settings.public_url, api_base=settings.stripe_api_base)
    return PretendGateway() if settings.pretend_gateway else None
