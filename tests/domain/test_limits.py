from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.limits import (
    EXAMPLE,
    beyond,
    lies_within,
    limit_of,
    limit_text,
    limit_texts,
    limits_of,
    with_usual,
)
from domain.plant import Form, Limit, Protocol, Way
from domain.vocabulary import VOCABULARY
from tests.for_each import for_each

MODBUS = frozenset({Protocol.MODBUS})

WRITTEN = [
    "modbus read holding registers",
    "modbus read holding registers 0-199 of unit 3",
    "modbus write holding registers 40-43 of unit 3 between 0 and 500",
    "modbus write holding registers 40 between -5 and 5 as signed",
    "modbus write holding registers 40-43 between 0 and 100000 as unsigned 32 low word first",
    "modbus write holding registers 40-41 between -0.5 and 99.25 as float 32",
    "modbus write coils 3 of unit 0 between 0 and 0",
    "modbus use read device identification of unit 3",
    "modbus use read FIFO queue",
    "s7 write data 4-7 of block 10 between -10.5 and 50 as float 32",
    "s7 write data 4 between -1 and 1 as signed",
    'ethernet-ip write tags "Line1.Speed[3]" of slot 2 between -10.5 and 50',
    'ethernet-ip read objects "identity 1 attribute 7"',
    'opc-ua write nodes "ns=2;s=Speed" between 0 and 500',
    'opc-ua use methods "ns=2;s=Start of ns=2;s=Line1"',
    "opc-ua use register server 2",
    "http use GET /status/*",
    "http use POST /set",
    'ssh read files "/var/log/**"',
    'ssh write files "/firmware/C 7/a+b.bin"',
    'ssh read files "/**"',
    "ssh read at most 500 files in all",
    "ssh write at most 2048 MiB in all",
]

MEANT = {
    "  Modbus ": None,
    "modbus: read holding register 7 to 9": "modbus read holding registers 7-9",
    "modbus read Holding  Registers 0-65535": "modbus read holding registers",
    "modbus read holding registers 7-7": "modbus read holding registers 7",
    "modbus write coil 4 between 0.0 and 1.00": "modbus write coils 4 between 0 and 1",
    "modbus write holding registers 4 between -0 and 1": "modbus write holding registers 4 between 0 and 1",
    "modbus use read fifo queue": "modbus use read FIFO queue",
    "http: use get  /%73tatus/*": "http use GET /status/*",
    "sftp get /var/log/**": 'ssh read files "/var/log/**"',
    "rsync put /firmware/in coming/**": 'ssh write files "/firmware/in coming/**"',
    "scp put at most 20 mib in all": "ssh write at most 20 MiB in all",
}

WRONG = {
    "": "is no limit",
    "modbus": "is no limit",
    "modbus read holding registers 1-2 of unit 3 or 4": "no kind of place",
    "profinet read coils": "no limit can be held over 'profinet'",
    "tcp read coils": "no limit can be held over 'tcp'",
    "modbus read relays 1": "no kind of place 'relays'",
    "modbus read coils 5-4": "the lower one first",
    "modbus read coils 65536": "addresses from 0 to 65535",
    "modbus read coils of unit 256": "from 0 to 255",
    "modbus read coils of station 2": "say 'of unit'",
    'modbus read coils "x"': "have numbers",
    "modbus write input registers 1": "can't be written",
    "modbus read coils 1 between 0 and 1": "only what is written has bounds",
    "modbus write coils 1 between 1 and 0": "above its upper",
    "modbus write holding registers 1 between 0 and 0.5": "whole numbers",
    "modbus write holding registers 1 between -1 and 5": "never negative",
    "modbus write holding registers 1 as signed": "name the bounds",
    "modbus write holding registers 1 between 0 and 5 as signed 32": "must be divisible by 2",
    "modbus write coils 1-2 between 0 and 1 as signed 32": "have one form",
    "modbus write holding registers 1 between 0 and 5 as decimal": "can be read as one of",
    "modbus use restart the plant": "no function 'restart the plant'",
    "modbus use report server id 4": "'use' names a function alone",
    'modbus use report server id "x"': "'use' names a function alone",
    "s7 write data 4-6 between 0 and 1 as unsigned 16": "divisible by 2",
    "s7 write data 4-7 between 0 and 1 as float 32 low word first": "can be read as one of",
    "ethernet-ip read tags": 'as in: tags "Line1.Speed',
    'ethernet-ip read objects "relay 5"': "as in: objects",
    'ethernet-ip write objects "assembly 100" between 0 and 1': "can't be held within bounds",
    'opc-ua read nodes "Speed"': 'as in: nodes "ns=2;s=Speed"',
    'opc-ua read nodes "i=5" of unit 3': "it says 'of unit'",
    'opc-ua read methods "i=5"': "can't be read",
    "opc-ua use methods": "as in: methods",
    "http use GET": "names a method and a path",
    "http read GET /": "names a method and a path",
    "http use TRACE /": "no method 'TRACE'",
    "http use GET /a/../b": "no '.' or '..'",
    "http use GET /a*b": "at its end",
    "http use GET /" + "a" * 200: "at most 200",
    'ssh read files "/var/../etc/shadow"': "as in: files",
    "sftp get /var/./log": "as in: files",
    "sftp get //var/log": "as in: files",
    "sftp get /var/log/": "as in: files",
    "sftp get /var/log/*": "as in: files",
    "sftp get /var/**/log": "as in: files",
    "sftp get /var\\log": "as in: files",
    "sftp get ~/log": "is no limit",
    "ssh read at most 5 octets in all": "no number 'octets in all'",
    "ssh read files in all": "no kind of place",
    'ssh write files "/a" between 0 and 5': "can't be held within bounds",
}


def test_each_limit_has_one_written_form_which_says_it_again() -> None:
    for text in WRITTEN:
        assert limit_text(limit_of(text)) == text
    assert limit_of(EXAMPLE) == Limit(
        Protocol.MODBUS, Way.WRITE, "holding registers", 40, 43, unit=3, least=Decimal(0), most=Decimal(500)
    )


def test_what_an_engineer_writes_a_little_otherwise_is_meant_all_the_same() -> None:
    for text, meant in MEANT.items():
        if meant is not None:
            assert limit_text(limit_of(text)) == meant


@pytest.mark.parametrize("text", WRONG)
def test_what_says_no_limit_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=WRONG[text].replace("(", r"\(")):
        limit_of(text)


def test_there_are_no_more_than_a_person_reads() -> None:
    texts = [f"modbus read coils {at}" for at in range(65)]
    assert len(limits_of(texts[:64])) == 64
    with pytest.raises(ValueError, match="at most 64"):
        limits_of(texts)
    assert limit_texts(limits_of(reversed(texts[:10]))) == texts[:10]


def test_every_word_of_every_protocol_can_be_written() -> None:
    for protocol, words in VOCABULARY.items():
        for place, table in words.tables.items():
            if table.counts:
                assert limit_of(f"{protocol} read at most 7 {place}").last == 7
                continue
            named = f' "{table.names.like}"' if table.names is not None else ""
            way = "read" if table.reads else "use"
            assert limit_of(f"{protocol} {way} {place}{named}").place == place
        for name in words.uses:
            assert limit_of(f"{protocol} use {name}{' /a' * words.paths}").place == name


@pytest.mark.parametrize(
    ("wanted", "allowed", "inside"),
    [
        ("read coils 5-9", ["read coils 5-9"], True),
        ("read coils 5-9", ["read coils"], True),
        ("read coils 5-10", ["read coils 5-9"], False),
        ("read coils 4-9", ["read coils 5-9"], False),
        ("read coils 0-9", ["read coils 5-9", "read coils 0-4"], True),
        ("read coils 0-9", ["read coils 6-9", "read coils 0-4"], False),
        ("read coils 5 of unit 3", ["read coils 5"], True),
        ("read coils 5", ["read coils 5 of unit 3"], False),
        ("read coils 5", ["write coils 5"], False),
        ("read coils 5", ["read discrete inputs 5"], False),
        ("write coils 5", ["write coils 5 between 0 and 1"], False),
        ("write coils 5 between 0 and 1", ["write coils 5"], True),
        ("write coils 5 between 0 and 1", ["write coils 5 between 0 and 0"], False),
        ("write holding registers 4-7 between 1 and 5", ["write holding registers 4 between 0 and 9", "write holding registers 5-7"], True),
        ("write holding registers 4 between 1 and 5", ["write holding registers 4 between 1 and 3", "write holding registers 4 between 4 and 5"], False),
        ("write holding registers 4 between 1 and 5", ["write holding registers 4 between 0 and 9 as signed"], False),
        ("write holding registers 4-5 between 1 and 5 as signed 32", ["write holding registers 2-7 between 0 and 9 as signed 32"], True),
        ("write holding registers 4-5 between 1 and 5 as signed 32", ["write holding registers 3-8 between 0 and 9 as signed 32"], False),
        ("use report server id", ["use report server id"], True),
        ("use report server id", ["use get event log"], False),
    ],
)  # fmt: skip
def test_whether_one_lies_within_others(wanted: str, allowed: list[str], inside: bool) -> None:
    assert lies_within(limit_of(f"modbus {wanted}"), [limit_of(f"modbus {one}") for one in allowed]) is inside


@for_each(
    "wanted, allowed, inside",
    [
        ('read tags "Line1.Speed[3]"', 'read tags "Line1"', True),
        ('read tags "Line1"', 'read tags "Line1.Speed"', False),
        ('write tags "Speed[3]" between 1 and 2', 'write tags "Speed" between 0 and 5', True),
        ('write tags "Speed[3]" between 1 and 6', 'write tags "Speed" between 0 and 5', False),
        ('write tags "Speed.3" between 0 and 1', 'write tags "Speed" between 0 and 5', False),
        ('write tags "Speed.3" between 0 and 1', 'write tags "Speed"', True),
        ('read tags "Speed" of slot 2', 'read tags "Speed"', True),
        ('read tags "Speed"', 'read tags "Speed" of slot 2', False),
    ],
)
def test_what_is_named_lies_within_what_holds_it(wanted: str, allowed: str, inside: bool) -> None:
    assert lies_within(limit_of(f"ethernet-ip {wanted}"), [limit_of(f"ethernet-ip {allowed}")]) is inside


def test_a_path_lies_within_all_that_is_above_it() -> None:
    for wanted, allowed, inside in (
        ("GET /status/tank", "GET /status/*", True),
        ("GET /status/tank/*", "GET /status/*", True),
        ("GET /status/*", "GET /status/*", True),
        ("GET /status/*", "GET /status/tank", False),
        ("GET /status", "GET /status/*", False),
        ("POST /status/tank", "GET /status/*", False),
    ):
        assert lies_within(limit_of(f"http use {wanted}"), [limit_of(f"http use {allowed}")]) is inside
    wide, narrow = limits_of(["http use GET /*"]), limits_of(["http use GET /a", "http use PUT /b"])
    assert beyond(narrow, wide, {Protocol.HTTP}) == ("http use PUT /b",)


def test_a_file_lies_within_each_folder_above_it_and_within_no_other() -> None:
    for wanted, allowed, inside in (
        ("/var/log/app/a.log", "/var/log/**", True),
        ("/var/log/app/**", "/var/log/**", True),
        ("/var/log", "/var/log/**", True),
        ("/var/log/**", "/var/log/**", True),
        ("/var/log", "/**", True),
        ("/**", "/**", True),
        ("/var/log/**", "/var/log", False),
        ("/var/log2/a", "/var/log/**", False),
        ("/var", "/var/log/**", False),
        ("/**", "/var/**", False),
    ):
        assert lies_within(limit_of(f"sftp get {wanted}"), [limit_of(f"sftp get {allowed}")]) is inside
    assert not lies_within(limit_of("sftp put /a"), [limit_of("sftp get /a")])


def test_what_is_said_of_places_says_nothing_of_numbers_and_the_other_way_round() -> None:
    ssh, roots, most = (
        {Protocol.SSH},
        limits_of(["sftp get /a/**"]),
        limits_of(["sftp get at most 5 files in all"]),
    )
    assert beyond(roots, roots | most, ssh) == ("ssh read without 'at most 5 files in all'",)
    assert beyond(most, roots | most, ssh) == ("ssh without any limit",)
    assert beyond(roots | limits_of(["sftp get at most 6 files in all"]), roots | most, ssh) == (
        "ssh read at most 6 files in all",
    )
    assert beyond(roots | limits_of(["sftp get at most 4 files in all"]), roots | most, ssh) == ()
    assert beyond(roots | most, roots, ssh) == ()
    assert with_usual((), roots | most) == roots | most
    narrower = limits_of(["sftp get /a/b"])
    assert with_usual(narrower, roots | most) == narrower | most
    assert with_usual(most, roots | limits_of(["sftp get at most 9 files in all"])) == most | roots


def test_what_reaches_beyond_is_named_and_no_limit_at_all_is_beyond_every_limit() -> None:
    some = limits_of(["modbus read coils 0-9", "modbus write coils 3"])
    assert beyond(some, (), MODBUS) == ()
    assert beyond(some, some, MODBUS) == ()
    assert beyond((), some, MODBUS) == ("modbus without any limit",)
    assert beyond((), some, ()) == ()
    wider = limits_of(["modbus read coils 0-10", "modbus write coils 3"])
    assert beyond(wider, some, MODBUS) == ("modbus read coils 0-10",)


BITS = st.builds(
    lambda first, count, unit, bounds: Limit(
        Protocol.MODBUS, Way.WRITE, "coils", first, first + count, "", unit,
        *(None if bounds is None else Decimal(one) for one in (bounds or (None, None))),
    ),
    st.integers(0, 6), st.integers(0, 4), st.sampled_from([None, 1]), st.sampled_from([None, (0, 0), (0, 1), (1, 1)]),
)  # fmt: skip


@given(BITS, st.lists(BITS, max_size=4))
def test_within_never_lets_more_be_done_than_the_others_do(limit: Limit, allowed: list[Limit]) -> None:
    """Address by address, unit by unit and value by value."""

    def may(one: Limit, unit: int, at: int, value: int) -> bool:
        inside = one.first <= at <= one.last and one.unit in {None, unit}
        return inside and (one.least is None or one.most is None or one.least <= value <= one.most)

    if lies_within(limit, allowed):
        for unit in (1, 2):
            for at in range(12):
                for value in (0, 1):
                    assert not may(limit, unit, at, value) or any(
                        may(one, unit, at, value) for one in allowed
                    )
    assert lies_within(limit, [*allowed, limit])
    assert lies_within(limit, [replace(limit, unit=None, least=None, most=None, form=Form.PLAIN)])


def test_what_carries_data_has_to_be_named_by_a_conduit_that_names_nothing_else() -> None:
    """D15: the clipboard over VNC, each direction by itself."""
    keys, inward = limits_of(["vnc use keys"]), limits_of(["vnc use clipboard to the plant"])
    assert beyond(keys, (), [Protocol.VNC]) == ()
    assert beyond(inward, (), [Protocol.VNC]) == ("vnc use clipboard to the plant",)
    assert beyond(inward, limits_of(["vnc use clipboard from the plant"]), [Protocol.VNC])
    assert beyond(inward, inward, [Protocol.VNC]) == ()
