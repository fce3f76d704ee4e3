import pytest

from broker.conduits.s7.filter import S7Filter
from broker.conduits.s7.functions import COLD_START, JOBS, READ_VAR, SERVICES, SETUP, USERDATA, WRITE_VAR
from broker.conduits.s7.items import AREAS
from broker.conduits.s7.limits import PLACES
from domain.access import Action
from domain.limits import limit_of
from domain.output import Answer, Output, ToAsset
from domain.plant import Limit, Protocol
from domain.vocabulary import VOCABULARY
from tests.broker.conduits.s7.samples import HANDSHAKE, READ, WRITE, answer, job, userdata
from tests.for_each import for_each

LIMITS = tuple(
    limit_of(f"s7 {one}")
    for one in (
        "read data 0-99 of block 10",
        "write data 4-5 of block 10",
        "read flags",
        "read timers 5",
        "use read the system state list",
    )
)
VALUE = "00040010015e"


def answered(asked: bytes, limits: tuple[Limit, ...] = LIMITS) -> Output:
    gate = S7Filter(frozenset(Action), limits)
    for inward, data in HANDSHAKE:
        tuple(gate.from_vendor(data) if inward else gate.from_asset(data))
    (output,) = gate.from_vendor(asked)
    return output


def test_what_the_limits_cover_reaches_the_cpu() -> None:
    for asked in (
        job(2, READ),
        job(2, WRITE, VALUE),
        job(2, "0501 120a10020002000a84000020", VALUE),
        job(2, "0402 120a10020040000083000000 120a101d000100001d000005"),
        job(2, "0401 120a10010001000a84" + f"{99 * 8 + 7:06x}"),
        userdata(2, "0001120411440100", "ff09000401320004"),
    ):
        assert isinstance(answered(asked), ToAsset)


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        pytest.param(
            job(2, "0401 120a10040001000a84" + f"{99 * 8:06x}"), "address", answer(2, "0401", "03000000"),
            id="a word that ends beyond the last byte",
        ),
        pytest.param(
            job(2, READ.replace("000a84", "000b84")), "address", answer(2, "0401", "03000000"), id="another block"
        ),
        pytest.param(
            job(2, "0402 120a10020001000083000000 120a101d000100001d000006"), "address",
            answer(2, "0402", "03000000 03000000"), id="one of two places",
        ),
        pytest.param(
            job(2, "0501 120a10060001000a84000020", "00040020 0000015e"), "address", answer(2, "0501", "03"),
            id="a write that reaches on",
        ),
        pytest.param(
            job(2, "0501 120a10020001000083000000", "0004000809"), "address", answer(2, "0501", "03"),
            id="a write where one may read",
        ),
        pytest.param(
            job(2, "29000000000009505f50524f4752414d"), "function", answer(2, "29", error=0x8104),
            id="a function that is not named",
        ),
        pytest.param(
            userdata(2, "0001120411410200", "ff0900020000"), "function", userdata(2, "000112081281020000008104"),
            id="a function that names places unseen",
        ),
    ],
)  # fmt: skip
def test_what_they_do_not_cover_is_answered_as_the_cpu_would(asked: bytes, code: str, told: bytes) -> None:
    """C11, D13: by block, by byte, and by function."""
    output = answered(asked)
    assert isinstance(output, Answer)
    assert output.code == f"s7_{code}_not_permitted"
    assert output.data == told


BOUNDED = tuple(
    limit_of(f"s7 {one}")
    for one in (
        "write data 0-3 of block 10 between -5 and 500 as signed 16",
        "write data 4-7 of block 10 between -10.5 and 50 as float 32",
        "write data 8-11 of block 10 between 0 and 100000 as unsigned 32",
        "write data 12 of block 10 between 0 and 100",
        "write data 14-15 of block 10",
        "write timers 5",
    )
)
WORD, BYTE, REAL, DOUBLE, ONE_BIT = "04", "02", "08", "06", "01"


def writing(kind: str, count: int, byte: int, data: str, transport: str = "04") -> bytes:
    length = len(bytes.fromhex(data)) * (8 if transport == "04" else 1)
    item = f"0501 120a10{kind}{count:04x}000a84{byte * 8:06x}"
    return job(2, item, f"00{transport}{length:04x}{data}")


@for_each(
    "asked, code",
    [
        pytest.param(writing(WORD, 1, 0, "01f4"), "", id="the upper bound"),
        pytest.param(writing(WORD, 1, 0, "01f5"), "value", id="one above it"),
        pytest.param(writing("05", 1, 2, "fffb"), "", id="the lower bound"),
        pytest.param(writing("05", 1, 2, "fffa"), "value", id="one below it"),
        pytest.param(writing(WORD, 2, 0, "000101f5"), "value", id="the second of two"),
        pytest.param(writing(BYTE, 2, 0, "01f4"), "", id="a word as two bytes of one item"),
        pytest.param(writing(BYTE, 2, 0, "01f5"), "value", id="and beyond its bounds"),
        pytest.param(writing(BYTE, 1, 1, "01"), "value", id="half a word"),
        pytest.param(writing(WORD, 1, 1, "0001"), "value", id="halves of two words"),
        pytest.param(writing(ONE_BIT, 1, 0, "01", "03"), "value", id="a bit of a word"),
        pytest.param(writing(REAL, 1, 4, "42480000", "07"), "", id="a real at its upper bound"),
        pytest.param(writing(REAL, 1, 4, "42480001", "07"), "value", id="the next real above it"),
        pytest.param(writing(REAL, 1, 4, "7fc00000", "07"), "value", id="no number"),
        pytest.param(writing(DOUBLE, 1, 4, "42480000"), "", id="a real that is written as a double word"),
        pytest.param(writing(DOUBLE, 1, 8, "000186a1"), "value", id="a double word above"),
        pytest.param(writing(DOUBLE, 2, 4, "00000000000186a0"), "", id="over two limits"),
        pytest.param(writing(BYTE, 1, 12, "64"), "", id="a byte"),
        pytest.param(writing(BYTE, 1, 12, "65"), "value", id="a byte above"),
        pytest.param(writing(WORD, 1, 14, "ffff"), "", id="without bounds"),
        pytest.param(writing(ONE_BIT, 1, 14, "01", "03"), "", id="a bit without bounds"),
        pytest.param(writing(WORD, 1, 12, "0001"), "address", id="partly where there is no limit"),
    ],
)
def test_a_written_value_is_what_its_bytes_say_once_all_of_them_are_written(asked: bytes, code: str) -> None:
    """S-05: whatever type a tool names."""
    output = answered(asked, BOUNDED)
    if not code:
        assert output == ToAsset(asked)
        return
    assert isinstance(output, Answer)
    assert output.code == f"s7_{code}_not_permitted"
    assert output.data == answer(2, "0501", "03")


def test_timers_and_counters_have_no_bounds() -> None:
    with pytest.raises(ValueError, match="can't be held within bounds"):
        limit_of("s7 write timers 5 between 0 and 500")


def test_every_area_and_function_has_its_word_for_limits() -> None:
    words = VOCABULARY[Protocol.S7]
    assert set(PLACES) == set(AREAS)
    assert set(PLACES.values()) == set(words.tables)
    jobs = {one.name for code, one in JOBS.items() if code not in {SETUP, READ_VAR, WRITE_VAR}}
    others = {one.name for one in (*SERVICES.values(), *USERDATA.values(), COLD_START)}
    assert jobs | others == words.uses
