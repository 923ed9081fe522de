"""What says which files a partner's bucket is due, and what stood in them on which day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from models.adapters.database import Tx
from models.rules.deliveries import ChosenAccount, DeliveryTerms, Interval
from models.rules.delivery_days import Span
from models.rules.months import BillingMonth, billing_zone
from models.rules.storage_states import DeliveryKind
from models.tables.partners import BillingAccount, Partner
from models.tables.storage import StorageAccount, StorageDestination

_OF_CYCLES = "partner_id = $1 AND kind = 'SELF_USE' AND cycle BETWEEN $2 AND $3"


async def delivery_terms(tx: Tx, partner: Partner, *, lag_days: int) -> DeliveryTerms:
    """What a partner's daily and monthly files follow from."""
    mine = {"partner_id": partner.id}
    destinations = StorageDestination.filter(**mine).using_db(tx.client).order_by("id")
    accounts = BillingAccount.filter(**mine).using_db(tx.client).order_by("id")
    chosen = StorageAccount.filter(**mine).using_db(tx.client).order_by("id")
    return DeliveryTerms(
        billing_zone(partner.time_zone),
        lag_days,
        tuple([Interval(row.valid_from, row.valid_until) async for row in destinations]),
        tuple([row.account async for row in accounts]),
        tuple([_chosen(row) async for row in chosen]),
        await _first_cycle(tx, partner.id),
    )


def _chosen(row: StorageAccount) -> ChosenAccount:
    return ChosenAccount(row.account, Interval(row.valid_from, row.valid_until))


async def _first_cycle(tx: Tx, partner_id: int) -> BillingMonth | None:
    row = await tx.fetch_one(
        "SELECT min(cycle) AS first FROM billable_cycles"
        " WHERE partner_id = $1 AND kind = 'SELF_USE'",
        partner_id,
    )
    return BillingMonth.parse(row["first"]) if row and row["first"] else None


@dataclass(frozen=True, slots=True)
class Cut:
    """The charges in one currency that are in a file: all batches up to `posting`.

    `version_id` is the version of the bill that they are on, None while they are on none.
    """

    posting: int
    version_id: int | None = None


class Cuts:
    """How far a partner's files of some cycles go, by currency.

    A daily file has what the estimate of its days has, where there is one: so it comes to that
    exactly (I15). Otherwise it has what the bill has, or all that is there. Charges that a bill has
    are never moved to another cycle, so what is in a file stays the same for ever.
    """

    def __init__(self, last_posting: int) -> None:
        self._last_posting = last_posting
        self._postings: dict[str, dict[str, int]] = {}
        self._estimated: dict[tuple[str, str, str], int] = {}
        self._billed: dict[tuple[str, str], Cut] = {}

    async def read(self, tx: Tx, partner_id: int, first: BillingMonth, last: BillingMonth) -> None:
        """Look up what is known of the self-use charges of these cycles; under `lock_partner`."""
        values = (partner_id, str(first), str(last))
        for row in await tx.fetch(
            "SELECT cycle, currency, last_posting FROM billable_cycles"
            f" WHERE {_OF_CYCLES} ORDER BY currency",
            *values,
        ):
            self._postings.setdefault(row["cycle"], {})[row["currency"]] = row["last_posting"]
        for row in await tx.fetch(
            "SELECT cycle, currency, CAST(data_through AS TEXT) AS day, through_posting"
            f" FROM estimates WHERE {_OF_CYCLES}",
            *values,
        ):
            self._estimated[row["cycle"], row["currency"], row["day"]] = row["through_posting"]
        for row in await tx.fetch(
            "SELECT cycle, currency, version_id, (SELECT v.through_posting FROM bill_versions v"
            " WHERE v.partner_id = bills.partner_id AND v.id = bills.version_id) AS posting"
            f" FROM bills WHERE {_OF_CYCLES}",
            *values,
        ):
            self._billed[row["cycle"], row["currency"]] = Cut(row["posting"], row["version_id"])

    def of(self, kind: DeliveryKind, span: Span) -> dict[str, Cut]:
        """How far a file goes, by currency."""
        cycle = str(span.cycle)
        return {
            currency: self._cut(kind, cycle, currency, span.last)
            for currency in self._postings.get(cycle, {})
        }

    def _cut(self, kind: DeliveryKind, cycle: str, currency: str, last: date) -> Cut:
        billed = self._billed.get((cycle, currency))
        if kind is DeliveryKind.MONTHLY:
            return billed or Cut(self._postings[cycle][currency])
        posting = self._estimated.get((cycle, currency, last.isoformat()))
        if posting is None:
            posting = billed.posting if billed else self._last_posting
        return Cut(posting)


def cuts_json(cuts: dict[str, Cut]) -> dict[str, dict[str, int | None]]:
    """Cuts as they are kept."""
    return {
        currency: {"posting": cut.posting, "version": cut.version_id}
        for currency, cut in cuts.items()
    }


def parse_cuts(kept: dict[str, Any]) -> dict[str, Cut]:
    """Cuts read back, in the order in which they stand in a file: by currency."""
    return {
        currency: Cut(kept[currency]["posting"], kept[currency]["version"])
        for currency in sorted(kept)
    }
