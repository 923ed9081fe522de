"""Everything that an operator can set, read once from the environment (prefix `BILLS_`)."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.adapters.production import (
    DEVELOPMENT_SECRET,
    EXAMPLE_TAX_NUMBER,
    EXAMPLE_VENDOR,
    refusals,
)
from models.rules.billing_addresses import Party
from models.rules.buckets import BucketAddress, Credentials, checked_credentials
from models.rules.delivery_days import DELIVERY_LAG_DAYS
from models.rules.errors import InvalidInput
from models.rules.exports import ROWS_PER_PART
from models.rules.file_urls import parse_files_url

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class Settings(BaseSettings):
    """The installation's settings; refuses to load an unsafe production set (rule 22)."""

    model_config = SettingsConfigDict(env_prefix="BILLS_", frozen=True, hide_input_in_errors=True)

    data_dir: Path = Path("demo-data")
    database_url: str = ""
    redis_url: str = ""
    production: bool = False
    secret: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    oidc_jwks_url: str = ""
    oidc_issuer: str = ""
    oidc_audience: str = ""
    public_url: str = "http://127.0.0.1:8000"
    allowed_origins: list[str] = []
    trusted_documents: Path | None = None  # a file: only the documents in it are answered
    introspection: bool | None = None
    graphiql: bool | None = None
    cost_per_minute: int = Field(default=6_000_000, ge=0)  # of a user in a process; 0: no limit
    kept_answers_bytes: int = Field(default=8 * 2**20, ge=0)  # of one process; 0 keeps none
    read_connections: int = Field(default=4, ge=1)
    write_connections: int = Field(default=10, ge=1)
    link_seconds: int = Field(default=3600, ge=1, le=7 * 86_400)  # as long as a store signs for
    export_days: int = Field(default=30, ge=1, le=36_500)
    # Of all of one partner's exported files together; 0 lets none be made.
    export_bytes: int = Field(default=10 * 2**30, ge=0)
    exports_per_partner: int = Field(default=20, ge=0)  # that are not finished
    rows_per_part: int = Field(default=ROWS_PER_PART, ge=1, le=1_000_000)
    # Where our own files are: a folder, or s3://, cos://, obs:// or minio://; see the README.
    files_url: str = ""
    files_access_key_id: str = ""
    files_secret_access_key: SecretStr = SecretStr("")
    # Below it lie the folders that partners may choose as buckets; none may unless it is set.
    local_buckets: Path | None = None
    inbox_creates_missing: bool = False
    inbox_skips_bad_rows: bool = False
    inbox_bytes: int = Field(default=20 * 2**30, ge=1)  # of one file
    # Who sells, as it stands on invoices.
    vendor_name: str = Field(default=EXAMPLE_VENDOR, min_length=1)
    vendor_street: str = Field(default="88 Keyuan Avenue, Nanshan District", min_length=1)
    vendor_city: str = Field(default="Shenzhen", min_length=1)
    vendor_postcode: str = "518057"
    vendor_country: str = Field(default="CN", pattern="^[A-Z]{2}$")
    vendor_tax_number: str = Field(default=EXAMPLE_TAX_NUMBER, min_length=1)
    delivery_lag_days: int = Field(default=DELIVERY_LAG_DAYS, ge=1, le=20)
    lease_seconds: int = Field(default=20, ge=1)
    sweep_seconds: float = Field(default=2, gt=0)
    schedule_seconds: float = Field(default=60, gt=0)
    stripe_api_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_api_base: str = ""
    pretend_gateway: bool = False
    subscription_seconds: float = Field(default=0.5, gt=0)  # between two looks at what has changed
    subscriptions_per_user: int = Field(default=10, ge=0)  # 0 lets nobody subscribe
    subscriptions: int = Field(default=1_000, ge=0)  # of everyone, in one process
    allow_private_addresses: bool = False
    former_secrets: list[SecretStr] = []
    # Who may read /metrics; without it anyone may, and in production nobody.
    metrics_token: SecretStr = SecretStr("")
    access_log: bool = False
    # Where spans go by OTLP, such as http://collector:4318/v1/traces; none are made without it.
    traces_url: str = ""

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        unsafe = refusals(self) if self.production else []
        if unsafe:
            raise ValueError("; ".join(unsafe))
        return self

    @model_validator(mode="after")
    def _has_a_file_store(self) -> Self:
        if not self.files_url:
            return self
        try:
            place = parse_files_url(self.files_url)
            if isinstance(place, BucketAddress):
                checked_credentials(place.provider, self.files_credentials)
        except InvalidInput as refused:
            raise ValueError(
                "BILLS_FILES_URL, BILLS_FILES_ACCESS_KEY_ID or BILLS_FILES_SECRET_ACCESS_KEY:"
                f" {refused.message}"
            ) from refused
        return self

    @property
    def database(self) -> str:
        """The database URL; SQLite in the data folder unless set."""
        return self.database_url or f"sqlite://{self.data_dir / 'bills.sqlite3'}"

    @property
    def has_introspection(self) -> bool:
        """Whether clients may read the schema: on by default, off in production."""
        return not self.production if self.introspection is None else self.introspection

    @property
    def has_graphiql(self) -> bool:
        """Whether the explorer page is served: on by default, off in production."""
        return not self.production if self.graphiql is None else self.graphiql

    @property
    def vendor(self) -> Party:
        """The seller on invoices."""
        return Party(
            self.vendor_name,
            self.vendor_street,
            self.vendor_city,
            self.vendor_postcode,
            self.vendor_country,
            self.vendor_tax_number,
        )

    @property
    def vault_secrets(self) -> list[str]:
        """What secrets at rest are encrypted under: the present one, then those before it."""
        return [each.get_secret_value() for each in (self.secret, *self.former_secrets)]

    @property
    def files_place(self) -> Path | BucketAddress:
        """Where our own files are: in the data folder unless BILLS_FILES_URL says otherwise."""
        return parse_files_url(self.files_url) if self.files_url else self.data_dir / "files"

    @property
    def files_credentials(self) -> Credentials | None:
        """What opens the bucket of our own files; None where nothing is set."""
        if not self.files_access_key_id:
            return None
        return Credentials(
            self.files_access_key_id, self.files_secret_access_key.get_secret_value()
        )

    @property
    def link_lifetime(self) -> timedelta:
        """How long a download link holds (R39)."""
        return timedelta(seconds=self.link_seconds)

    @property
    def lease(self) -> timedelta:
        """How long a claimed job belongs to a worker that gives no sign of life."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def has_gateway(self) -> bool:
        """Whether bills can be paid through a gateway."""
        return bool(self.stripe_api_key.get_secret_value()) or self.pretend_gateway


def problems(refused: ValueError) -> list[str]:
    """What is wrong with settings, a line each, without their values; none of another error."""
    errors = refused.errors() if isinstance(refused, ValidationError) else []
    return [line for error in errors for line in _lines(error)]


def _lines(error: "ErrorDetails") -> list[str]:
    name = "".join(f"BILLS_{part}: ".upper() for part in error["loc"][:1])
    message = error["msg"].removeprefix("Value error, ")
    return [f"{name}{line}." for line in message.split("; ")]
