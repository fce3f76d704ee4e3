"""Every page in German: not one of the messages is left in English, and what must stay English says that it is."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pytest_asyncio

from broker.console.pages import LANGUAGE_COOKIE
from broker.console.tongues import tongue
from tests.broker.console.busy import busy
from tests.broker.console.house import House, house_at
from tests.clock import FrozenClock
from tests.house.marked import READ_ALOUD
from tests.house.messages import kept
from tests.journeys.test_pages import ROUND, Stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

ENGLISH = frozenset(
    one.id
    for one in kept("de")
    if isinstance(one.id, str) and " " in one.id and one.id != one.string and "%(" not in one.id
)
"""Messages of several words whose German is another: on a German page none of them may stand."""


class Reader(HTMLParser):
    """What is read, and in which language it says that it is."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self.title = ""
        self._within: list[tuple[str, str]] = [("", "")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        lang = given.get("lang") or self._within[-1][1]
        if tag not in VOID:
            self._within.append((tag, lang))
        self.said += [(lang, value) for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        while len(self._within) > 1 and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.said.append((self._within[-1][1], " ".join(data.split())))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("german")
    async with house_at(folder, FrozenClock()) as house:
        yield house, dict(await busy(house, folder))


@pytest.mark.parametrize("stop", ROUND, ids=lambda stop: stop.what)
async def test_no_message_is_left_in_english(full: tuple[House, dict[str, str]], stop: Stop) -> None:
    house, places = full
    async with await house.sign_in(stop.person) if stop.person else house.client() as browser:
        cookie = f"{LANGUAGE_COOKIE}=de"
        browser.headers["cookie"] = "; ".join(filter(None, (browser.headers.get("cookie"), cookie)))
        answer = await browser.get(stop.route.format_map(places) + stop.query)
    assert answer.status_code == 200, answer.headers.get("location")
    assert answer.headers["content-language"] == "de"
    reader = Reader()
    reader.feed(answer.text)
    assert all(lang in {"de", "en"} for lang, _said in reader.said)
    left = [said for lang, said in reader.said if lang == "de" and said in ENGLISH]
    assert not left


async def test_what_is_signed_is_the_same_to_the_letter_in_every_language(
    full: tuple[House, dict[str, str]],
) -> None:
    house, places = full
    shown = []
    for tag in ("en", "de"):
        async with await house.sign_in("petra") as petra:
            petra.headers["cookie"] += f"; {LANGUAGE_COOKIE}={tag}"
            text = (await petra.get(f"/permits/{places['permit']}")).text
        shown.append(text[text.index("<pre") : text.index("</pre>")])
        assert '<pre tabindex="0" lang="en">' in text
    assert shown[0] == shown[1]


async def test_german_is_german() -> None:
    assert tongue("de").worded("Sign in", "", 1) == "Anmelden"
