from broker.conduits.dnp3.answers import judge
from broker.conduits.dnp3.filter import Dnp3Filter
from broker.conduits.dnp3.functions import FUNCTIONS
from broker.conduits.dnp3.limits import PLACES
from broker.conduits.dnp3.link import Framing
from broker.conduits.dnp3.transport import Reassembly
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, ToAsset
from domain.plant import Protocol
from domain.vocabulary import VOCABULARY
from tests.broker.conduits.dnp3.samples import LATCH_ON, POLL, asked

LIMITS = tuple(
    limit_of(f"dnp3 {one}")
    for one in (
        "read analog inputs 0-9 of outstation 10",
        "write binary outputs 3 of outstation 10 between 3 and 4",
        "write binary outputs 7 of outstation 10",
        "write analog outputs 3-4 of outstation 10 between -10.5 and 50",
        "use read of outstation 10",
        "use cold restart of outstation 10",
    )
)
PULSE = "01 01 64000000 64000000"


def test_every_point_and_every_value_is_held() -> None:
    """S-05: what lies outside is answered as the outstation would, and never reaches it."""
    for request, code, outcome in (
        ("c1 01 1e02 00 00 09", "", ""),
        ("c1 01 1e02 00 00 0a", "dnp3_point_not_permitted", "parameter error"),
        ("c1 01 1e02 06", "dnp3_point_not_permitted", "parameter error"),
        ("c1 01 1e02 17 02 01 0a", "dnp3_point_not_permitted", "parameter error"),
        ("c1 01 2002 06", "dnp3_point_not_permitted", "parameter error"),
        ("c1 01 0102 00 00 00", "dnp3_point_not_permitted", "parameter error"),
        (POLL, "", ""),
        (f"c1 05 0c01 17 01 03 {LATCH_ON} 00", "", ""),
        (f"c1 05 0c01 17 01 03 {PULSE} 00", "dnp3_value_not_permitted", "out of range"),
        (
            f"c1 05 0c01 17 01 03 {LATCH_ON.replace('03', '43', 1)} 00",
            "dnp3_value_not_permitted",
            "out of range",
        ),
        (f"c1 05 0c01 17 01 07 {PULSE} 00", "", ""),
        (f"c1 05 0c01 17 02 03 {LATCH_ON} 00 04 {LATCH_ON} 00", "dnp3_point_not_permitted", "not authorised"),
        (f"c1 03 0c02 07 01 {LATCH_ON} 00 0c03 00 06 07 03", "dnp3_point_not_permitted", "not authorised"),
        ("c1 05 2901 17 02 03 32000000 00 04 f6ffffff 00", "", ""),
        ("c1 05 2901 17 01 03 33000000 00", "dnp3_value_not_permitted", "out of range"),
        ("c1 05 2903 17 01 03 0000c07f 00", "dnp3_value_not_permitted", "out of range"),
        ("c1 05 2901 17 01 05 01000000 00", "dnp3_point_not_permitted", "not authorised"),
        ("c1 02 0a01 00 07 07 01", "", ""),
        ("c1 02 0a01 00 06 07 01", "dnp3_point_not_permitted", "parameter error"),
        ("c1 02 3201 07 01 000000000000", "dnp3_function_not_permitted", "function not supported"),
        ("c1 0d", "", ""),
        ("c1 0e", "dnp3_function_not_permitted", "function not supported"),
        ("d1 00", "", ""),
    ):
        (output,) = Dnp3Filter(frozenset(Action), LIMITS).from_vendor(asked(request))
        if not code:
            assert output == ToAsset(asked(request)), request
            continue
        assert isinstance(output, Answer), request
        assert output.code == code, request
        reassembly = Reassembly()
        (answer,) = filter(None, map(reassembly.take, Framing(from_master=False).feed(output.data)))
        told = judge(answer)
        assert told is not None
        assert told.outcome() == outcome, request


def test_another_outstation_and_all_of_them_are_outside() -> None:
    for to in (11, 0xFFFF):
        (output,) = Dnp3Filter(frozenset(Action), LIMITS).from_vendor(
            asked(f"c1 05 0c01 17 01 03 {LATCH_ON} 00", to=to)
        )
        assert isinstance(output, Answer)
        assert output.code == "dnp3_point_not_permitted"


def test_the_words_of_limits_are_those_of_the_tables() -> None:
    words = VOCABULARY[Protocol.DNP3]
    assert set(PLACES.values()) == set(words.tables)
    named = {one.name for code, one in FUNCTIONS.items() if code not in {0, 3, 4, 5, 6}}
    assert named == words.uses
