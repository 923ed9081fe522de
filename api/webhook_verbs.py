"""Mutations on webhook endpoints."""

import secrets

import strawberry

from api.context import Context, Info
from api.enums import EventType
from api.errors import UserError
from api.verbs import attempt, read_back, row_id
from api.webhooks import WebhookEndpoint
from models.actions.webhooks import (
    EndpointChange,
    EndpointDraft,
    create_endpoint,
    require_reachable,
    rotate_secret,
    update_endpoint,
)
from models.adapters.outgoing import Outgoing
from models.adapters.signing import NewSecret, SigningSecrets
from models.adapters.vault import Vault
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action

_SHOWN_ONCE = (
    "The secret that messages are signed with, shown this one time: `whsec_` and base64. Null when"
    " nothing was done."
)


@strawberry.input(description="Where to be told, and of what.")
class CreateWebhookEndpointInput:
    """Input of createWebhookEndpoint."""

    url: str = strawberry.field(description="An https URL on the public internet.")
    event_types: list[EventType] = strawberry.field(description="What to be told of.")


@strawberry.input(description="What is to be different; what is left out stays as it is.")
class UpdateWebhookEndpointInput:
    """Input of updateWebhookEndpoint."""

    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")
    url: str | None = strawberry.field(
        description="An https URL on the public internet.", default=None
    )
    event_types: list[EventType] | None = strawberry.field(
        description="What to be told of.", default=None
    )
    is_enabled: bool | None = strawberry.field(
        description="Whether to be told at all.", default=None
    )


@strawberry.input(description="Whose secret to change.")
class RotateWebhookSecretInput:
    """Input of rotateWebhookSecret."""

    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint.")


@strawberry.type
class _EndpointPayload:
    endpoint_id: strawberry.Private[str | None] = None
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was done; empty when it was.", default_factory=list
    )

    @strawberry.field(
        description="The endpoint as it is now; null if there is none that the viewer may see."
    )
    async def endpoint(self, info: Info) -> WebhookEndpoint | None:
        """Read the endpoint back."""
        return await read_back(info, self.endpoint_id)  # type: ignore[no-any-return]


@strawberry.type(description="The endpoint after the attempt, and its secret.")
class CreateWebhookEndpointPayload(_EndpointPayload):
    """Payload of createWebhookEndpoint."""

    secret: str | None = strawberry.field(description=_SHOWN_ONCE, default=None)


@strawberry.type(description="The endpoint after the attempt.")
class UpdateWebhookEndpointPayload(_EndpointPayload):
    """Payload of updateWebhookEndpoint."""


@strawberry.type(description="The endpoint after the attempt, and its new secret.")
class RotateWebhookSecretPayload(_EndpointPayload):
    """Payload of rotateWebhookSecret."""

    secret: str | None = strawberry.field(description=_SHOWN_ONCE, default=None)


def _outgoing(context: Context) -> Outgoing:
    return Outgoing(allow_private=context.settings.allow_private_addresses)


def _new_secret(context: Context) -> NewSecret:
    context.principal.require(Action.MANAGE_WEBHOOKS)
    vault = Vault(*context.settings.vault_secrets)
    assert context.principal.partner_id is not None, "only partners manage webhooks"
    return SigningSecrets(vault, context.principal.partner_id).make(secrets.token_bytes)


@strawberry.type
class WebhookMutation:
    """What can be done about endpoints."""

    @strawberry.mutation(
        description="Be told of events at one more address, at most 10 in all (administrators)."
    )
    async def create_webhook_endpoint(
        self, info: Info, input: CreateWebhookEndpointInput
    ) -> CreateWebhookEndpointPayload | None:
        """Create."""
        context, payload = info.context, CreateWebhookEndpointPayload()

        async def verb() -> None:
            await require_reachable(_outgoing(context), context.principal, input.url)
            secret = _new_secret(context)
            draft = EndpointDraft(input.url, input.event_types, secret.sealed)
            made = await context.db.transact(
                create_endpoint, context.principal, draft, now=context.now
            )
            payload.endpoint_id = public_id(IdPrefix.WEBHOOK_ENDPOINT, made)
            payload.secret = secret.text

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Change an endpoint; messages that wait go where it is then (administrators)."
    )
    async def update_webhook_endpoint(
        self, info: Info, input: UpdateWebhookEndpointInput
    ) -> UpdateWebhookEndpointPayload | None:
        """Update."""
        context, payload = info.context, UpdateWebhookEndpointPayload(endpoint_id=input.endpoint_id)

        async def verb() -> None:
            change = EndpointChange(
                row_id(input.endpoint_id, IdPrefix.WEBHOOK_ENDPOINT, "endpointId"),
                input.url,
                input.event_types,
                input.is_enabled,
            )
            if input.url is not None:
                await require_reachable(_outgoing(context), context.principal, input.url)
            await context.db.transact(update_endpoint, context.principal, change, now=context.now)

        return await attempt(payload, verb)

    @strawberry.mutation(
        description="Sign with a new secret, and for 24 hours with the one before as well; to be"
        " rid of a secret at once, rotate twice (administrators)."
    )
    async def rotate_webhook_secret(
        self, info: Info, input: RotateWebhookSecretInput
    ) -> RotateWebhookSecretPayload | None:
        """Rotate."""
        context, payload = info.context, RotateWebhookSecretPayload(endpoint_id=input.endpoint_id)

        async def verb() -> None:
            endpoint_id = row_id(input.endpoint_id, IdPrefix.WEBHOOK_ENDPOINT, "endpointId")
            secret = _new_secret(context)
            await context.db.transact(
                rotate_secret,
                context.principal,
                endpoint_id,
                sealed_secret=secret.sealed,
                now=context.now,
            )
            payload.secret = secret.text

        return await attempt(payload, verb)
