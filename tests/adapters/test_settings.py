"""Production starts with nothing that was only meant for trying out (rule 22)."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from models.adapters.production import (
    DEVELOPMENT_SECRET,
    EXAMPLE_TAX_NUMBER,
    EXAMPLE_VENDOR,
    refusals,
)
from models.adapters.settings import Settings, problems
from models.rules.buckets import Credentials

SAFE: dict[str, Any] = {
    "production": True,
    "secret": "s" * 32,
    "oidc_jwks_url": "https://id.example/keys",
    "oidc_issuer": "https://id.example",
    "oidc_audience": "bills",
    "vendor_name": "Cloud Ltd.",
    "vendor_tax_number": "DE123456789",
    "public_url": "https://bills.example",
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
        ({"vendor_tax_number": EXAMPLE_TAX_NUMBER}, "BILLS_VENDOR_TAX_NUMBER"),
        ({"pretend_gateway": True}, "no money would move"),
        ({"stripe_api_key": "sk_test_1"}, "no money would move"),
        ({"stripe_api_base": "http://127.0.0.1:1"}, "BILLS_STRIPE_API_BASE"),
        ({"oidc_jwks_url": "http://id.example/keys"}, "https in BILLS_OIDC_JWKS_URL"),
        ({"oidc_issuer": "http://id.example"}, "https in BILLS_OIDC_JWKS_URL"),
        ({"public_url": "http://bills.example"}, "BILLS_PUBLIC_URL"),
        ({"allowed_origins": ["https://a.example", "http://b.example"]}, "BILLS_ALLOWED_ORIGINS"),
        ({"allow_private_addresses": True}, "BILLS_ALLOW_PRIVATE_ADDRESSES"),
        ({"metrics_token": "short"}, "BILLS_METRICS_TOKEN"),
    ],
)
def test_production_refuses_what_is_unsafe(unsafe: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(**SAFE | unsafe)
    assert Settings(**SAFE | unsafe | {"production": False})


def test_production_names_all_that_is_unsafe_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(production=True)
    text = str(refused.value)
    assert len(refusals(Settings())) == 4
    assert all(unsafe in text for unsafe in refusals(Settings()))
    assert DEVELOPMENT_SECRET not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("export_days", 0),
        ("export_days", 36_501),
        ("export_bytes", -1),
        ("exports_per_partner", -1),
        ("subscription_seconds", 0),
        ("subscription_seconds", -0.5),
        ("subscriptions", -1),
        ("subscriptions_per_user", -1),
    ],
)
def test_what_nothing_can_work_with_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**{name: value})
    assert [line.partition(": ")[0] for line in problems(refused.value)] == [
        f"BILLS_{name}".upper()
    ]


@pytest.mark.parametrize("switch", ["graphiql", "introspection"])
def test_explorer_and_introspection_may_be_switched_on_in_production(switch: str) -> None:
    assert getattr(Settings(**SAFE | {switch: True}), f"has_{switch}")


def test_command_says_in_words_what_production_refuses(tmp_path: Path) -> None:
    for command in ("serve", "worker", "doctor"):
        settings = {"BILLS_PRODUCTION": "true", "BILLS_DATA_DIR": str(tmp_path), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "jobs", command],
            env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 1, command
        assert "BILLS_SECRET: at least 32 characters" in done.stderr + done.stdout
        assert "Traceback" not in done.stderr


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
