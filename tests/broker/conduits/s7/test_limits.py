import pytest

from broker.conduits.s7.filter import S7Filter
from broker.conduits.s7.functions import COLD_START, JOBS, READ_VAR, SERVICES, SETUP, USERDATA, WRITE_VAR
from broker.conduits.s7.items import AREAS
from broker.conduits.s7.limits import PLACES
from domain.access import Action
from domain.limits import VOCABULARY, limit_of
from domain.output import Answer, Output, ToAsset
from domain.plant import Protocol
from tests.broker.conduits.s7.samples import HANDSHAKE, READ, WRITE, answer, job, userdata

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


def answered(asked: bytes) -> Output:
    gate = S7Filter(frozenset(Action), LIMITS)
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


def test_a_limit_has_no_bounds_for_no_value_can_be_told() -> None:
    with pytest.raises(ValueError, match="can't be held within bounds"):
        limit_of("s7 write data 4-5 of block 10 between 0 and 500")


def test_every_area_and_function_has_its_word_for_limits() -> None:
    words = VOCABULARY[Protocol.S7]
    assert set(PLACES) == set(AREAS)
    assert set(PLACES.values()) == set(words.tables)
    jobs = {one.name for code, one in JOBS.items() if code not in {SETUP, READ_VAR, WRITE_VAR}}
    others = {one.name for one in (*SERVICES.values(), *USERDATA.values(), COLD_START)}
    assert jobs | others == words.uses
