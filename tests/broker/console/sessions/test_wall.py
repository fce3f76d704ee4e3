"""The live wall: told of a change at once, of counts now and then, and of nothing once it is not theirs to see."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from broker.evidence.clock import Stepped, of_clock
from domain.ids import PersonId
from domain.notice import Notice, NoticeKind
from tests.broker.console.house import SESSION, House
from tests.broker.console.sessions.test_watch import Stream, opened
from tests.domain.samples import OPENS as NOW

WALL = "/sessions/live"


def rows(stream: Stream) -> list[str]:
    """The rows of every message of the wall, oldest first."""
    blocks = [one.split("\n") for one in stream.text.split("\n\n")]
    return [json.loads(block[1][6:])["rows"] for block in blocks if block[0] == "event: wall"]


async def test_a_session_that_opens_is_paused_and_ends_is_told_each_time(house: House) -> None:
    """D08: the list on screen follows what the gate reports."""
    permit = await house.ask()
    async with opened(house, "milo", WALL) as stream:
        await stream.until("Nobody is connected")
        house.go_live(permit)
        await stream.until("Engineering station 1")
        async with await house.sign_in("petra") as petra:
            await petra.post(f"/sessions/{SESSION}/pause", data={"reason": "wrong valve"})
        await stream.until("Paused by Petra Vos")
        house.watch.sessions.clear()
        async with asyncio.timeout(10):
            while "Nobody is connected" not in rows(stream)[-1]:
                await asyncio.sleep(0.02)


async def test_nothing_new_is_a_beat_and_counts_keep_their_row_s_shape(house: House) -> None:
    house.go_live(await house.ask())
    async with opened(house, "milo", WALL) as stream:
        await stream.until("event: wall")
        await stream.until("event: beat")
        house.watch.sessions[0]["bytes_to_vendor"] = 9_000_000
        await stream.until("9.0 MB")
    first, last = rows(stream)[0], rows(stream)[-1]
    assert "4.5 MB" in first
    assert len(rows(stream)) == 2
    assert first.partition("data-shape=")[2][:16] == last.partition("data-shape=")[2][:16]


async def test_a_watchdog_that_falls_silent_is_told_as_such(house: House) -> None:
    house.go_live(await house.ask())
    async with opened(house, "milo", WALL) as stream:
        await stream.until("Engineering station 1")
        house.watch.gone = True
        await stream.until("what is live is not known")
        assert '"live":"?"' in stream.text.replace(": ", ":")


async def test_who_signs_out_hears_no_more(house: House) -> None:
    async with opened(house, "petra", WALL) as stream:
        await stream.until("event: wall")
        await house.desk.browsers.close_all(PersonId("petra"))
        await stream.until("event: over")
    assert stream.over


async def test_each_sees_what_is_their_business(house: House) -> None:
    house.go_live(await house.ask())
    house.watch.sessions[0]["permit"] = "u" * 26
    async with opened(house, "petra", WALL) as petra, opened(house, "iris", WALL) as iris:
        await iris.until("Engineering station 1")
        await petra.until("Nobody is connected")
    assert "/stop" not in iris.text


@pytest.mark.parametrize("sessions", [1, 50])
async def test_a_wall_that_stays_open_asks_the_database_for_each_permit_once(
    house: House, sessions: int
) -> None:
    permit = await house.ask()
    for number in range(sessions):
        house.go_live(permit, f"{chr(97 + number % 26)}{chr(97 + number // 26)}" + "s" * 24)
    asked: list[str] = []

    def count(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(house.engine.sync_engine, "before_cursor_execute", count)
    async with opened(house, "milo", WALL) as stream:
        await stream.until("event: wall")
        for size in range(3):
            house.watch.sessions[0]["held"] = ["state"] if size % 2 else []
            house.watch.sessions[0]["bytes_to_vendor"] = size
            await stream.until(f"/ {size} bytes" if size else "event: beat")
    event.remove(house.engine.sync_engine, "before_cursor_execute", count)
    # The permits, their approvals and their histories: three questions for all, asked once.
    assert sum("FROM permit" in one for one in asked) == 3


async def test_many_walls_are_one_question_to_the_watchdog(house: House) -> None:
    for _ in range(20):
        await house.desk.lately()
    assert [one["do"] for one in house.watch.heard] == ["show"]


async def test_what_the_evidence_rests_on_and_fails_stands_on_the_wall_with_the_bell_without_a_reload(
    house: House,
) -> None:
    """F17: a stepped clock, a full disk or a failing store are before the eyes of who watches."""
    house.desk.parts = replace(house.desk.parts, evidence=tuple)
    async with opened(house, "milo", WALL) as stream:
        await stream.until("event: beside")
        assert "moved by" not in stream.text
        stepped = of_clock(timedelta(), synchronised=True, stepped=Stepped(NOW, 3600))
        house.desk.parts = replace(house.desk.parts, evidence=lambda: (stepped,))
        await stream.until("The clock was moved by 3600 seconds: no new session opens.")
        assert "0 new" in stream.text
        assert house.desk.parts.notices is not None
        house.desk.parts.notices.put(
            Notice(
                key="x",
                to=PersonId("milo"),
                kind=NoticeKind.TROUBLE,
                at=NOW,
                subject="The clock was moved",
                sentences=(),
                path="/plant",
            )
        )
        await stream.until("1 new")
        house.desk.parts = replace(house.desk.parts, evidence=tuple)
        async with asyncio.timeout(10):
            while "moved by" in besides(stream)[-1]:
                await asyncio.sleep(0.02)


def besides(stream: Stream) -> list[str]:
    """The alarms of every message of what stands beside the rows, oldest first."""
    blocks = [one.split("\n") for one in stream.text.split("\n\n")]
    return [json.loads(block[1][6:])["alarms"] for block in blocks if block[0] == "event: beside"]
