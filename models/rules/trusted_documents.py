"""The list of documents that a server in trusted mode answers, and nothing else.

A file of JSON: a manifest as Apollo's tools write it, or an object of documents by their hashes, as
Relay's compiler writes it.
"""

from collections.abc import Mapping
from hashlib import sha256

from models.rules.json_objects import JsonObject, invalid, parse_object

LONGEST = 50_000_000
MOST = 100_000


def parse_trusted_documents(text: str) -> Mapping[str, str]:
    """Documents by their SHA-256 in hexadecimal.

    Raises InvalidInput (INVALID_FILE) where one stands under something else, and for an empty list,
    with which everything would be refused.
    """
    said = parse_object(text, LONGEST)
    is_manifest = "operations" in said.names()
    documents = dict(
        said.each("operations", _operation, MOST)
        if is_manifest
        else ((digest, str(said.take(digest, str))) for digest in said.names())
    )
    for digest, document in documents.items():
        found = sha256(document.encode()).hexdigest()
        if digest != found:
            raise invalid(f"it is not the SHA-256 of its document, which is {found}", digest[:80])
    if not documents:
        raise invalid("it holds no document")
    return documents


def _operation(said: JsonObject) -> tuple[str, str]:
    return str(said.take("id", str)), str(said.take("body", str))
