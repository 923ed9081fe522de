"""Exports in the schema."""

import strawberry

from api.enums import ExportFormat, ExportStatus, ExportView
from api.money import Money
from api.node import Node
from api.planned import field
from api.scalars import URL, BigInt, DateTime, Month


@strawberry.type(description="A file of bills that was asked for, and what became of it.")
class ExportJob(Node):
    """An export job."""

    requested_by: str = field("Who asked for it.")
    requested_at: DateTime = field("When it was asked for.")
    first_cycle: Month = field("The first cycle in it.")
    last_cycle: Month = field("The last cycle in it.")
    view: ExportView = field("What its rows are.")
    format: ExportFormat = field("How it is written.")
    columns: list[str] = field("The names of its columns, in their order.")
    status: ExportStatus = field("What became of it.")
    progress_percent: int = field("How much of it is written, 0 to 100.")
    rows_done: BigInt = field("Rows written so far.")
    rows_total: BigInt | None = field("Rows it will have; null until it runs.")
    file_name: str | None = field("Its name; null until it is ready.")
    size_bytes: BigInt | None = field("Its size in bytes; null until it is ready.")
    sha256: str | None = field("SHA-256 of the file; null until it is ready.")
    part_count: int | None = field(
        "Of how many parts it is; more than one are a zip. Null until it is ready."
    )
    control_sums: list[Money] = field(
        "What its rows add up to, one amount for each currency; empty until it is ready."
    )
    finished_at: DateTime | None = field(
        "When it was ready, given up or cancelled; null until then."
    )
    expires_at: DateTime | None = field("When the file is removed; null until it is ready.")
    error: str | None = field("Why it failed; null unless it did.")
    download_url: URL | None = field(
        "A link that holds as long as the installation has set, an hour by default; new each time,"
        " and null until the file is ready, once it has expired, and for those who may not"
        " download."
    )
