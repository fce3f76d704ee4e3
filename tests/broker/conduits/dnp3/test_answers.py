from broker.conduits.dnp3.answers import Answered, judge, not_permitted, refusal
from broker.conduits.dnp3.link import Framing
from broker.conduits.dnp3.requests import NO_FUNCTION, Request, read
from broker.conduits.dnp3.transport import Fragment, Reassembly
from tests.broker.conduits.dnp3.samples import LATCH_ON


def fragment(data: str) -> Fragment:
    return Fragment(10, 1, bytes.fromhex(data))


def carried(wire: bytes) -> Fragment:
    reassembly = Reassembly()
    (whole,) = filter(None, map(reassembly.take, Framing(from_master=False).feed(wire)))
    return whole


def test_only_what_an_outstation_sends_is_an_answer() -> None:
    """C11."""
    for data in ("c181 00", "c101 0000", "d181 0000", "c182 0000", "c180 0000"):
        assert judge(fragment(data)) is None, data
    assert judge(fragment("e381 8004 aa")) == Answered(3, True, True, False, (0x80, 4), b"\xaa")
    assert judge(fragment("b282 0000")) == Answered(2, True, False, True, (0, 0), b"")


def test_the_outstation_s_own_no_is_told() -> None:
    for data, outcome in (
        ("c181 0000", ""),
        ("c181 8008", ""),
        ("c181 0001", "function not supported"),
        ("c181 0002", "object unknown"),
        ("c181 0004", "parameter error"),
        (f"c181 0000 0c01 17 01 03 {LATCH_ON} 00", ""),
        (f"c181 0000 0c01 17 01 03 {LATCH_ON} 02", "not selected"),
        ("c181 0000 2902 28 0200 0100 6400 00 0200 6400 63", "status 99"),
        ("c181 0000 1e01 00 00 00 01 05000000", ""),
        ("c181 0000 ff", ""),
    ):
        found = judge(fragment(data))
        assert found is not None
        assert found.outcome() == outcome, data


def test_a_refusal_answers_the_very_request_in_as_many_frames_as_it_takes() -> None:
    asked = Fragment(1, 10, bytes.fromhex("cb 0d"))
    assert carried(refusal(asked, NO_FUNCTION, 0x80)).data == bytes.fromhex("cb81 8001")
    many = (
        "c2 05 0c01 28 1400"
        + "".join(f"{at:02x}00 {LATCH_ON} 00" for at in range(20))
        + "2901 17 01 07 0a000000 00"
    )
    asked = Fragment(1, 10, bytes.fromhex(many))
    request = read(asked)
    assert isinstance(request, Request)
    answer = carried(not_permitted(asked, request))
    assert (answer.source, answer.destination, len(answer.frames)) == (10, 1, 2)
    found = judge(answer)
    assert found is not None
    assert found.outcome() == "not authorised"
    blocks, analog = found.headers()
    assert [value[:-1] for value in blocks.values] == [value[:-1] for value in request.headers[0].values]
    assert {value[-1] for value in (*blocks.values, *analog.values)} == {9}


def test_a_pattern_comes_back_with_its_block_refused() -> None:
    asked = Fragment(1, 10, bytes.fromhex(f"c2 05 0c02 07 01 {LATCH_ON} 00 0c03 00 00 02 05"))
    request = read(asked)
    assert isinstance(request, Request)
    assert carried(not_permitted(asked, request)).data.endswith(bytes.fromhex("09 0c03 00 00 02 05"))


def test_what_is_never_answered_gets_no_refusal_either() -> None:
    asked = Fragment(1, 10, bytes.fromhex(f"c2 06 0c01 17 01 03 {LATCH_ON} 00"))
    request = read(asked)
    assert isinstance(request, Request)
    assert not_permitted(asked, request) == b""
