"""Disputes: what the partner questions, and what was said about it."""

from models.reads.engine.shapes import (
    Connection,
    Filter,
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

# How many of a bill's disputes are listed beside it.
NEWEST = 20

DISPUTE_MESSAGE = Shape(
    "DisputeMessage",
    "dispute_messages {t}",
    {
        "id": Word("'dsm_' || {t}.id"),
        "author": Text("{t}.author"),
        "role": Word("{t}.role"),
        "text": Text("{t}.text"),
        "writtenAt": Instant("{t}.written_at"),
    },
)

DISPUTE = Shape(
    "Dispute",
    "disputes {t}",
    {
        "id": Word("'dsp_' || {t}.id"),
        "bill": One("Bill", of_partner("{c}.id = {t}.bill_id")),
        "version": Number("{t}.version"),
        "status": Word("{t}.status"),
        "openedBy": Text("{t}.opened_by"),
        "openedAt": Instant("{t}.opened_at"),
        "closedBy": Text("{t}.closed_by"),
        "closedAt": Instant("{t}.closed_at"),
        "resolvedVersion": Number("{t}.resolved_version", is_nullable=True),
        "charges": Many(
            "Charge",
            of_partner(
                "{c}.id IN (SELECT l.charge_id FROM dispute_lines l"
                " WHERE l.partner_id = {t}.partner_id AND l.dispute_id = {t}.id)"
            ),
            "{c}.id",
        ),
        "thread": Connection(
            "DisputeMessage", of_partner("{c}.dispute_id = {t}.id"), (Key("{c}.id"),)
        ),
    },
    tenant="{t}.partner_id",
)

OF_BILL = of_partner(
    "{c}.id IN (SELECT d.id FROM disputes d WHERE d.partner_id = {t}.partner_id"
    " AND d.bill_id = {t}.id"
    f" ORDER BY d.id DESC LIMIT {NEWEST})"
)
DISPUTE_FILTERS = {"status": Filter("{c}.status = {v}")}
DISPUTE_KEYS = (Key("{c}.id"),)

DISPUTE_BY_ID = Root(DISPUTE, filters={"id": identity(IdPrefix.DISPUTE)})
