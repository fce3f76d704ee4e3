"""Watching: shown as recorded, told to the ledger first and last, and cut off with the right to look."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.access import Grant, PassageKind
from domain.ids import ConduitId, PersonId
from domain.plant import Outflow
from recorder.format.frame import Kind
from tests.broker.console.cast import SCREEN as DRAWN
from tests.broker.console.house import ORIGIN, SESSION, House
from tests.broker.console.sessions.live_screens import begin, goes_live
from tests.policies.plant import charter, charter_with

SCREEN = f"/sessions/{SESSION}/screen"


PICTURE = f"/sessions/{SESSION}/picture"


class Stream:
    """A browser's open stream: what it was sent, and going away."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.bytes = b""
        self.gone = asyncio.Event()
        self.over = False

    async def until(self, part: str) -> None:
        async with asyncio.timeout(10):
            while part not in self.text:
                await asyncio.sleep(0.02)

    def shown(self) -> str:
        lines = [json.loads(one[6:]) for one in self.text.split("\n") if one.startswith("data: ")]
        return "".join(one[2] for one in lines if isinstance(one, list))


@asynccontextmanager
async def opened(house: House, person: str, path: str = SCREEN) -> AsyncIterator[Stream]:
    """The stream as the console's own server has it: an answer that goes on."""
    browser, stream = await house.sign_in(person), Stream()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in asked:
            return message
        await stream.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        stream.status = message.get("status", stream.status)
        stream.bytes += message.get("body", b"")
        stream.text = stream.bytes.decode("utf-8", "replace")

    headers = {"host": ORIGIN.removeprefix("https://"), "cookie": browser.headers["cookie"]}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "https",
        "server": ("localhost", 8443),
        "client": ("192.0.2.9", 5555),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def serve() -> None:
        await house.app(scope, receive, send)
        stream.over = True

    async with asyncio.TaskGroup() as group:
        group.create_task(serve())
        yield stream
        stream.gone.set()


async def test_d11_a_person_of_the_plant_sees_what_is_recorded_and_the_ledger_says_so(house: House) -> None:
    """D11: live watching by staff, with a leaf before the first character and one when it ends."""
    house.go_live(await house.ask())
    recording = house.recording()
    async with opened(house, "petra") as stream:
        await stream.until('"cols": 80')
        (began,) = house.events("SessionWatched")
        assert (began["session"], began["by"], began["way"], began["since"]) == (
            SESSION,
            "petra",
            "console",
            "",
        )
        recording.write(Kind.TO_ASSET, 1, b"not echoed")
        recording.write(Kind.TO_VENDOR, 1, b"\x1b]52;c;ZXZpbA==\x07$ uname")
        await stream.until("uname")
        house.clock.advance(timedelta(minutes=3))
    assert "not echoed" not in stream.text
    assert "\x1b]" not in stream.shown()
    ended = house.events("SessionWatched")[1]
    assert (ended["by"], ended["since"]) == ("petra", began["at"])


async def test_d11_a_screen_is_watched_from_its_beginning_and_then_live(house: House) -> None:
    """D11: with a leaf before the first pixel; cut off with the sign-in, and what the vendor pressed is not among it."""
    recording = await goes_live(house)
    async with opened(house, "petra", PICTURE) as stream:
        begin(recording, 2)
        await stream.until("panel")
        (began,) = house.events("SessionWatched")
        assert (began["session"], began["by"], began["since"]) == (SESSION, "petra", "")
        recording.write(Kind.TO_ASSET, 2, b"\4\1\0\0\0\0\xff\x0d")
        recording.write(Kind.TO_VENDOR, 2, DRAWN[8].payload)
        await stream.until(DRAWN[8].payload.decode("utf-8", "replace"))
        assert b"\4\1\0\0\0\0\xff\x0d" not in stream.bytes
        await house.desk.browsers.close_all(PersonId("petra"))
        async with asyncio.timeout(10):
            while not stream.over:
                await asyncio.sleep(0.02)
    assert len(house.events("SessionWatched")) == 2


async def test_nothing_is_shown_that_the_ledger_could_not_be_told(house: House) -> None:
    house.go_live(await house.ask())
    house.recording().write(Kind.TO_VENDOR, 1, b"hello")
    house.ledger.failing = True
    async with await house.sign_in("petra") as petra:
        for path in (SCREEN, PICTURE):
            answer = await petra.get(path)
            assert (answer.status_code, "hello" in answer.text) == (503, False)


async def test_who_signs_out_is_cut_off(house: House) -> None:
    house.go_live(await house.ask())
    house.recording()
    async with opened(house, "petra") as stream:
        await stream.until('"cols"')
        await house.desk.browsers.close_all(PersonId("petra"))
        await stream.until("event: done")


async def test_the_stream_ends_with_the_session(house: House) -> None:
    house.go_live(await house.ask())
    recording = house.recording()
    async with opened(house, "milo") as stream:
        await stream.until('"cols"')
        await recording.seal("finished")
        await stream.until("event: done")


@pytest.mark.parametrize(("person", "status"), [("ana", 403), ("ben", 403), ("iris", 200), ("milo", 200)])
async def test_a_vendor_watches_nobody_and_an_auditor_may_look(
    house: House, person: str, status: int
) -> None:
    house.go_live(await house.ask())
    house.recording()
    house.desk.streams.closing.set()  # one look, and it is over
    async with await house.sign_in(person) as browser:
        for path in (SCREEN, PICTURE):
            assert (await browser.get(path)).status_code == status
        page = await browser.get(f"/sessions/{SESSION}/watch")
        assert page.status_code == status
        assert ("/attend" in page.text) is (person == "milo")


async def test_a_session_of_another_boundary_is_nobody_s_to_watch(house: House) -> None:
    house.go_live(await house.ask())
    house.watch.sessions[0]["permit"] = "u" * 26
    async with await house.sign_in("petra") as petra:
        assert (await petra.get(SCREEN)).status_code == 404
        assert (await petra.get(PICTURE)).status_code == 404
        assert (await petra.get(f"/sessions/{SESSION}/watch")).status_code == 404
        assert "This is over" in (await petra.get(f"/sessions/{SESSION}/state")).text
    assert house.events("SessionWatched") == []


async def test_the_page_attends_and_says_what_can_be_done(house: House) -> None:
    """D11."""
    house.go_live(await house.ask())
    async with await house.sign_in("milo") as milo:
        page = await milo.get(f"/sessions/{SESSION}/watch")
        assert 'hx-trigger="load, every 1s"' in page.text
        for deed in ("pause", "stop"):
            assert f"/sessions/{SESSION}/{deed}" in page.text
        assert "'wasm-unsafe-eval'" in page.headers["content-security-policy"]


async def test_the_page_draws_what_the_permit_is_for(house: House) -> None:
    await goes_live(house)
    files = await house.ask(passage=(Grant(PassageKind.SFTP),))
    house.go_live(files, "t" * 26)
    async with await house.sign_in("milo") as milo:
        page = (await milo.get(f"/sessions/{SESSION}/watch")).text
        assert ("watch-screen.js" in page, "watch.js" in page, PICTURE in page) == (True, False, True)
        assert f"/sessions/{SESSION}/stop" in page
        page = (await milo.get(f"/sessions/{'t' * 26}/watch")).text
        assert ("watch-screen.js" in page, "watch.js" in page) == (False, False)
        assert "neither a terminal nor a screen" in page


async def test_j02_a_picture_that_data_out_governs_is_its_holder_s_to_see_and_others_attend_without(
    house: House,
) -> None:
    """J02: as for a replay."""
    way = replace(charter().conduits[ConduitId("dmz-operations")], data_out=frozenset({Outflow.RECORDING}))
    permit = await house.ask()
    house.charter = charter_with(conduits={**charter().conduits, way.id: way})
    house.go_live(permit)
    house.recording()
    house.desk.streams.closing.set()
    async with await house.sign_in("milo") as milo:
        for path in (SCREEN, PICTURE):
            answer = await milo.get(path)
            assert (answer.status_code, "data_out_needed" in answer.text) == (403, True)
        page = (await milo.get(f"/sessions/{SESSION}/watch")).text
        assert "You can attend without it" in page
        assert "watch.js" not in page
    assert house.events("SessionWatched") == []
