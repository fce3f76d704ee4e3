import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from broker.console.panels.over import PERMIT_OVER, Ends, until_over
from broker.governor import Cause
from domain.access import ConnectionMethod
from domain.ids import PermitId, ToolId
from domain.permit import Permit, PermitState
from recorder.ledger.reader import Kept
from tests.broker.console.house import House


class Log:
    def __init__(self) -> None:
        self.said: list[dict[str, str]] = []

    @property
    def size(self) -> int:
        return len(self.said)

    def events(self, start: int = 0, stop: int | None = None) -> Iterator[Kept]:
        for index, event in enumerate(self.said[start:stop], start):
            yield Kept(index, event)


def test_only_the_plant_s_word_on_this_permit_ends_a_page() -> None:
    log = Log()
    log.said.append({"event": "SessionEnded", "permit": "mine", "cause": "killed"})
    ends = Ends(log, PermitId("mine"))
    log.said += [
        {"event": "SessionOpened", "permit": "mine"},
        {"event": "SessionEnded", "permit": "mine", "cause": "finished"},
        {"event": "SessionEnded", "permit": "mine", "cause": "client_gone"},
        {"event": "SessionEnded", "permit": "another", "cause": "revoked"},
    ]
    assert ends.look() is None
    assert ends.look() is None
    for cause in set(Cause) - {Cause.FINISHED, Cause.CLIENT_GONE}:
        log.said.append({"event": "SessionEnded", "permit": "mine", "cause": cause})
        ended = ends.look()
        assert ended is not None
        assert (ended.code, ended.words.startswith("penstock: ")) == (cause, True)


class Filed:
    """Where the permit stands, and how often that was asked."""

    def __init__(self, permit: Permit) -> None:
        self.permit, self.state, self.asked = permit, PermitState.ACTIVE, asyncio.Semaphore(0)

    async def filed(self, _: PermitId) -> "Filed":
        self.asked.release()
        return self


async def test_a_page_that_nobody_touches_is_over_with_its_permit_s_window_and_not_before(
    house: House,
) -> None:
    permit = await house.ask(method=ConnectionMethod.BROWSER, tools=frozenset({ToolId("browser")}))
    filed = Filed(permit)
    house.desk.parts = replace(house.desk.parts, approvals=filed)
    house.clock.advance(permit.window.end - house.clock.now() - timedelta(microseconds=1))
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        waiting = group.create_task(until_over(house.desk, permit.id))
        for _ in range(2):
            await filed.asked.acquire()
        assert not waiting.done()
        house.clock.advance(timedelta(microseconds=1))
    assert waiting.result() is PERMIT_OVER
