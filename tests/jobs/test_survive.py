import asyncio

from structlog.testing import capture_logs

from jobs.survive import end, survive


async def test_error_of_a_step_is_logged_by_its_type_only() -> None:
    async def broken(name: str) -> None:
        raise LookupError(name)

    with capture_logs() as logs:
        await survive("step_failed", broken, "Li Lei")
    assert logs == [{"event": "step_failed", "error": "LookupError", "log_level": "error"}]


async def test_task_that_forgets_a_cancellation_is_ended_all_the_same() -> None:
    cancelled = 0

    async def forgetful() -> None:
        nonlocal cancelled
        while cancelled < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled += 1

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(task)
    assert cancelled == 2
