"""Production starts with nothing that was only meant for trying out (rule 22)."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from models.adapters.settings import DEVELOPMENT_SECRET, EXAMPLE_VENDOR, Settings
from models.rules.buckets import Credentials

SAFE: dict[str, Any] = {
    "production": True,
    "secret": "s" * 32,
    "oidc_jwks_url": "https://id.example/keys",
    "oidc_issuer": "https://id.example",
    "oidc_audience": "bills",
    "vendor_name": "Cloud Ltd.",
}


def test_production_starts_with_safe_settings() -> None:
    settings = Settings(**SAFE)
    assert not settings.has_graphiql
    assert not settings.has_introspection


@pytest.mark.parametrize(
    ("unsafe", "says"),
    [
        ({"secret": DEVELOPMENT_SECRET}, "BILLS_SECRET"),
        ({"secret": "s" * 31}, "BILLS_SECRET"),
        ({"oidc_jwks_url": ""}, "BILLS_OIDC_JWKS_URL"),
        ({"oidc_issuer": ""}, "BILLS_OIDC_ISSUER"),
        ({"oidc_audience": ""}, "BILLS_OIDC_AUDIENCE"),
        ({"vendor_name": EXAMPLE_VENDOR}, "BILLS_VENDOR_NAME"),
        ({"pretend_gateway": True}, "no money would move"),
    ],
)
def test_production_refuses_what_is_unsafe(unsafe: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(**SAFE | unsafe)
    assert Settings(**SAFE | unsafe | {"production": False})


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("gs://bucket", "BILLS_FILES_URL"),
        ("s3://bucket?region=eu-central-1", "BILLS_FILES_ACCESS_KEY_ID"),
        ("s3://AKIA:hush@bucket?region=eu-central-1", "settings of their own"),
    ],
)
def test_file_store_that_cannot_be_opened_is_refused_without_secrets(url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        Settings(files_url=url, files_secret_access_key=SecretStr("hush"))
    assert "hush" not in str(refused.value)


def test_file_store_in_a_bucket_has_its_credentials() -> None:
    settings = Settings(
        files_url="s3://bucket?region=eu-central-1",
        files_access_key_id="AKIA",
        files_secret_access_key=SecretStr("hush"),
    )
    assert settings.files_credentials == Credentials("AKIA", "hush")
    assert "hush" not in repr(settings)
