"""Documents that stand for themselves by their SHA-256: registered by clients, or trusted.

Without a list, any client may register a document: it sends text and hash once, by POST, and from
then on the hash alone, which makes requests short, and GET possible. What is forgotten is asked for
again, as clients know. With a list of trusted documents nothing else is answered, however it comes.
"""

from collections.abc import Mapping
from hashlib import sha256
from sys import getsizeof

from api.bounded import Bounded
from api.guard import GraphQLRequest
from models.rules.errors import ErrorCode, Forbidden, InvalidInput

KEPT_BYTES = 1_000_000
# Clients look for this very message, and send the document then.
NOT_FOUND = "PersistedQueryNotFound"


class PersistedDocuments:
    """Texts by their hash; `trusted` are all there are, where they are given."""

    def __init__(self, trusted: Mapping[str, str] | None = None) -> None:
        self._trusted = trusted
        self._registered: Bounded[str, str] = Bounded(KEPT_BYTES)

    @property
    def kept_bytes(self) -> int:
        """What the documents that were registered take, roughly."""
        return self._registered.held

    def text(self, request: GraphQLRequest) -> str:
        """The document that a request asks with.

        Raises InvalidInput (PERSISTED_QUERY_NOT_FOUND; BAD_REQUEST for a hash that is not the
        document's) and Forbidden (DOCUMENT_NOT_TRUSTED).
        """
        if request.query is None:
            return self._known(request.sha256 or "")
        if self._trusted is None and request.sha256 is None:
            return request.query
        digest = sha256(request.query.encode()).hexdigest()
        if request.sha256 not in {None, digest}:
            raise InvalidInput(
                "`extensions.persistedQuery.sha256Hash` is not the SHA-256 of `query`.",
                ErrorCode.BAD_REQUEST,
            )
        if self._trusted is not None and digest not in self._trusted:
            raise _not_trusted()
        return request.query

    def register(self, request: GraphQLRequest) -> None:
        """Know a document by its hash from now on; called once it is known to be valid."""
        if self._trusted is None and request.query is not None and request.sha256 is not None:
            text = request.query
            self._registered.put_bytes(request.sha256, text, taking=getsizeof(text))

    def _known(self, digest: str) -> str:
        if self._trusted is not None:
            if digest not in self._trusted:
                raise _not_trusted()
            return self._trusted[digest]
        text = self._registered.get(digest)
        if text is None:
            raise InvalidInput(NOT_FOUND, ErrorCode.PERSISTED_QUERY_NOT_FOUND)
        return text


def _not_trusted() -> Forbidden:
    return Forbidden(
        "Only the documents that were registered beforehand are answered here; this is none of"
        " them. Add it to the list of trusted documents.",
        ErrorCode.DOCUMENT_NOT_TRUSTED,
    )
