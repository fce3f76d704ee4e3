from collections.abc import Iterable

import pytest

from broker.conduits.s7.filter import MOST_OPEN, S7Filter
from broker.conduits.s7.frames import packet
from broker.conduits.s7.messages import JOB, Message
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.s7.samples import (
    AGREED,
    CONFIRM,
    CONNECT,
    HANDSHAKE,
    READ,
    SETUP,
    SIGN_OF_LIFE,
    WRITE,
    answer,
    job,
    userdata,
)

VIEW = frozenset({Action.VIEW})
OPERATE = frozenset({Action.VIEW, Action.OPERATE})
CONFIGURE = frozenset({Action.VIEW, Action.CONFIGURE})
ALL = frozenset(Action)

VALUE = "00040010015e"
STOP = "29000000000009505f50524f4752414d"
START = "28000000000000fd000009505f50524f4752414d"
DOWNLOAD = "1a00010000000000095f30413030303031500d31303030353030303030343030"
FETCH = "1b00000000000000095f3041303030303150"
FETCHED = "1c00000000000000095f3041303030303150"
CLOCK = "0001120411470200"
TIME = "ff09000a00192611211545000007"


def connected(actions: frozenset[Action]) -> S7Filter:
    gate = S7Filter(actions)
    for inward, data in HANDSHAKE:
        outputs = list(gate.from_vendor(data) if inward else gate.from_asset(data))
        assert outputs == [ToAsset(data) if inward else ToVendor(data)]
    return gate


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_its_answer() -> None:
    gate = connected(VIEW)
    asked, told = job(2, READ), answer(2, "0401", "ff040020015e0007")
    assert list(gate.from_vendor(SIGN_OF_LIFE + asked)) == [ToAsset(SIGN_OF_LIFE), ToAsset(asked)]
    assert list(gate.from_asset(told)) == [ToVendor(told)]


REFUSED = {
    "a write": (job(2, WRITE, VALUE), answer(2, "0501", "03")),
    "a write of two places": (
        job(2, "0502 120a10020001000083000000 120a10020001000083000008", "000400080900 0004000807"),
        answer(2, "0502", "0303"),
    ),
    "a download": (job(2, DOWNLOAD), answer(2, "1a", error=0x8104)),
    "a program read out": (job(2, "1d00000000000000095f3041303030303141"), answer(2, "1d", error=0x8104)),
    "a stop": (job(2, STOP), answer(2, "29", error=0x8104)),
    "a start": (job(2, START), answer(2, "28", error=0x8104)),
    "a clock that is set": (userdata(2, CLOCK, TIME), userdata(2, "000112081287020000008104")),
    "forcing": (userdata(2, "0001120411410900", "ff0900020000"), userdata(2, "000112081281090000008104")),
    "a password": (
        userdata(2, "0001120411450100", "ff090008" + "00" * 8),
        userdata(2, "000112081285010000008104"),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_under_view_whatever_changes_something_is_answered_as_the_cpu_would(what: str) -> None:
    """C11, D13: by item, by the error of a job, by the error of user data; and it never reaches the CPU."""
    asked, told = REFUSED[what]
    gate = connected(VIEW)
    (said,) = gate.from_vendor(asked)
    assert isinstance(said, Answer)
    assert said.code == "s7_function_not_permitted"
    assert said.data == told
    assert list(gate.from_vendor(job(3, READ))) == [ToAsset(job(3, READ))], "the work goes on"


@pytest.mark.parametrize(
    ("what", "actions"),
    [
        ("a write", OPERATE),
        ("a download", CONFIGURE),
        ("a program read out", CONFIGURE),
        ("a clock that is set", CONFIGURE),
        ("a stop", ALL),
        ("a start", ALL),
        ("forcing", ALL),
    ],
)
def test_what_the_action_is_granted_for_reaches_the_cpu(what: str, actions: frozenset[Action]) -> None:
    asked, _told = REFUSED[what]
    assert list(connected(actions).from_vendor(asked)) == [ToAsset(asked)]
    without = actions - {Action.OVERRIDE} if actions == ALL else VIEW
    assert codes(connected(without).from_vendor(asked)) == ["s7_function_not_permitted"]


def test_an_input_is_written_by_an_override_alone() -> None:
    asked = job(2, "0501 120a10010001000081000000", "0003000101")
    assert codes(connected(OPERATE | CONFIGURE).from_vendor(asked)) == ["s7_function_not_permitted"]
    assert reached(connected(frozenset({Action.OVERRIDE})).from_vendor(asked)) == asked


def test_a_block_is_fetched_by_the_cpu_only_after_it_was_allowed() -> None:
    """The roles turn round in the middle of a download: the CPU asks and the tool answers."""
    gate = connected(CONFIGURE)
    fetch, piece = job(9, FETCH), answer(9, "1b01", "000400fb01020304")
    assert codes(gate.from_asset(fetch)) == ["s7_unasked"]
    assert reached(gate.from_vendor(job(2, DOWNLOAD))) == job(2, DOWNLOAD)
    assert codes(gate.from_asset(fetch)) == ["s7_unasked"], "nor before the CPU agreed"
    assert list(gate.from_asset(answer(2, "1a"))) == [ToVendor(answer(2, "1a"))]
    assert list(gate.from_asset(fetch)) == [ToVendor(fetch)]
    assert list(gate.from_vendor(piece)) == [ToAsset(piece)]
    assert list(gate.from_asset(job(10, FETCHED))) == [ToVendor(job(10, FETCHED))]
    assert reached(gate.from_vendor(answer(10, "1c"))) == answer(10, "1c")
    assert codes(gate.from_asset(fetch)) == ["s7_unasked"], "and it ended"
    assert codes(gate.from_vendor(piece)) == ["s7_malformed"]


def test_a_refused_download_opens_nothing() -> None:
    gate = connected(CONFIGURE)
    list(gate.from_vendor(job(2, DOWNLOAD)))
    list(gate.from_asset(answer(2, "1a", error=0xD241)))
    assert codes(gate.from_asset(job(9, FETCH))) == ["s7_unasked"]
    assert codes(gate.from_vendor(answer(9, "1b01", "000400fb01020304"))) == ["s7_malformed"]


def test_what_a_cpu_sends_by_itself_passes_once_it_was_asked_for() -> None:
    gate = connected(VIEW)
    push = userdata(0, "000112081204030000000000", "ff0900020000")
    assert codes(gate.from_asset(push)) == ["s7_unasked"]
    list(gate.from_vendor(userdata(2, "0001120411440200", "ff09000a030061736d6573730000")))
    assert list(gate.from_asset(push)) == [ToVendor(push)]
    assert codes(gate.from_asset(userdata(0, "000112081202010000000000"))) == ["s7_unasked"], (
        "of its own group"
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        pytest.param(job(2, "31 00"), "s7_function_unknown", id="a job that nobody knows"),
        pytest.param(userdata(2, "0001120411460100"), "s7_function_unknown", id="data pushed into a program"),
        pytest.param(
            job(2, "0401 1208820102030405 0607"), "s7_function_unknown", id="a numeric control's address"
        ),
        pytest.param(packet(b"\x72\1\0\0"), "s7_plus", id="S7comm-plus"),
        pytest.param(packet(b"\x32\2\0\0\0\1\0\0\0\0\0\0"), "s7_malformed", id="an acknowledgement"),
        pytest.param(answer(2, "1b00"), "s7_malformed", id="an answer to nothing"),
        pytest.param(job(2, "04"), "s7_malformed", id="a job cut short"),
        pytest.param(b"GET / HTTP/1.1\r\n", "s7_malformed", id="HTTP"),
        pytest.param(b"SSH-2.0-x\r\n", "s7_malformed", id="SSH"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01", "s7_malformed", id="TLS"),
        pytest.param(CONNECT, "s7_malformed", id="a second connection"),
        pytest.param(CONFIRM, "s7_malformed", id="a confirmation"),
        pytest.param(packet(bytes(241)), "s7_malformed", id="more bytes than were agreed"),
    ],
)
def test_what_nobody_can_judge_ends_the_conduit(asked: bytes, code: str) -> None:
    """C04, C11: whatever the permit is for."""
    gate = connected(ALL)
    outputs = list(gate.from_vendor(asked + job(3, READ)))
    assert set(codes(outputs)) == {code}
    assert isinstance(outputs[-1], Cut)
    assert reached(outputs) == b""
    assert list(gate.from_vendor(job(3, READ))) == []
    assert list(gate.from_asset(answer(3, "0401", "ff040020015e0007"))) == []


def test_a_job_that_every_cpu_refuses_is_refused_without_it() -> None:
    gate = connected(ALL)
    (said,) = gate.from_vendor(job(2, "0401 120a10020001000085000000"))
    assert isinstance(said, Answer)
    assert (said.code, said.data) == ("s7_out_of_range", answer(2, "0401", "05000000"))
    (said,) = gate.from_vendor(job(3, WRITE, "0004000801"))
    assert isinstance(said, Answer)
    assert said.data == answer(3, "0501", "07")


def test_a_connection_that_leads_on_to_another_station_is_refused() -> None:
    """C04: the permit is for this CPU. Siemens' routing names the network beyond it as the connection is asked for."""
    routed = bytes.fromhex("0300001a 15e00000000100 c1020100 c2020102 c0010a c6020001".replace(" ", ""))
    told, cut = S7Filter(ALL).from_vendor(routed)
    assert isinstance(told, Answer)
    assert told.code == "s7_routed"
    assert told.data[5] == 0x80, "a disconnect request, as from a station that can't lead on"
    assert isinstance(cut, Cut)


@pytest.mark.parametrize(
    ("talk", "side"),
    [
        pytest.param([(True, job(1, SETUP))], "vendor", id="a job over no connection"),
        pytest.param([(True, CONNECT + job(1, SETUP))], "vendor", id="a job before the connection stands"),
        pytest.param([(False, CONFIRM)], "device", id="a confirmation of nothing"),
        pytest.param([(True, CONNECT), (False, CONNECT)], "device", id="a device that asks"),
        pytest.param(
            [(True, CONNECT), (False, b"HTTP/1.1 200 OK")], "device", id="a device that speaks another"
        ),
        pytest.param(
            [(True, CONNECT), (False, CONFIRM), (True, job(1, READ))], "vendor", id="before the set-up"
        ),
        pytest.param([(True, CONNECT[:10] + b"\x10" + CONNECT[11:])], "vendor", id="a connection of class 1"),
        pytest.param([(True, CONNECT[:12] + b"\x0a" + CONNECT[13:])], "vendor", id="parameters that lie"),
    ],
)
def test_a_conversation_has_its_order(talk: list[tuple[bool, bytes]], side: str) -> None:
    gate = S7Filter(ALL)
    outputs = [
        one for inward, data in talk for one in (gate.from_vendor(data) if inward else gate.from_asset(data))
    ]
    assert codes(outputs) == ["s7_malformed"]
    (cut,) = (one for one in outputs if isinstance(one, Cut))
    assert side in cut.sentence


def test_either_side_may_end_the_connection() -> None:
    bye = bytes.fromhex("0300000b 06800001000300".replace(" ", ""))
    gate = connected(VIEW)
    assert list(gate.from_vendor(bye)) == [ToAsset(bye)]
    assert codes(gate.from_vendor(job(2, READ))) == ["s7_malformed"], "and then it is over"
    short = bytes.fromhex("0300000c 0680000100030000".replace(" ", ""))
    assert list(connected(VIEW).from_vendor(short)) == [ToAsset(short)], "as a stock client has it"
    assert list(connected(VIEW).from_asset(bye)) == [ToVendor(bye)]


def test_a_goodbye_may_be_confirmed_and_nothing_else_is() -> None:
    """A stock server does, though class 0 has no such packet."""
    bye = bytes.fromhex("0300000b 06800001000300".replace(" ", ""))
    confirmed = bytes.fromhex("0300000a 05c000030001".replace(" ", ""))
    gate = connected(VIEW)
    list(gate.from_vendor(bye))
    assert list(gate.from_asset(confirmed)) == [ToVendor(confirmed)]
    gate = connected(VIEW)
    list(gate.from_asset(bye))
    assert list(gate.from_vendor(confirmed)) == [ToAsset(confirmed)]
    assert codes(connected(VIEW).from_vendor(confirmed)) == ["s7_malformed"]
    assert codes(connected(VIEW).from_asset(confirmed)) == ["s7_malformed"]


def test_an_answer_that_nobody_asked_for_is_withheld_and_the_work_goes_on() -> None:
    gate = connected(VIEW)
    told = answer(2, "0401", "ff040020015e0007")
    assert codes(gate.from_asset(told + packet(b"\x72\1") + answer(1, AGREED))) == ["s7_unasked"] * 3
    list(gate.from_vendor(job(2, READ)))
    assert list(gate.from_asset(told)) == [ToVendor(told)]
    assert codes(gate.from_asset(told)) == ["s7_unasked"], "an answer is one answer"


def test_a_device_that_never_answers_does_not_close_the_way() -> None:
    gate = connected(VIEW)
    asked = [job(number, READ) for number in range(MOST_OPEN + 2)]
    outputs = [one for frame in asked for one in gate.from_vendor(frame)]
    assert codes(outputs) == ["s7_too_many_open"]
    assert reached(outputs) == b"".join(asked[:MOST_OPEN] + asked[-1:])


def test_a_message_in_pieces_reaches_the_cpu_in_the_same_pieces_once_it_is_judged() -> None:
    whole = Message(JOB, 2, bytes.fromhex(READ)).wire()
    pieces = [bytearray(packet(whole[:9])), bytearray(packet(whole[9:]))]
    pieces[0][6] = 0
    gate = connected(VIEW)
    assert list(gate.from_vendor(bytes(pieces[0]))) == []
    assert list(gate.from_vendor(bytes(pieces[1]))) == [ToAsset(bytes(pieces[0] + pieces[1]))]
