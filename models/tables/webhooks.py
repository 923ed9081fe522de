"""Where partners want to be told of events, and whether they were."""

from datetime import datetime

from tortoise import Model, fields

from models.tables.columns import InstantColumn
from models.tables.events import Event
from models.tables.partners import Partner


class WebhookEndpoint(Model):
    """An address where a partner wants to be told of events.

    `sealed_secret` signs what is sent there, encrypted at rest, and until `former_until` so does
    `former_secret`.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    url = fields.CharField(max_length=2000)
    event_types: list[str] = fields.JSONField()
    sealed_secret = fields.CharField(max_length=400)
    former_secret = fields.CharField(max_length=400, null=True)
    former_until: datetime | None = InstantColumn(null=True)
    is_enabled = fields.BooleanField(default=True)
    created_by = fields.CharField(max_length=200)
    created_at: datetime = InstantColumn()

    class Meta:
        table = "webhook_endpoints"
        indexes = (("partner_id", "id"),)


class WebhookDelivery(Model):
    """One event for one endpoint.

    `failure` says why the last attempt came to nothing.
    """

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField("models.Event")
    event_id: int
    endpoint: fields.ForeignKeyRelation[WebhookEndpoint] = fields.ForeignKeyField(
        "models.WebhookEndpoint"
    )
    endpoint_id: int
    status = fields.CharField(max_length=12)
    attempts = fields.IntField(default=0)
    response_status = fields.IntField(null=True)
    failure = fields.CharField(max_length=400, null=True)
    created_at: datetime = InstantColumn()
    attempted_at: datetime | None = InstantColumn(null=True)
    delivered_at: datetime | None = InstantColumn(null=True)

    class Meta:
        table = "webhook_deliveries"
        indexes = (("partner_id", "id"), ("partner_id", "endpoint_id", "id"))
