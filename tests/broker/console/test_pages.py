import re
from pathlib import Path

import pytest

from broker.console.printing import HERE, environment
from broker.console.tongues import LANGUAGES
from tests.broker.console.house import House
from tests.for_each import for_each

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1); //",
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_abuse_30_hostile_words_of_a_vendor_are_only_words(house: House, payload: str) -> None:
    asked = await house.desk.parts.admission.ask(house.wish(), purpose=payload, work_order=payload)
    assert asked.permit is not None
    for person, path in (("petra", f"/permits/{asked.permit.id}"), ("ana", f"/permits/{asked.permit.id}")):
        async with await house.sign_in(person) as browser:
            text = (await browser.get(path)).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "<svg onload" not in text
            assert "49" not in re.sub(r"[0-9a-f]{26,}|name=\"csrf\"[^>]*>|csrf\" content=[^>]*>", "", text)
            assert 'href="javascript:' not in text


async def test_abuse_30_hostile_search_words_come_back_as_words(house: House) -> None:
    async with await house.sign_in("iris") as iris:
        answer = await iris.get(
            "/evidence", params={"kind": "all", "text": '"><script>alert(1)</script>\x1b[2J'}
        )
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "\x1b" not in answer.text


def test_no_template_holds_a_script_a_style_or_switches_escaping_off() -> None:
    for path in HERE.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|\bstyle=|\son[a-z]+=|<style|javascript:", text), path
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == [], path


def test_a_button_for_a_passkey_is_dead_until_its_script_is_there() -> None:
    """Pressed before, it would do nothing and say nothing; ``passkeys.js`` enables what it serves."""
    wrote = {
        path.name: re.findall(r"<button[^>]*data-passkey=[^>]*>", path.read_text())
        for path in HERE.rglob("*.html")
    }
    assert {name for name, buttons in wrote.items() if buttons} == {"parts.html"}
    assert all(re.search(r"\bdisabled\b", button) for button in wrote["parts.html"])


@for_each("path", sorted(HERE.rglob("*.html")), ids=lambda path: path.name)
def test_every_template_can_be_read(path: Path) -> None:
    for tag in LANGUAGES:
        assert environment(tag).get_template(str(path.relative_to(HERE)))


async def test_the_kill_switch_in_force_is_said_on_every_page(house: House) -> None:
    await house.watch({"do": "isolate", "scope": "all", "by": "milo", "reason": "x"})
    async with await house.sign_in("petra") as petra:
        assert "Kill switch in force: Everything" in (await petra.get("/permits")).text
        house.watch.gone = True
        assert "The watchdog does not answer" in (await petra.get("/permits")).text


def test_no_style_is_left_that_nothing_uses() -> None:
    """Every class of our style sheets stands in a template, a script or a module of the console."""
    rules = "".join((HERE / "static" / f"{name}.css").read_text("utf-8") for name in ("tokens", "penstock"))
    styled = set(re.findall(r"\.(-?[a-z][\w-]*)", re.sub(r"/\*.*?\*/|\d\.\d+|\{[^{}]*\}", " ", rules)))
    places = [
        path.read_text("utf-8")
        for path in HERE.rglob("*")
        if path.suffix in {".html", ".js", ".py"} and "vendor" not in path.parts
    ]
    used = set(re.findall(r"[\w-]+", " ".join(places)))
    counted = {one for one in styled if re.sub(r"[^-]+$", "", one) in used}  # gate-3, state-refused
    assert styled - used - counted == {"htmx-request", "fail"}, (
        "htmx's own, and a verdict's word in small letters"
    )


async def test_a_time_can_be_said_in_the_reader_s_own_zone_too(house: House) -> None:
    permit = await house.ask()
    async with await house.sign_in("petra") as petra:
        text = (await petra.get(f"/permits/{permit.id}")).text
    assert '<time datetime="2026-03-02T10:00:00+00:00" data-plant="+01:00">11:00</time>' in text
