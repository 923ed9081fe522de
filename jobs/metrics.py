"""What Prometheus is told: the figures of this process, and how the business stands."""

from collections.abc import Iterator, Mapping

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from jobs.remembered import Remembered
from jobs.services import Clock, Services
from models.adapters.metrics import exposition
from models.reads.metrics import Standing, read_standing

# However many ask, and however often: the database is asked once in that time.
KEEP_SECONDS = 10.0
WAIT_SECONDS = 5.0

log = structlog.get_logger()


class Metrics:
    """Answers scrapes of one process."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._standing = Remembered(self._read, keep=KEEP_SECONDS, wait=WAIT_SECONDS)

    async def text(self) -> bytes:
        """All figures; those of the database are left out while they cannot be read."""
        try:
            standing = await self._standing.answer()
        except Exception as failure:  # our own figures are to be had whatever the database does
            log.warning("figures_unread", error=type(failure).__name__)
            return exposition([_Families([_database_up(0)])])
        return exposition([_Families(families(standing))])

    async def _read(self) -> Standing:
        return await read_standing(self._services.db, now=self._clock())


class _Families(Collector):
    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._families


def families(standing: Standing) -> list[GaugeMetricFamily]:
    """How the business stands, as gauges; the same from whichever process."""
    statuses = standing.by_status
    jobs = _family("jobs", "Jobs that are not done.", ["kind", "status"])
    for labels, count in standing.jobs.items():
        jobs.add_metric(labels, count)
    unissued = {"yes": standing.unissued[True], "no": standing.unissued[False]}
    return [
        _database_up(1),
        _by("unissued", "Bills to issue now; late: after the deadline.", "late", unissued),
        _gauge("issued_late", "Bills that were issued after their deadline.", standing.issued_late),
        jobs,
        _gauge("oldest_queued_job_seconds", "Due for so long.", standing.oldest_queued_job),
        _by("payments", "Payments, but for succeeded ones.", "status", statuses["payments"]),
        _gauge(
            "oldest_unknown_payment_seconds",
            "How long ago it was begun; the gateway has not said what became of it.",
            standing.oldest_unknown_payment,
        ),
        _by("deliveries", "Deliveries, but for delivered ones.", "status", statuses["deliveries"]),
        _by("exports", "Exports that are not finished.", "status", statuses["exports"]),
        _gauge(
            "untaken_files", "Files of the inbox that were not taken in.", standing.untaken_files
        ),
        _gauge("workers", "Workers that live.", standing.workers),
    ]


def _database_up(value: int) -> GaugeMetricFamily:
    return _gauge("database_up", "0 while figures cannot be read from it.", value)


def _family(name: str, says: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"bills_{name}", says, labels=labels)


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"bills_{name}", says, value=value)


def _by(name: str, says: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = _family(name, says, [label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family
