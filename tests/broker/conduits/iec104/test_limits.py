import pytest

from broker.conduits.iec104.asdu import NEGATIVE
from broker.conduits.iec104.filter import Iec104Filter
from broker.conduits.iec104.limits import PLACES
from broker.conduits.iec104.types import DELETE_FILE, FREEZE, READ, TYPES
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, Output, ToAsset
from domain.plant import Protocol
from domain.vocabulary import VOCABULARY
from tests.broker.conduits.iec104.samples import CLOCK, HANDSHAKE, INTERROGATE, SET_50, SWITCH_ON, told

LIMITS = tuple(
    limit_of(f"iec-104 {one}")
    for one in (
        "read points 1000-1999 of station 1",
        "write single commands 1001 of station 1 between 1 and 1",
        "write set-points 1002-1003 of station 1 between -10.5 and 50",
        "write parameters 2000 of station 1",
        "use interrogate of station 1",
    )
)
ADDRESS, VALUE, FUNCTION = (f"iec_104_{one}_not_permitted" for one in ("address", "value", "function"))


def answered(asdu: str) -> Output:
    gate = Iec104Filter(frozenset(Action), LIMITS)
    for inward, data in HANDSHAKE:
        tuple(gate.from_vendor(data) if inward else gate.from_asset(data))
    (output,) = gate.from_vendor(told(0, 0, asdu))
    return output


def test_what_the_limits_cover_reaches_the_station() -> None:
    for asdu in (
        INTERROGATE, SWITCH_ON, SET_50,
        "2d 01 0600 0100 e90300 81",
        "66 01 0500 0100 e90300",
        "31 01 0600 0100 eb0300 f6ff 00",
        "71 01 0600 0100 d00700 01",
    ):  # fmt: skip
        assert isinstance(answered(asdu), ToAsset), asdu


@pytest.mark.parametrize(
    ("asdu", "code", "cause"),
    [
        pytest.param(CLOCK, FUNCTION, 7, id="a type that is not named"),
        pytest.param(INTERROGATE.replace("0100 000000", "0200 000000"), FUNCTION, 7, id="another station"),
        pytest.param("64 01 0600 ffff 000000 14", FUNCTION, 7, id="every station"),
        pytest.param("66 01 0500 0100 d00700", ADDRESS, 47, id="a place beside"),
        pytest.param("2d 01 0600 0100 ea0300 01", ADDRESS, 7, id="another command"),
        pytest.param("2d 01 0600 0200 e90300 01", ADDRESS, 7, id="the same of another station"),
        pytest.param("2e 01 0600 0100 e90300 02", ADDRESS, 7, id="a double command where a single one is"),
        pytest.param("2d 01 0600 0100 e90300 00", VALUE, 7, id="off, where only on is named"),
        pytest.param("2d 01 0600 0100 e90300 80", VALUE, 7, id="already the selection of it"),
        pytest.param("2d 01 0800 0100 e90300 00", VALUE, 9, id="and its cancelling"),
        pytest.param("32 01 0600 0100 ea0300 01004842 00", VALUE, 7, id="a hair above"),
        pytest.param("31 01 0600 0100 ea0300 f5ff 00", VALUE, 7, id="below"),
    ],
)
def test_what_they_do_not_cover_is_told_back_with_a_no(asdu: str, code: str, cause: int) -> None:
    """C11, D13: by station, by place and by value."""
    output = answered(asdu)
    assert isinstance(output, Answer)
    assert output.code == code
    assert output.data[8] == cause | NEGATIVE


def test_every_type_has_its_word_for_limits() -> None:
    words = VOCABULARY[Protocol.IEC_104]
    names = {one.name for number, one in TYPES.items() if number not in {*PLACES, READ}}
    assert names | {FREEZE.name, DELETE_FILE.name} == words.uses
    assert {*PLACES.values(), "points"} == set(words.tables)
