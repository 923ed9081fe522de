from datetime import UTC, datetime, timedelta

from models.rules.jobs import LOST_RUNS, next_attempt

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def test_failed_job_waits_longer_every_time_and_is_parked_after_the_sixth_failure() -> None:
    attempts = [next_attempt(failures, 0, NOW) for failures in range(1, 8)]
    assert attempts == [
        NOW + timedelta(seconds=5),
        NOW + timedelta(seconds=30),
        NOW + timedelta(minutes=2),
        NOW + timedelta(minutes=10),
        NOW + timedelta(hours=1),
        None,
        None,
    ]


def test_job_that_takes_its_workers_down_is_parked_at_its_first_failure() -> None:
    assert next_attempt(1, LOST_RUNS - 1, NOW) == NOW + timedelta(seconds=5)
    assert next_attempt(1, LOST_RUNS, NOW) is None
