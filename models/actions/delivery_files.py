"""What a delivered file is made of: details as CSV, zipped, with a manifest (R48, R52, R69)."""

from datetime import timedelta

from models.actions.artefacts import Artefact, Rows
from models.actions.delivery_moves import ENDING, delivery_name
from models.adapters.database import Database
from models.reads.delivered_rows import (
    COLUMNS,
    AccountPart,
    DeliveredRun,
    account_runs,
    reseller_runs,
)
from models.reads.delivery_terms import parse_cuts
from models.rules.delivery_days import Span
from models.rules.exports import ExportFormat, ExportView
from models.rules.ids import IdPrefix, public_id
from models.rules.manifests import Manifest
from models.rules.months import billing_zone, local_midnight
from models.rules.storage_states import DeliveryKind
from models.tables.deliveries import Delivery
from models.tables.partners import Partner


async def delivery_artefact(db: Database, delivery: Delivery) -> Artefact:
    """What is to be written for a delivery that was started; the same each time.

    Raises Conflict (BILL_OUT_OF_BALANCE).
    """
    assert delivery.file_name is not None, "it was started"
    runs = await _runs(db, delivery)
    stem = delivery.file_name.removesuffix(ENDING)
    return Artefact(
        owner=delivery_name(delivery.id),
        partner_id=delivery.partner_id,
        stem=stem,
        parts_stem=stem,
        format=ExportFormat.CSV,
        columns=COLUMNS,
        control=COLUMNS[-1],
        rows=[_rows(run) for run in runs],
        manifest=_manifest(delivery),
        is_always_zipped=True,
    )


async def _runs(db: Database, delivery: Delivery) -> list[DeliveredRun]:
    if delivery.kind == DeliveryKind.RESELLER.value:
        assert delivery.version_id is not None, "its bill is confirmed"
        return await reseller_runs(db, delivery.partner_id, delivery.version_id)
    zone = billing_zone((await Partner.get(id=delivery.partner_id)).time_zone)
    span = Span(delivery.first_day, delivery.last_day)
    is_daily = delivery.kind == DeliveryKind.DAILY.value
    before = local_midnight(span.last + timedelta(days=1), zone) if is_daily else None
    part = AccountPart(delivery.partner_id, delivery.account, span, before)
    return await account_runs(db, part, parse_cuts(delivery.through_posting))


def _rows(delivered: DeliveredRun) -> Rows:
    said = delivered.bill.said if delivered.bill else None
    expected = (delivered.expected, delivered.expected_rows)
    return Rows(delivered.statement, delivered.currency, *expected, said)


def _manifest(delivery: Delivery) -> Manifest:
    return Manifest(
        owner=delivery_name(delivery.id),
        partner=public_id(IdPrefix.PARTNER, delivery.partner_id),
        account=delivery.account,
        view=ExportView.DETAILS.value,
        format=ExportFormat.CSV,
        period=(delivery.first_day, delivery.last_day),
        is_provisional=delivery.is_provisional,
        columns=tuple(column.name for column in COLUMNS),
        amount=COLUMNS[-1].name,
        bills=(),
        parts=(),
        kind=DeliveryKind(delivery.kind),
    )
