from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.dnp3.answers import judge
from broker.conduits.dnp3.filter import MOST_OUTSTATIONS, Dnp3Filter
from broker.conduits.dnp3.link import Frame, Framing
from broker.conduits.dnp3.transport import Fragment, Reassembly
from domain.access import Action
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold
from tests.broker.conduits.dnp3.samples import LATCH_ON, LONG_READ, POLL, asked, may_reach, told

VIEW = frozenset({Action.VIEW})
OPERATE = VIEW | {Action.OPERATE}
COMMAND = f"0c01 17 01 03 {LATCH_ON} 00"
CHANGES = (
    f"c1 03 {COMMAND}", f"c1 04 {COMMAND}", f"c1 05 {COMMAND}", "c1 02 5001 00 07 07 00", "c1 02 3201 07 01 00e40b540200",
    "c1 07 1400 06", "c1 0d", "c1 0e", "c1 12", "c1 13", "c1 14 3c0206", "c1 15 3c0206", "c1 16 3c0206 0102 00 00 01", "c1 18",
)  # fmt: skip


def codes(outputs: Iterable[Output]) -> list[str]:
    return [one.code for one in outputs if isinstance(one, Answer | Cut | Withhold)]


def reached(outputs: Iterable[Output]) -> bytes:
    return b"".join(one.data for one in outputs if isinstance(one, ToAsset))


def answer_in(data: bytes) -> Fragment:
    reassembly = Reassembly()
    (whole,) = filter(None, map(reassembly.take, Framing(from_master=False).feed(data)))
    return whole


def test_what_the_permit_covers_goes_on_as_it_came_and_so_does_its_answer() -> None:
    gate = Dnp3Filter(VIEW)
    for sent, came in (
        (asked(POLL), told("c1 81 0000 0102 00 00 00 81")),
        (asked(LONG_READ), told("c6 81 0000" + "1e01 00 00 3f" + "01 2a000000" * 64)),
    ):
        assert reached(gate.from_vendor(sent)) == sent
        assert list(gate.from_asset(came)) == [ToVendor(came)]


def test_under_view_whatever_changes_something_is_answered_and_never_reaches_the_outstation() -> None:
    """C11, D13: commands, writes, freezes, restarts, unsolicited answers, classes and the clock."""
    for change in CHANGES:
        gate = Dnp3Filter(VIEW)
        (answer,) = gate.from_vendor(asked(change))
        assert isinstance(answer, Answer)
        assert answer.code == "dnp3_function_not_permitted"
        found = judge(answer_in(answer.data))
        assert found is not None
        assert found.outcome() == ("not authorised" if "0c01" in change else "function not supported")
        assert found.number == 1
        assert reached(gate.from_vendor(asked(POLL))) == asked(POLL), "and the way is as open as before"


def test_what_is_never_answered_is_refused_in_silence() -> None:
    """C11."""
    for sent in (asked(f"c1 06 {COMMAND}"), asked("c1 08 1400 06"), asked(f"c1 05 {COMMAND}", to=0xFFFF)):
        (answer,) = Dnp3Filter(VIEW).from_vendor(sent)
        assert isinstance(answer, Answer)
        assert answer.data == b""


def test_each_action_lets_its_own_be_done() -> None:
    for action, change in (
        (Action.OPERATE, f"c1 05 {COMMAND}"),
        (Action.OPERATE, "c1 02 5001 00 07 07 00"),
        (Action.CONFIGURE, "c1 15 3c0206"),
        (Action.CONFIGURE, "c1 02 3201 07 01 00e40b540200"),
        (Action.OVERRIDE, "c1 0d"),
    ):
        sent = asked(change)
        assert list(Dnp3Filter(VIEW | {action}).from_vendor(sent)) == [ToAsset(sent)]
        assert reached(Dnp3Filter(frozenset(Action) - {action}).from_vendor(sent)) == b""


def test_a_broadcast_takes_an_override_as_well() -> None:
    sent = asked(f"c1 05 {COMMAND}", to=0xFFFF)
    assert codes(Dnp3Filter(OPERATE).from_vendor(sent)) == ["dnp3_function_not_permitted"]
    assert list(Dnp3Filter(OPERATE | {Action.OVERRIDE}).from_vendor(sent)) == [ToAsset(sent)]


def test_a_function_that_nobody_knows_is_answered_and_ends_the_conduit() -> None:
    gate = Dnp3Filter(frozenset(Action))
    outputs = list(gate.from_vendor(asked("c1 63 0102") + asked(POLL)))
    assert codes(outputs) == ["dnp3_function_unknown"] * 2
    assert isinstance(outputs[-1], Cut)
    assert reached(outputs) == b""
    assert list(gate.from_vendor(asked(POLL))) == []


def test_an_object_that_nobody_knows_is_answered_as_such() -> None:
    (answer,) = Dnp3Filter(frozenset(Action)).from_vendor(asked("c1 02 ff01 00 00 00 01"))
    assert isinstance(answer, Answer)
    assert answer.code == "dnp3_out_of_range"
    assert answer_in(answer.data).data[3] == 2


@pytest.mark.parametrize(
    "junk",
    [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01", b"\x00\x01\x00\x00\x00\x06"],
)
def test_another_protocol_in_the_tunnel_ends_it(junk: bytes) -> None:
    """C04: HTTP, SSH, TLS and Modbus are no DNP3."""
    assert codes(Dnp3Filter(frozenset(Action)).from_vendor(junk)) == ["dnp3_malformed"]
    assert codes(Dnp3Filter(frozenset(Action)).from_asset(junk)) == ["dnp3_malformed"]


def test_what_can_t_be_one_conversation_ends_it() -> None:
    """C11: another master's address, segments out of order, an outstation that asks instead of answering."""
    first, second, _last = (
        one.wire() for one in Framing(from_master=True).feed(asked("c1 01" + "0102 00 00 00" * 100))
    )
    for sent, came in (
        (asked(POLL) + asked(POLL, master=2), b""),
        (first + first, b""),
        (second, b""),
        (asked("c1 01 0102 ed"), b""),
        (asked(POLL), told("c1 01 3c0206")),
    ):
        gate = Dnp3Filter(frozenset(Action))
        outputs = [*gate.from_vendor(sent), *gate.from_asset(came)]
        assert codes(outputs) == ["dnp3_malformed"]
        assert isinstance(outputs[-1], Cut)


def test_the_link_s_own_frames_pass_and_its_confirmed_ones_do_not() -> None:
    gate = Dnp3Filter(VIEW)
    status, alive = Frame(0xC9, 10, 1).wire(), Frame(0x0B, 1, 10).wire()
    assert list(gate.from_vendor(status)) == [ToAsset(status)]
    assert list(gate.from_asset(alive)) == [ToVendor(alive)]
    (plain,) = Framing(from_master=True).feed(asked(POLL))
    confirmed = replace(plain, control=0xF3)
    (answer,) = gate.from_vendor(confirmed.wire())
    assert isinstance(answer, Answer)
    assert answer.code == "dnp3_link_confirmed"
    assert answer.data == Frame(0x0F, 1, 10).wire()
    assert reached(gate.from_vendor(plain.wire())) == plain.wire()


def test_an_outstation_may_confirm_a_whole_fragment_and_not_a_part_of_one() -> None:
    gate = Dnp3Filter(VIEW)
    (whole,) = Framing(from_master=False).feed(told("d0 82 0000".replace("d0", "f0")))
    passed = replace(whole, control=0x73).wire()
    assert list(gate.from_asset(passed)) == [ToVendor(passed)]
    part, *_rest = Framing(from_master=False).feed(told("f1 82 0000 " + "1e01 00 00 3f" + "01 2a000000" * 64))
    assert codes(gate.from_asset(replace(part, control=0x73).wire())) == ["dnp3_malformed"]


def test_what_nobody_asked_for_is_withheld_but_for_what_an_outstation_tells_by_itself() -> None:
    gate = Dnp3Filter(VIEW)
    unasked, answer, event = told("c1 81 0000"), told("c1 81 0000"), told("f3 82 8000")
    assert codes(gate.from_asset(unasked)) == ["dnp3_unasked"]
    assert list(gate.from_asset(event)) == [ToVendor(event)]
    tuple(gate.from_vendor(asked(POLL)))
    assert codes(gate.from_asset(told("c2 81 0000"))) == ["dnp3_unasked"]
    assert codes(gate.from_asset(told("c1 81 0000", by=11))) == ["dnp3_unasked"]
    assert codes(gate.from_asset(told("f3 82 8000", master=2))) == ["dnp3_unasked"], "to another master"
    assert list(gate.from_asset(answer)) == [ToVendor(answer)]
    assert codes(gate.from_asset(answer)) == ["dnp3_unasked"], "an answer is one answer"


def test_an_answer_in_several_fragments_is_one_answer() -> None:
    gate = Dnp3Filter(VIEW)
    tuple(gate.from_vendor(asked(POLL.replace("c1", "cf", 1))))
    for part in ("af 81 0000", "20 81 0000", "41 81 0000"):
        assert list(gate.from_asset(told(part))) == [ToVendor(told(part))]
    assert codes(gate.from_asset(told("c2 81 0000"))) == ["dnp3_unasked"]


def test_the_gate_s_answer_repeats_what_the_outstation_last_indicated() -> None:
    """A master takes a change of the indications for news: a restart that is over would look like a second one."""
    gate = Dnp3Filter(VIEW)
    tuple(gate.from_asset(told("f3 82 8100")))
    (answer,) = gate.from_vendor(asked("c1 0d"))
    assert isinstance(answer, Answer)
    assert answer_in(answer.data).data == bytes.fromhex("c181 8001")


def test_outstations_that_never_answer_cost_no_memory() -> None:
    gate = Dnp3Filter(VIEW)
    for outstation in range(1000):
        assert reached(gate.from_vendor(asked(POLL, to=outstation)))
        tuple(gate.from_asset(told("f0 82 8000", by=outstation)))
    assert len(gate._open) == MOST_OUTSTATIONS
    assert len(gate._indications) == MOST_OUTSTATIONS


@given(
    st.binary(max_size=48),
    st.sampled_from(["c1", "c1 01", "c1 02", "c1 03", "c1 05", "c1 19", "c1 20", "d1 00"]),
)
def test_whatever_a_master_s_fragment_says_only_what_looks_reaches_the_outstation(
    data: bytes, begins: str
) -> None:
    """C11, D13: with right checksums, which random bytes never have."""
    sent = asked(begins + data.hex())
    for one in Dnp3Filter(VIEW).from_vendor(sent):
        assert not isinstance(one, ToAsset) or may_reach(one.data)
