"""Deliveries as they are shown: what was due, where it went, and what became of it (R57)."""

from models.reads.control_sums import CONTROL_SUMS
from models.reads.engine.shapes import (
    Connection,
    Filter,
    Flag,
    Instant,
    Key,
    Many,
    Number,
    One,
    Root,
    Shape,
    Text,
    Word,
    identity,
    of_partner,
)
from models.rules.ids import IdPrefix

# As `object_key` of rules.buckets makes it.
_OBJECT_KEY = (
    "(SELECT CASE WHEN d.prefix = '' THEN '' ELSE d.prefix || '/' END || {t}.file_name"
    " FROM storage_destinations d WHERE d.partner_id = {t}.partner_id"
    " AND d.id = {t}.destination_id AND {t}.status = 'DELIVERED')"
)
_NEXT = (
    "(SELECT j.run_at FROM jobs j WHERE j.key = 'deliver:' || {t}.id AND j.status = 'QUEUED'"
    " AND {t}.status IN ('SCHEDULED', 'RETRYING'))"
)


DELIVERY = Shape(
    "Delivery",
    "deliveries {t}",
    {
        "id": Word("'dlv_' || {t}.id"),
        "kind": Word("{t}.kind"),
        "account": Text("{t}.account"),
        "cycle": Word("{t}.cycle"),
        "firstDay": Word("CAST({t}.first_day AS TEXT)"),
        "lastDay": Word("CAST({t}.last_day AS TEXT)"),
        "isProvisional": Flag("{t}.is_provisional"),
        "dueAt": Instant("{t}.due_at"),
        "status": Word("{t}.status"),
        "attempts": Number("{t}.attempts"),
        "failure": Text("{t}.failure"),
        "attemptedAt": Instant("{t}.attempted_at"),
        "nextAttemptAt": Instant(_NEXT),
        "deliveredAt": Instant("{t}.delivered_at"),
        "destination": One("StorageDestination", of_partner("{c}.id = {t}.destination_id")),
        "fileName": Text("{t}.file_name"),
        "objectKey": Text(_OBJECT_KEY),
        "rows": Number("{t}.rows", is_nullable=True),
        "sizeBytes": Number("{t}.size_bytes", is_nullable=True),
        "sha256": Word("{t}.sha256", is_nullable=True),
        "controlSums": CONTROL_SUMS,
        "bill": One("Bill", of_partner("{c}.id = {t}.bill_id")),
        "askedBy": Text("{t}.asked_by"),
    },
    tenant="{t}.partner_id",
)

OF_PARTNER = Connection(
    "Delivery",
    "{c}.partner_id = {t}.id",
    (Key("{c}.id"),),
    is_descending=True,
    filters={
        "kind": Filter("{c}.kind = {v}"),
        "status": Filter(column="{c}.status"),
        "cycle": Filter("{c}.cycle = {v}"),
    },
)
OF_BILL = Many("Delivery", of_partner("{c}.bill_id = {t}.id"), "{c}.id")

DELIVERY_BY_ID = Root(DELIVERY, filters={"id": identity(IdPrefix.DELIVERY)})
