"""Which gateway the settings ask for, and the one that only pretends."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from models.adapters.gateways import Collection, PretendGateway, open_gateway
from models.adapters.settings import Settings
from models.adapters.stripe_gateway import StripeGateway
from models.rules.collections import GatewayWord
from models.rules.money import Money


def test_settings_name_the_gateway() -> None:
    assert open_gateway(Settings()) is None
    assert not Settings().has_gateway
    pretending = Settings(pretend_gateway=True)
    assert isinstance(open_gateway(pretending), PretendGateway)
    assert pretending.has_gateway
    real = Settings(stripe_api_key="sk_test_1", pretend_gateway=True)
    assert isinstance(open_gateway(real), StripeGateway)
    assert "sk_test_1" not in repr(real)


def test_production_does_not_pretend() -> None:
    oidc = {"oidc_jwks_url": "u", "oidc_issuer": "i", "oidc_audience": "a"}
    with pytest.raises(ValidationError, match="no money would move"):
        Settings(production=True, secret="s" * 32, pretend_gateway=True, **oidc)


@pytest.mark.parametrize(
    ("means", "collected", "cancelled"),
    [
        ("pm_card_visa", GatewayWord.SUCCEEDED, GatewayWord.SUCCEEDED),
        ("pm_card_visa_chargeDeclined", GatewayWord.FAILED, GatewayWord.FAILED),
        ("pm_card_authenticationRequired", GatewayWord.REQUIRES_ACTION, GatewayWord.FAILED),
        ("pm_" + "x" * 180, GatewayWord.SUCCEEDED, GatewayWord.SUCCEEDED),
    ],
)
async def test_pretending_gateway_does_what_the_means_say(
    means: str, collected: GatewayWord, cancelled: GatewayWord
) -> None:
    gateway = PretendGateway()
    order = Collection("pay_7-1", "pay_7", Money(Decimal(7), "USD"), means)
    ref = (await gateway.begin(order)).gateway_ref
    assert ref is not None and len(ref) < 100
    assert (await gateway.collect(ref)).word is collected
    assert (await gateway.cancel(ref)).word is cancelled
    assert (await gateway.refund(ref, "k")).word is GatewayWord.SUCCEEDED
