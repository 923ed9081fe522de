"""Everything that can be refused, as one tree.

    BillingError                 code, message, path
    ├── Unauthenticated          no token, or one that does not hold
    ├── Forbidden                the role may not do this
    ├── NotFound                 not there, or not yours: one answer
    ├── InvalidInput             a value that cannot be meant
    │   └── InvalidArgument      … as an argument of a field that is queried
    ├── Conflict                 the world has moved on since the caller looked
    └── Unavailable              try again later; nothing was changed
        ├── RateLimited          … because you have asked for so much already
        └── OutcomeUnknown       … or it was: nobody knows before asking again

A code is stable for machines; the message says what was wrong, where, and what to do.
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable, machine-readable reasons (requirement R68)."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_MONTH = "INVALID_MONTH"
    INVALID_RANGE = "INVALID_RANGE"
    RANGE_TOO_LONG = "RANGE_TOO_LONG"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    INVALID_CURRENCY = "INVALID_CURRENCY"
    INVALID_CURSOR = "INVALID_CURSOR"
    INVALID_ID = "INVALID_ID"
    INVALID_TIME_ZONE = "INVALID_TIME_ZONE"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    STALE_VERSION = "STALE_VERSION"
    INVALID_STATE = "INVALID_STATE"
    OPEN_DISPUTE = "OPEN_DISPUTE"
    NOT_PAYABLE = "NOT_PAYABLE"
    NOTHING_DUE = "NOTHING_DUE"
    AMOUNT_EXCEEDS_OUTSTANDING = "AMOUNT_EXCEEDS_OUTSTANDING"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    LINK_EXPIRED = "LINK_EXPIRED"
    LINK_INVALID = "LINK_INVALID"
    EXPORT_NOT_READY = "EXPORT_NOT_READY"
    BAD_REQUEST = "BAD_REQUEST"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
    QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
    TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
    TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
    TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    INVALID_FILE = "INVALID_FILE"
    MISSING_COLUMN = "MISSING_COLUMN"
    TOO_MANY_ROOT_FIELDS = "TOO_MANY_ROOT_FIELDS"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    BILL_OUT_OF_BALANCE = "BILL_OUT_OF_BALANCE"
    NOTHING_TO_EXPORT = "NOTHING_TO_EXPORT"
    STORAGE_FULL = "STORAGE_FULL"
    BILL_CONFIRMED = "BILL_CONFIRMED"
    BILL_NOT_CONFIRMED = "BILL_NOT_CONFIRMED"
    NO_OPEN_DISPUTE = "NO_OPEN_DISPUTE"
    NO_CHANGE = "NO_CHANGE"
    CORRECTION_EXCEEDS_ORIGINAL = "CORRECTION_EXCEEDS_ORIGINAL"
    ALREADY_REVERSED = "ALREADY_REVERSED"
    COUPON_NOT_VALID = "COUPON_NOT_VALID"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_METHOD_UNAVAILABLE = "PAYMENT_METHOD_UNAVAILABLE"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SIGNATURE_EXPIRED = "SIGNATURE_EXPIRED"
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    TOO_MANY_ENDPOINTS = "TOO_MANY_ENDPOINTS"
    INVALID_DATE = "INVALID_DATE"
    INVALID_COLUMN = "INVALID_COLUMN"
    FORMAT_UNAVAILABLE = "FORMAT_UNAVAILABLE"
    TOO_MANY_EXPORTS = "TOO_MANY_EXPORTS"
    EXPORT_QUOTA_EXCEEDED = "EXPORT_QUOTA_EXCEEDED"
    STORAGE_NOT_ELIGIBLE = "STORAGE_NOT_ELIGIBLE"
    STORAGE_NOT_ENABLED = "STORAGE_NOT_ENABLED"
    GRANT_MISSING = "GRANT_MISSING"
    INVALID_BUCKET = "INVALID_BUCKET"
    BUCKET_NOT_FOUND = "BUCKET_NOT_FOUND"
    BUCKET_EXISTS = "BUCKET_EXISTS"
    BUCKET_REFUSED = "BUCKET_REFUSED"
    BUCKET_UNAVAILABLE = "BUCKET_UNAVAILABLE"
    FILE_DIFFERS = "FILE_DIFFERS"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    RATE_LIMITED = "RATE_LIMITED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"


class BillingError(Exception):
    """A refusal that a caller can read: stable code, message, and the input path it is about."""

    code: ErrorCode = ErrorCode.INVALID_INPUT

    def __init__(
        self, message: str, code: ErrorCode | None = None, *, path: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.path = path


class Unauthenticated(BillingError):
    """No bearer token, or one that is forged, expired or incomplete."""

    code = ErrorCode.UNAUTHENTICATED


class Forbidden(BillingError):
    """The principal is known, its role may not do this."""

    code = ErrorCode.FORBIDDEN


class NotFound(BillingError):
    """There is no such thing, or it belongs to another partner: the same answer (R1)."""

    code = ErrorCode.NOT_FOUND


class InvalidInput(BillingError):
    """A value that no state of the world would make acceptable."""

    code = ErrorCode.INVALID_INPUT


class InvalidArgument(InvalidInput):
    """The same of an argument in a query; `path` leads to its field, by response keys."""


class Conflict(BillingError):
    """Acceptable once, but not in the present state; read again, then decide."""

    code = ErrorCode.INVALID_STATE


class Unavailable(BillingError):
    """A part that is needed does not answer; nothing was changed, try again."""

    code = ErrorCode.UNAVAILABLE


class RateLimited(Unavailable):
    """The user's budget is used up; it will do again in `seconds`."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class OutcomeUnknown(Unavailable):
    """The answer was lost: it was done whole or not at all, and asking again by its key tells."""

    code = ErrorCode.OUTCOME_UNKNOWN
