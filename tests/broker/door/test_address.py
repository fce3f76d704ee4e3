import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.door.address import (
    SEPARATORS,
    Destination,
    Direct,
    Lobby,
    Pinned,
    Unreadable,
    address,
    destination,
)
from domain.ids import is_word
from tests.for_each import for_each

TOKEN = "abcdefghijklmnopqrstuvwxyz"
DISGUISES = [
    "0",
    "127.1",
    "2130706433",
    "0x7f.1",
    "017700000001",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "fe80::1%eth0",
    "[::1]",
    "0.0.0.0",
    "::",
    "::1",
    "64:ff9b::",
    "2002:7f00:1::",
    "10.0.0.5",
    "plc-07.plant.example",
    "plc-07.",
    "PLC-07",
    "plc_07",
    "plc-07\n",
    "{{7*7}}",
    "",
    "a" * 64,
]


def test_a_bare_name_is_the_lobby() -> None:
    assert address("ana") == Lobby("ana")


@pytest.mark.parametrize("separator", SEPARATORS)
def test_every_separator_leads_straight_in(separator: str) -> None:
    assert address(f"ana{separator}eng-ws-1") == Direct("ana", "eng-ws-1")


def test_a_permit_is_pinned_by_its_id() -> None:
    assert address(f"permit-{TOKEN}") == Pinned(TOKEN)


def test_a_word_that_only_looks_like_a_permit_is_a_person() -> None:
    assert address("permit-office") == Lobby("permit-office")


@pytest.mark.parametrize(
    "user_name", ["", "+eng-ws-1", "Ana", "ana eng", "root@x", "a" * 200, "ana\x1b[2J", "\u0430na"]
)
def test_what_names_no_person_is_unreadable(user_name: str) -> None:
    read = address(user_name)
    assert isinstance(read, Unreadable)
    assert read.person is None
    assert read.sentence.endswith(".")


@pytest.mark.parametrize("asset", ["", "eng-ws-1+x", "127.0.0.1", "../x", "ENG", "a" * 64])
def test_a_known_person_with_a_bad_asset_can_be_told_so(asset: str) -> None:
    read = address(f"ana+{asset}")
    assert isinstance(read, Unreadable)
    assert read.person == "ana"


def test_a_forward_names_an_asset_and_a_port() -> None:
    assert destination("plc-07", 502) == Destination("plc-07", 502)


@for_each("host", DISGUISES)
def test_abuse_19_a_disguised_address_names_nothing(host: str) -> None:
    assert isinstance(destination(host, 502), Unreadable)


@pytest.mark.parametrize("port", [0, -1, 65536, 2**32])
def test_a_port_outside_the_range_names_nothing(port: int) -> None:
    assert isinstance(destination("plc-07", port), Unreadable)


@given(st.text(max_size=80), st.integers(-5, 70_000))
def test_only_charter_words_are_ever_destinations(host: str, port: int) -> None:
    read = destination(host, port)
    if isinstance(read, Destination):
        assert is_word(read.asset)
        assert read.asset == host


@given(st.text(max_size=200))
def test_every_user_name_is_read_or_refused_and_never_raises(user_name: str) -> None:
    match address(user_name):
        case Direct(person, asset):
            assert is_word(person)
            assert is_word(asset)
        case Lobby(person):
            assert person == user_name
        case Pinned(permit):
            assert user_name == f"permit-{permit}"
        case Unreadable(sentence):
            assert sentence
