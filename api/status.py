"""The HTTP side of a refusal: its status code and the headers that go with it."""

from models.rules.errors import ErrorCode

_STATUS: dict[int, tuple[ErrorCode, ...]] = {
    401: (ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED),
    403: (
        ErrorCode.FORBIDDEN,
        ErrorCode.ORIGIN_NOT_ALLOWED,
        ErrorCode.LINK_INVALID,
        ErrorCode.INTROSPECTION_DISABLED,
        ErrorCode.DOCUMENT_NOT_TRUSTED,
    ),
    404: (ErrorCode.NOT_FOUND, ErrorCode.PERSISTED_QUERY_NOT_FOUND),
    405: (ErrorCode.METHOD_NOT_ALLOWED,),
    408: (ErrorCode.REQUEST_TIMEOUT,),
    409: (
        ErrorCode.STALE_VERSION,
        ErrorCode.INVALID_STATE,
        ErrorCode.OPEN_DISPUTE,
        ErrorCode.NOT_PAYABLE,
        ErrorCode.NOTHING_DUE,
        ErrorCode.AMOUNT_EXCEEDS_OUTSTANDING,
        ErrorCode.INSUFFICIENT_FUNDS,
        ErrorCode.CURRENCY_MISMATCH,
        ErrorCode.IDEMPOTENCY_CONFLICT,
        ErrorCode.ALREADY_EXISTS,
        ErrorCode.EXPORT_NOT_READY,
    ),
    410: (ErrorCode.LINK_EXPIRED,),
    413: (ErrorCode.BODY_TOO_LARGE,),
    415: (ErrorCode.UNSUPPORTED_MEDIA_TYPE,),
    429: (ErrorCode.RATE_LIMITED,),
    500: (ErrorCode.INTERNAL,),
    503: (ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN),
}
_BY_CODE = {code: status for status, codes in _STATUS.items() for code in codes}
_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    405: {"Allow": "POST"},
    # The rest of a body that is too big or too slow is not waited for.
    408: {"Connection": "close"},
    413: {"Connection": "close"},
    503: {"Retry-After": "2"},
}


def http_status(code: ErrorCode) -> int:
    """The status of an answer that holds nothing but this refusal; 400 for any bad input."""
    return _BY_CODE.get(code, 400)


def http_headers(code: ErrorCode) -> dict[str, str]:
    """The headers that HTTP wants beside that status."""
    return _HEADERS.get(http_status(code), {})
