"""What a request carries through execution."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

import strawberry

from api.changes import Changes
from models.adapters.database import Database
from models.adapters.settings import Settings
from models.reads.engine.plans import Request
from models.rules.links import download_path
from models.rules.principals import Principal

Ring: TypeAlias = Callable[[int], Awaitable[None]]


@dataclass(slots=True)
class Context:
    """One request: who asks, when, and the parts of the house that answer.

    `is_listening` is set once a subscription hears of every change to come.
    """

    db: Database
    settings: Settings
    principal: Principal
    now: datetime
    ring: Ring
    changes: Changes
    clock: Callable[[], datetime]
    is_listening: asyncio.Event = field(default_factory=asyncio.Event)

    def at_present(self) -> "Context":
        """The same request, asked again now."""
        return replace(self, now=self.clock())

    def for_verbs(self) -> "Context":
        """The same request, whose verbs keep within their partner's share of the connections."""
        return replace(self, db=self.db.of_partner(self.principal.partner_id))

    def request(self, variables: Any, *, is_short: bool = False) -> Request:
        """This request as the read engine needs it."""
        return Request(
            self.principal,
            variables,
            self.now,
            self._link,
            self.settings.delivery_lag_days,
            is_short,
        )

    def _link(self, partner_id: int, object_id: str) -> str:
        settings = self.settings
        expires = self.now + settings.link_lifetime
        path = download_path(
            partner_id, object_id, secret=settings.secret.get_secret_value(), expires=expires
        )
        return settings.public_url.rstrip("/") + path


Info: TypeAlias = strawberry.Info[Context, None]
