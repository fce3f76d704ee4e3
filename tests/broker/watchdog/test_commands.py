import json

import pytest

from broker.watchdog.commands import attend_of, command_of
from broker.watchdog.interlocks import Attend, Isolate, Pause, Restore, Resume, Revoke, SetState, Stop
from domain.canonical import instant_text
from domain.errors import PeerError
from domain.ids import ZoneId
from domain.plant import OperatingState
from tests.broker.watchdog.test_interlocks import NINE, SUBJECT, review_of, used
from tests.for_each import for_each


def test_commands_are_read_from_the_protocols_lines() -> None:
    said = {"do": "isolate", "scope": "zone:cell-1", "by": "kim", "reason": "smoke"}
    assert command_of(said, "uid:0") == Isolate("zone:cell-1", "kim", "smoke")
    assert command_of({"do": "restore", "scope": "all"}, "uid:0") == Restore("all", "uid:0", "")
    said = {"do": "set-state", "zone": "cell-1", "state": "start-up"}
    assert command_of(said, "uid:7") == SetState(ZoneId("cell-1"), OperatingState.START_UP, "uid:7")
    assert command_of({"do": "revoke", "permit": "p" * 26}, "x") == Revoke(SUBJECT.permit, "x", "")
    assert command_of({"do": "stop", "session": "s" * 26}, "x") == Stop(SUBJECT.session, "x", "")
    said = {"do": "pause", "session": "s" * 26, "by": "kim", "reason": "wrong valve"}
    assert command_of(said, "x") == Pause(SUBJECT.session, "kim", "wrong valve")
    assert command_of({"do": "resume", "session": "s" * 26}, "x") == Resume(SUBJECT.session, "x", "")


@for_each(
    "said",
    [
        {},
        {"do": "isolate"},
        {"do": "isolate", "scope": "everything"},
        {"do": "isolate", "scope": "zone:"},
        {"do": "isolate", "scope": "zone:Cell 1"},
        {"do": "isolate", "scope": "session:" + "s" * 26},
        {"do": "isolate", "scope": ["all"]},
        {"do": "isolate", "scope": "all", "by": 7},
        {"do": "set-state", "zone": "cell-1", "state": "party"},
        {"do": "revoke", "permit": "../../etc"},
        {"do": "stop", "session": "*"},
        {"do": "pause", "session": "all"},
        {"do": "resume"},
        {"do": "release", "scope": "all"},
    ],
    ids=json.dumps,
)
def test_lines_that_are_no_commands_are_refused(said: dict[str, object]) -> None:
    with pytest.raises(PeerError):
        command_of(said, "uid:0")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("smoke\nin cell 1\x1b[2J", r"smoke\nin cell 1\x1b[2J"),
        ("s" * 501, "s" * 499 + "…"),
        ("\n" * 500, r"\n" * 250),
        ("\ud800", r"\ud800"),
    ],
    ids=["hostile", "long", "long once it is inert", "half a character"],
)
def test_no_words_of_whoever_shuts_keep_it_from_shutting(said: str, kept: str) -> None:
    line = {"do": "isolate", "scope": "all", "by": said, "reason": said}
    assert command_of(line, "uid:0") == Isolate("all", kept, kept)


@pytest.mark.parametrize(
    "document",
    [
        {"do": "break-glass", "glass": {}},
        {"do": "break-glass", "glass": {**used().glass.document(), "permit": "x"}},
        {"do": "break-glass", "glass": {**used().glass.document(), "by": []}},
        {"do": "break-glass", "glass": {**used().glass.document(), "by": ["Not a word"]}},
        {"do": "break-glass", "glass": {**used().glass.document(), "more": 1}},
        {"do": "break-glass", "glass": {**used().glass.document(), "until": instant_text(NINE)}},
        {"do": "break-glass", "glass": {**used().glass.document(), "review": "seen"}},
        {"do": "review-glass", "permit": "0" * 26, "by": "max", "at": "soon", "step": 1},
    ],
)
def test_a_use_that_is_none_is_not_understood(document: dict[str, object]) -> None:
    with pytest.raises(PeerError):
        command_of(document, "local")


def test_a_use_and_its_review_are_read_from_a_line() -> None:
    assert command_of({"do": "break-glass", "glass": used().glass.document()}, "local") == used()
    line = {"do": "review-glass", "permit": "0" * 26, "by": "max", "at": instant_text(NINE), "step": 42}
    assert command_of(line, "local") == review_of(minute=0)


def test_an_attendance_is_read_or_refused() -> None:
    assert attend_of({"do": "attend", "scope": "zone:cell-1"}, "uid:7") == Attend(
        "zone:cell-1", "uid:7", True
    )
    assert attend_of({"do": "leave", "scope": "zone:cell-1", "by": "kim"}, "") == Attend(
        "zone:cell-1", "kim", False
    )
    assert attend_of({"do": "isolate", "scope": "all"}, "") is None
    for scope in ("all", "site:north", "session:x", "zone:", 7, None):
        with pytest.raises(PeerError):
            attend_of({"do": "attend", "scope": scope}, "uid:7")
