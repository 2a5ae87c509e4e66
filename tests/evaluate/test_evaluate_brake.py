"""The brake: nothing new begins, what is under way is waited for, but not for ever."""

import asyncio

from tests.evaluate.simulated import simulate

from llmopt.domain import TrialKey
from llmopt.evaluate.brake import GRACE_SECONDS, Brake
from llmopt.evaluate.clock import Clock

ONE, TWO = (TrialKey("mood", "short", "small", case, 0) for case in ("one", "two"))


def test_a_run_that_nobody_stops_runs_to_its_end() -> None:
    async def main(clock: Clock) -> tuple[bool, float]:
        brake = Brake()
        await brake.run(clock.sleep(5))  # type: ignore[arg-type]
        return brake.cut, clock.seconds()

    assert simulate(main) == (False, 5.0)


def stopped_at(reason: str, seconds: float) -> float:
    """Say when a run ends that is stopped in second 1 while a call takes so many seconds."""

    async def main(clock: Clock) -> float:
        brake = Brake()

        async def work() -> None:
            with brake.asking(ONE) as call:
                call.sent()
                await clock.sleep(1)
                brake.pull("interrupt" if reason == "interrupt" else "budget")
                await clock.sleep(seconds - 1)
                call.back(answered=True)
            brake.stored(ONE)
            await brake.park()

        await brake.run(work())
        assert brake.cut
        return clock.seconds()

    return simulate(main)


def test_an_answer_within_the_grace_period_is_waited_for() -> None:
    assert stopped_at("interrupt", 8) == 8


def test_an_interrupt_does_not_wait_longer_than_the_grace_period() -> None:
    assert stopped_at("interrupt", 500) == 1 + GRACE_SECONDS


def test_a_budget_waits_as_long_as_it_takes() -> None:
    assert stopped_at("budget", 500) == 500


def test_a_trial_that_waits_to_be_sent_again_is_not_waited_for() -> None:
    async def main(clock: Clock) -> float:
        brake = Brake()

        async def work() -> None:
            with brake.asking(TWO) as call:
                call.sent()
                call.back(answered=False)
                brake.pull("interrupt")
                await clock.sleep(600)

        await brake.run(work())
        return clock.seconds()

    assert simulate(main) == 0.0


def test_an_answered_trial_is_waited_for_until_it_is_stored() -> None:
    async def main(clock: Clock) -> list[str]:
        brake, log = Brake(), list[str]()

        async def scored() -> None:
            with brake.asking(ONE) as call:
                call.sent()
                call.back(answered=True)
            brake.pull("budget")
            await clock.sleep(3)
            log.append("scored")
            brake.stored(ONE)
            await brake.park()

        await brake.run(scored())
        return log

    assert simulate(main) == ["scored"]


def test_an_answer_on_its_way_to_its_trial_is_waited_for() -> None:
    async def main(clock: Clock) -> list[str]:
        brake, log = Brake(), list[str]()

        async def work() -> None:
            with brake.asking(ONE) as call:
                call.sent()
                call.back(answered=True)
                brake.pull("budget")
                await clock.sleep(3)
            log.append("arrived")
            brake.stored(ONE)
            await brake.park()

        await brake.run(work())
        return log

    assert simulate(main) == ["arrived"]


def test_an_answered_trial_that_waits_for_who_is_parked_is_not_waited_for() -> None:
    """A reply is there, and its judge is not asked: for want of money, or of a turn."""

    async def main(clock: Clock) -> float:
        brake = Brake()

        async def judged() -> None:
            with brake.asking(ONE) as call:
                call.sent()
                await clock.sleep(1)
                call.back(answered=True)
            with brake.asking(ONE):
                await brake.park()

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(judged())
                await clock.sleep(5)
                brake.pull("budget")

        await brake.run(work())
        return clock.seconds()

    assert simulate(main) == 5


def test_of_two_calls_of_a_trial_the_one_under_way_is_waited_for_and_the_parked_one_not() -> None:
    async def main(clock: Clock) -> float:
        brake = Brake()

        async def call(seconds: float | None) -> None:
            with brake.asking(ONE) as one:
                if seconds is None:
                    await brake.park()
                else:
                    one.sent()
                    await clock.sleep(seconds)
                    one.back(answered=True)

        async def work() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(call(7))
                group.create_task(call(None))
                await clock.sleep(1)
                brake.pull("budget")

        await brake.run(work())
        return clock.seconds()

    assert simulate(main) == 7


def test_what_fails_is_raised_as_it_is() -> None:
    async def main(_: Clock) -> str:
        async def work() -> None:
            raise ValueError("boom")

        try:
            await Brake().run(work())
        except ValueError as error:
            return str(error)
        return ""

    assert simulate(main) == "boom"


async def test_whoever_cancels_the_run_cancels_its_work() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    run = asyncio.create_task(Brake().run(work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait({run})
    assert run.cancelled()
    assert ended.is_set()
