"""Export jobs: history, progress, and a link to what is ready."""

from typing import Any

from models.reads.control_sums import CONTROL_SUMS
from models.reads.engine.plans import Request
from models.reads.engine.shapes import (
    Instant,
    Number,
    Python,
    Root,
    Shape,
    Text,
    Word,
    identity,
)
from models.rules.export_columns import chosen_columns
from models.rules.exports import ExportFormat, ExportView
from models.rules.ids import IdPrefix, public_id
from models.rules.principals import Action

_IS_EXPIRED = "{t}.status = 'SUCCEEDED' AND {t}.expires_at <= {now}"
_PROGRESS = (
    "CASE WHEN {t}.status IN ('SUCCEEDED', 'EXPIRED') THEN 100"
    " WHEN coalesce({t}.rows_total, 0) = 0 THEN 0 ELSE {t}.rows_done * 100 / {t}.rows_total END"
)


def _download_url(request: Request, ready: Any) -> str | None:
    """A fresh link for those who may download; links are never stored."""
    if ready is None or not request.principal.may(Action.DOWNLOAD_EXPORT):
        return None
    return request.link(ready["partner"], public_id(IdPrefix.EXPORT, ready["export"]))


def _columns(_request: Request, order: Any) -> list[str]:
    """The names of the columns that were chosen, or of all that there are."""
    view, file_format = ExportView(order["view"]), ExportFormat(order["format"])
    return [column.name for column in chosen_columns(view, file_format, order["columns"])]


EXPORT_JOB = Shape(
    "ExportJob",
    "export_jobs {t}",
    {
        "id": Word("'exp_' || {t}.id"),
        "requestedBy": Text("{t}.requested_by"),
        "requestedAt": Instant("{t}.requested_at"),
        "firstCycle": Word("{t}.first_cycle"),
        "lastCycle": Word("{t}.last_cycle"),
        "view": Word("{t}.view"),
        "format": Word("{t}.format"),
        "columns": Python(
            """'{{"view":"' || {t}.view || '","format":"' || {t}.format || '","columns":'"""
            " || coalesce(CAST({t}.columns AS TEXT), 'null') || '}}'",
            _columns,
        ),
        "status": Word(f"CASE WHEN {_IS_EXPIRED} THEN 'EXPIRED' ELSE {{t}}.status END"),
        "progressPercent": Number(_PROGRESS),
        "rowsDone": Number("{t}.rows_done"),
        "rowsTotal": Number("{t}.rows_total", is_nullable=True),
        "fileName": Text("{t}.file_name"),
        "sizeBytes": Number("{t}.size_bytes", is_nullable=True),
        "sha256": Word("{t}.sha256", is_nullable=True),
        "partCount": Number("{t}.part_count", is_nullable=True),
        "controlSums": CONTROL_SUMS,
        "finishedAt": Instant("{t}.finished_at"),
        "expiresAt": Instant("{t}.expires_at"),
        "error": Text("{t}.error"),
        "downloadUrl": Python(
            "CASE WHEN {t}.status = 'SUCCEEDED' AND {t}.expires_at > {now}"
            """ THEN '{{"partner":' || {t}.partner_id || ',"export":' || {t}.id || '}}'"""
            " ELSE 'null' END",
            _download_url,
        ),
    },
    tenant="{t}.partner_id",
)

EXPORT_BY_ID = Root(EXPORT_JOB, filters={"id": identity(IdPrefix.EXPORT)})
