from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.door.lobby.commands import (
    Ask,
    Assets,
    Certificate,
    Confirm,
    Extend,
    Gone,
    Help,
    KnownHosts,
    Mistake,
    Nothing,
    Permits,
    Quit,
    Sessions,
    Unlock,
    UnlockSession,
    Wait,
    Withdraw,
    command,
    span,
)
from domain.access import Action, Grant, PassageKind, Stated
from domain.ids import SessionId
from domain.parties import LeavingKind
from domain.plant import OperatingState
from tests.for_each import for_each

TOKEN = "abcdefghijklmnopqrstuvwxyz"


@for_each(
    ("line", "read"),
    [
        ("", Nothing()),
        ("permits", Permits()),
        ("permits --json", Permits(json=True)),
        ("assets", Assets()),
        ("known-hosts", KnownHosts()),
        (f"certificate {TOKEN}", Certificate(TOKEN)),
        ("assets --json", Assets(json=True)),
        ("wait", Wait()),
        (f"wait {TOKEN}", Wait(TOKEN)),
        (f"withdraw {TOKEN}", Withdraw(TOKEN)),
        (f"extend {TOKEN} 2h", Extend(TOKEN)),
        ("unlock", Unlock(15)),
        ("notice ben", Gone("ben")),
        ("notice ben reassigned", Gone("ben", LeavingKind.REASSIGNED)),
        ("unlock 3", Unlock(3)),
        (f"unlock {'s' * 26}", UnlockSession(SessionId("s" * 26))),
        ("sessions", Sessions()),
        (f"confirm {'s' * 26}", Confirm(SessionId("s" * 26))),
        (f"confirm {'s' * 26} 0123abcd", Confirm(SessionId("s" * 26), "0123abcd")),
        ("sessions --json", Sessions(json=True)),
        ("help", Help()),
        ("quit", Quit()),
        ("exit", Quit()),
    ],
)
def test_each_command_is_read(line: str, read: object) -> None:
    assert command(line) == read


@for_each(
    "line",
    [
        "ls",
        "permits x",
        "wait x",
        "withdraw",
        "extend",
        "unlock 16",
        "unlock 0",
        "confirm",
        f"confirm {'s' * 26} 0123ABCD",
        "unlock ２",
        "ask",
        "ask ENG --for 2h --purpose x",
        "ask eng-ws-1 --purpose x",
        "ask eng-ws-1 --for 2h --tool Open_SSH",
        "notice",
        "notice ben promoted",
        "ask eng-ws-1 --for 2h --purpose x --for 3h",
        "ask eng-ws-1 --for forever --purpose x",
        "ask eng-ws-1 --for 2h --purpose x --with agent",
        "ask eng-ws-1 --for 2h --purpose x --action destroy",
        "ask eng-ws-1 --for 2h --purpose x --state asleep",
        "ask plc-07 --for 2h --purpose x --limit modbus read relays",
        "ask eng-ws-1 2h --purpose x",
        "ask eng-ws-1 --for 2h --purpose x --frob y",
        "permits\x1b[2J",
        "x" * 3000,
    ],
)
def test_what_can_not_be_read_is_a_mistake_with_a_sentence(line: str) -> None:
    read = command(line)
    assert isinstance(read, Mistake)
    assert read.sentence


def test_a_purpose_needs_no_quotes_because_the_client_s_shell_has_eaten_them() -> None:
    line = "ask eng-ws-1 --for 1h30m --purpose replace the drive's profile --work-order W 7 --with sftp,forward:502"
    assert command(line) == Ask(
        asset="eng-ws-1",
        length=timedelta(minutes=90),
        stated=Stated("replace the drive's profile", "W 7"),
        passage=(Grant(PassageKind.SFTP), Grant(PassageKind.FORWARD, 502)),
    )


def test_every_option_of_ask_is_read() -> None:
    line = "ask plc-07 --for=2h --in 30m --purpose x --action view,configure --conduit dmz-cell --back-out undo it --failure smoke --tool openssh --state maintenance,start-up --json"
    read = command(line)
    assert isinstance(read, Ask)
    assert read.starts_in == timedelta(minutes=30)
    assert read.actions == {Action.VIEW, Action.CONFIGURE}
    assert (read.stated, read.tools) == (Stated("x", "", "undo it", "smoke"), {"openssh"})
    assert (read.conduit, read.json) == ("dmz-cell", True)
    assert read.states == {OperatingState.MAINTENANCE, OperatingState.START_UP}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("1d2h3m", timedelta(days=1, hours=2, minutes=3)),
        ("5min", timedelta(minutes=5)),
        ("", None),
        ("0m", None),
        ("-1h", None),
        ("2", None),
        ("h", None),
    ],
)
def test_a_length_is_said_in_days_hours_and_minutes(text: str, length: timedelta | None) -> None:
    assert span(text) == length


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_as_something(line: str) -> None:
    assert command(line) is not None


def test_limits_are_asked_for_in_words_several_with_a_semicolon_between() -> None:
    line = "ask plc-07 --for 2h --purpose x --limit modbus read coils 1 to 9; modbus write coil 3"
    said = command(line)
    assert isinstance(said, Ask)
    assert said.limits == {"modbus read coils 1-9", "modbus write coils 3"}
