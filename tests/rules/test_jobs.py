from datetime import UTC, datetime, timedelta

from models.rules.jobs import BACK_OFF, LOST_RUNS, JobKind, next_attempt

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


def test_delivery_is_tried_once_a_day_for_five_days_after_the_quick_attempts() -> None:
    day = timedelta(days=1)
    for failures in range(1, 15):
        ahead = next_attempt(failures, 0, NOW, JobKind.DELIVER)
        quick = next_attempt(failures, 0, NOW, JobKind.SEND_WEBHOOK)
        is_daily = len(BACK_OFF) < failures <= len(BACK_OFF) + 5
        assert ahead == (NOW + day if is_daily else quick)
