from datetime import UTC, datetime, timedelta

import pytest

from broker.console.browsing.talk import Ended
from broker.console.panels.open_panels import (
    CLOSED,
    MOST_REMEMBERED,
    TALLY_GOOD_FOR,
    Answer,
    NotOpenedError,
    Panels,
)
from tests.domain.samples import permit

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Nowhere:
    async def ask(self, *_: object) -> Answer:
        raise NotOpenedError(Ended("refused", words="no"))


def test_a_tally_is_good_once_for_its_browser_and_not_for_long() -> None:
    panels = Panels()
    with panels.kept("pages.localhost", ":8443", permit(), "192.0.2.9", "de", Nowhere()) as panel:
        assert panel.origin == f"https://{panel.label}.pages.localhost:8443"
        assert panels.found(panel.label) is panel
        old, tally = panel.tally("/a", NOW), panel.tally("/b", NOW)
        for brought, source, at in (
            (old, "192.0.2.9", NOW),
            ("", "192.0.2.9", NOW),
            (tally, "192.0.2.8", NOW),
            (tally, "192.0.2.9", NOW + TALLY_GOOD_FOR),
        ):
            assert panel.enter(brought, source, at) is None, brought
        assert not panel.knows("", "192.0.2.9")
        let_in = panel.enter(tally, "192.0.2.9", NOW + TALLY_GOOD_FOR - timedelta(microseconds=1))
        assert let_in is not None
        key, begins = let_in
        assert begins == "/b"
        assert panel.enter(tally, "192.0.2.9", NOW) is None
        assert panel.knows(key, "192.0.2.9")
        assert not panel.knows(key, "192.0.2.8")
        again = panel.enter(panel.tally("/", NOW), "192.0.2.9", NOW)
        assert again is not None
        assert not panel.knows(key, "192.0.2.9"), "who comes in anew has another cookie"


def test_what_is_over_opens_nothing_and_is_remembered_for_a_while() -> None:
    panels = Panels()
    for _ in range(MOST_REMEMBERED + 2):
        with panels.kept("pages.localhost", "", permit(), "192.0.2.9", "en", Nowhere()) as panel:
            tally = panel.tally("/", NOW)
            assert len(panels) == 1
    assert panel.ended is CLOSED
    assert (panel.way, panel.enter(tally, "192.0.2.9", NOW)) == (None, None)
    panel.over(Ended("revoked"))
    assert panel.ended.code == "revoked"
    assert len(panels) == 0
    assert len(panels._panels) == MOST_REMEMBERED


async def test_a_way_that_is_not_opened_says_why() -> None:
    with pytest.raises(NotOpenedError, match="no") as error:
        await Nowhere().ask()
    assert error.value.ended.code == "refused"
