import pytest

from broker.conduits.modbus.answers import Answered, judge
from broker.conduits.modbus.frames import Frame
from broker.conduits.modbus.requests import Request, read
from tests.for_each import for_each


def answered(asked: str, answer: str, unit: int = 3) -> Answered | None:
    request = Frame(1, 3, bytes.fromhex(asked))
    said = read(request)
    assert isinstance(said, Request)
    return judge(request, said, Frame(1, unit, bytes.fromhex(answer)))


@for_each(
    ("asked", "answer", "values"),
    [
        ("01 0013 000a", "01 02 cd01", (1, 0, 1, 1, 0, 0, 1, 1, 1, 0)),
        ("03 006b 0003", "03 06 022b 0000 0064", (0x22B, 0, 0x64)),
        ("04 0008 0001", "04 02 000a", (10,)),
        ("05 00ac ff00", "05 00ac ff00", ()),
        ("06 0001 0003", "06 0001 0003", ()),
        ("07", "07 6d", ()),
        ("08 0000 a537", "08 0000 a537", ()),
        ("08 0012 0000", "08 0012 0007", ()),
        ("0b", "0b ffff 0108", ()),
        ("0c", "0c 08 0000 0108 0121 2000", ()),
        ("0f 0013 000a 02 cd01", "0f 0013 000a", ()),
        ("10 0001 0002 04 000a0102", "10 0001 0002", ()),
        ("11", "11 03 01ff02", ()),
        ("14 07 06 0004 0001 0002", "14 06 05 06 0dfe0020", ()),
        ("15 0d 06 0004 0007 0003 06af04be100d", "15 0d 06 0004 0007 0003 06af04be100d", ()),
        ("16 0004 00f2 0025", "16 0004 00f2 0025", ()),
        ("17 0003 0001 000e 0001 02 00ff", "17 02 00fe", (0xFE,)),
        ("18 04de", "18 0006 0002 01b8 1284", ()),
        ("2b 0e 01 00", "2b 0e 01 01 00 00 01 00 01 41", ()),
    ],
)
def test_an_answer_that_fits_is_read(asked: str, answer: str, values: tuple[int, ...]) -> None:
    assert answered(asked, answer) == Answered(values=values)


def test_the_device_s_own_no_is_an_answer() -> None:
    assert answered("03 006b 0003", "83 02") == Answered(exception=2)


@for_each(
    ("asked", "answer"),
    [
        pytest.param("03 006b 0003", "04 06 022b 0000 0064", id="another function"),
        pytest.param("03 006b 0003", "03 04 022b 0000", id="fewer registers than asked for"),
        pytest.param("03 006b 0003", "03 06 022b 0000", id="fewer than it says"),
        pytest.param("03 006b 0003", "83", id="an exception without its code"),
        pytest.param("03 006b 0003", "83 02 00", id="an exception with more behind it"),
        pytest.param("01 0013 000a", "01 01 cd", id="fewer coils"),
        pytest.param("05 00ac ff00", "05 00ac 0000", id="an echo that says the opposite"),
        pytest.param("06 0001 0003", "06 0001 0004", id="an echo of another value"),
        pytest.param("10 0001 0002 04 000a0102", "10 0001 0003", id="more written than asked"),
        pytest.param("08 0000 a537", "08 0000 a538", id="another echo"),
        pytest.param("0b", "0b ffff", id="half a counter"),
        pytest.param("0c", "0c 09 0000", id="a log that is shorter than it says"),
        pytest.param("18 04de", "18 0007 0002 01b8", id="a queue that is shorter than it says"),
        pytest.param("2b 0e 01 00", "2b 0e 02 01 00 00 00", id="another identification"),
    ],
)
def test_what_can_t_be_the_answer_is_none(asked: str, answer: str) -> None:
    assert answered(asked, answer) is None


def test_another_unit_s_answer_is_none() -> None:
    assert answered("04 0008 0001", "04 02 000a", unit=4) is None
