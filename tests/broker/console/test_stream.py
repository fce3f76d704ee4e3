"""One answer that goes on: it ends with its reader, with its messages, or with the console."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from broker.console.refusals import RefusalError
from broker.console.stream import MOST_OF_ONE, EventStream, Streams, event
from domain.ids import PersonId

PETRA, MILO = PersonId("petra"), PersonId("milo")
SCOPE: Any = {"type": "http"}


class Browser:
    """The other end of one request."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)

    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.got)


async def test_a_stream_that_ends_by_itself_is_a_whole_answer() -> None:
    async def two() -> AsyncGenerator[str]:
        yield event({"a": 1})
        yield event([1], "rows")

    browser = Browser()
    await EventStream(two())(SCOPE, browser.receive, browser.send)
    assert browser.body() == b'data: {"a": 1}\n\nevent: rows\ndata: [1]\n\n'
    assert browser.got[-1]["more_body"] is False
    headers = dict(browser.got[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers


async def test_a_reader_who_goes_ends_the_messages_and_what_they_do_last_is_waited_for() -> None:
    done: list[str] = []

    async def forever() -> AsyncGenerator[str]:
        try:
            while True:
                yield event({})
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)  # a leaf that is kept
            done.append("told")

    browser = Browser()
    async with asyncio.TaskGroup() as group:
        group.create_task(EventStream(forever())(SCOPE, browser.receive, browser.send))
        while not browser.body():
            await asyncio.sleep(0)
        browser.gone.set()
    assert done == ["told"]


async def test_a_reader_who_is_slow_is_waited_for_and_nothing_piles_up() -> None:
    made: list[int] = []
    reads = asyncio.Event()

    async def many() -> AsyncGenerator[str]:
        for number in range(1000):
            made.append(number)
            yield event(number)

    async def slow(message: Any) -> None:
        if message["type"] == "http.response.body":
            await reads.wait()

    browser = Browser()
    async with asyncio.TaskGroup() as group:
        group.create_task(EventStream(many())(SCOPE, browser.receive, slow))
        for _ in range(50):
            await asyncio.sleep(0)
        assert made == [0]
        browser.gone.set()


def test_nothing_in_a_message_ends_it_or_begins_another() -> None:
    assert event("a\n\ndata: b\r\x1b[31m\u2028").count("\n") == 2
    assert "\x1b" not in event("\x1b")


async def test_one_person_keeps_so_many_open_and_the_others_are_not_kept_out() -> None:
    streams = Streams()
    kept = [streams.kept(PETRA) for _ in range(MOST_OF_ONE)]
    for one in kept:
        one.__enter__()
    with pytest.raises(RefusalError, match="Too many"), streams.kept(PETRA):
        pass
    with streams.kept(MILO):
        pass
    kept[0].__exit__(None, None, None)
    with streams.kept(PETRA):
        pass


async def test_a_console_that_ends_wakes_every_stream() -> None:
    streams = Streams()
    assert await streams.pause(0)
    streams.closing.set()
    assert not await streams.pause(3600)
