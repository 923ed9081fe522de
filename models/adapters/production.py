"""What production refuses to start with: whatever was meant for trying things out (rule 22)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.adapters.settings import Settings

EXAMPLE_VENDOR = "Example Cloud Vendor Co., Ltd."
EXAMPLE_TAX_NUMBER = "91440300MA0EXAMPLE"
DEVELOPMENT_SECRET = "development-secret-do-not-use-in-production"  # noqa: S105
SHORTEST_SECRET = 32
SHORTEST_TOKEN = 16


def refusals(settings: "Settings") -> list[str]:
    """Why these settings are not fit for production; empty when they are."""
    return [text for text, is_unsafe in _REFUSALS.items() if is_unsafe(settings)]


def _has_no_secret(settings: "Settings") -> bool:
    secret = settings.secret.get_secret_value()
    return secret == DEVELOPMENT_SECRET or len(secret) < SHORTEST_SECRET


def _has_no_issuer(settings: "Settings") -> bool:
    return not (settings.oidc_jwks_url and settings.oidc_issuer and settings.oidc_audience)


def _believes_anyone(settings: "Settings") -> bool:
    urls = (settings.oidc_jwks_url, settings.oidc_issuer)
    return any(url and not _is_https(url) for url in urls)


def _has_example_vendor(settings: "Settings") -> bool:
    example = (EXAMPLE_VENDOR, EXAMPLE_TAX_NUMBER)
    return settings.vendor_name == example[0] or settings.vendor_tax_number == example[1]


def _is_open_to_http_pages(settings: "Settings") -> bool:
    return not all(map(_is_https, settings.allowed_origins))


def _has_test_key(settings: "Settings") -> bool:
    return settings.stripe_api_key.get_secret_value().startswith(("sk_test_", "rk_test_"))


def _has_guessable_token(settings: "Settings") -> bool:
    return 0 < len(settings.metrics_token.get_secret_value()) < SHORTEST_TOKEN


def _is_https(url: str) -> bool:
    return url.lower().startswith("https://")


_REFUSALS: Mapping[str, Callable[["Settings"], bool]] = {
    "production needs BILLS_SECRET: at least 32 characters of your own": _has_no_secret,
    "production needs BILLS_OIDC_JWKS_URL, BILLS_OIDC_ISSUER and BILLS_OIDC_AUDIENCE": (
        _has_no_issuer
    ),
    "production needs https in BILLS_OIDC_JWKS_URL and BILLS_OIDC_ISSUER: whoever changes the keys"
    " on their way signs in as anyone": _believes_anyone,
    "production takes no BILLS_PRETEND_GATEWAY: no money would move": (
        lambda settings: settings.pretend_gateway
    ),
    "production takes no test key in BILLS_STRIPE_API_KEY: no money would move": _has_test_key,
    "production needs https in BILLS_STRIPE_API_BASE, or none": (
        lambda settings: bool(settings.stripe_api_base) and not _is_https(settings.stripe_api_base)
    ),
    "production needs BILLS_VENDOR_NAME, BILLS_VENDOR_TAX_NUMBER and the like: who sells": (
        _has_example_vendor
    ),
    "production needs https in BILLS_PUBLIC_URL: links are all the permission a file needs": (
        lambda settings: not _is_https(settings.public_url)
    ),
    "production needs https in BILLS_ALLOWED_ORIGINS: other pages are changed on their way": (
        _is_open_to_http_pages
    ),
    "production takes no BILLS_ALLOW_PRIVATE_ADDRESSES: partners could call your own network": (
        lambda settings: settings.allow_private_addresses
    ),
    "production needs 16 characters or more in BILLS_METRICS_TOKEN, or none": _has_guessable_token,
}
