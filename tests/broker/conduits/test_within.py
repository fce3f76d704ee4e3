import struct
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.within import Beyond, Within
from domain.limits import limit_of
from domain.plant import Limit, Way

REGISTERS = "holding registers"


def within(*texts: str) -> Within:
    return Within([limit_of(f"modbus {one}") for one in texts])


def test_without_limits_everything_is_within_and_with_one_nothing_else_is() -> None:
    assert Within(()).reads(1, REGISTERS, 0, 125)
    assert Within(()).writes(1, REGISTERS, 0, [None]) is None
    assert Within(()).uses(1, "report server id")
    gate = within(f"read {REGISTERS} 0-199 of unit 3")
    assert gate.reads(3, REGISTERS, 0, 125)
    assert gate.reads(3, REGISTERS, 199, 1)
    assert not gate.reads(3, REGISTERS, 199, 2)
    assert not gate.reads(4, REGISTERS, 0, 1)
    assert not gate.reads(3, "coils", 0, 1)
    assert not gate.uses(3, "report server id")
    assert gate.writes(3, REGISTERS, 0, [1]) is Beyond.PLACE
    assert within("use report server id of unit 3").uses(3, "report server id")


def test_a_page_is_held_by_method_and_path() -> None:
    assert Within(()).asks("POST", "/any")
    gate = Within([limit_of("http use GET /status/*"), limit_of("http use POST /set")])
    assert gate.asks("GET", "/status/tank")
    assert gate.asks("POST", "/set")
    assert not gate.asks("GET", "/set")
    assert not gate.asks("HEAD", "/status/tank")
    assert not gate.asks("POST", "/set/")


def test_neighbouring_limits_cover_together_and_a_gap_is_a_gap() -> None:
    gate = within(f"read {REGISTERS} 10-19", f"read {REGISTERS} 0-9", f"read {REGISTERS} 21-30")
    assert gate.reads(1, REGISTERS, 0, 20)
    assert not gate.reads(1, REGISTERS, 0, 22)


def test_what_is_written_without_saying_the_value_is_within_no_bounds() -> None:
    gate = within(f"write {REGISTERS} 40-43 between 0 and 500", f"write {REGISTERS} 50")
    assert gate.writes(1, REGISTERS, 40, [None]) is Beyond.VALUE
    assert gate.writes(1, REGISTERS, 50, [None]) is None
    assert gate.writes(1, REGISTERS, 40, [0, 500]) is None
    assert gate.writes(1, REGISTERS, 40, [0, 501]) is Beyond.VALUE
    assert gate.writes(1, REGISTERS, 43, [0, 0]) is Beyond.PLACE


def test_a_value_is_read_as_its_limit_says() -> None:
    signed = within(f"write {REGISTERS} 0 between -10 and 10 as signed")
    assert signed.writes(1, REGISTERS, 0, [0xFFF6]) is None
    assert signed.writes(1, REGISTERS, 0, [0xFFF5]) is Beyond.VALUE
    high = within(f"write {REGISTERS} 0-3 between 0 and 100000 as unsigned 32")
    assert high.writes(1, REGISTERS, 0, [1, 34464]) is None
    assert high.writes(1, REGISTERS, 0, [1, 34465]) is Beyond.VALUE
    assert high.writes(1, REGISTERS, 0, [0, 0, 1, 0]) is None
    assert high.writes(1, REGISTERS, 1, [0, 0]) is Beyond.VALUE, "halves of two values"
    assert high.writes(1, REGISTERS, 0, [0]) is Beyond.VALUE, "half of one"
    low = within(f"write {REGISTERS} 0-1 between -1 and 65536 as signed 32 low word first")
    assert low.writes(1, REGISTERS, 0, [0, 1]) is None
    assert low.writes(1, REGISTERS, 0, [0xFFFF, 0xFFFF]) is None
    assert low.writes(1, REGISTERS, 0, [1, 1]) is Beyond.VALUE


def test_a_float_is_compared_exactly_and_what_is_no_number_is_within_nothing() -> None:
    gate = within(f"write {REGISTERS} 0-1 between -0.5 and 0.1 as float 32")
    for value, may in ((-0.5, True), (0.0, True), (0.0999, True), (0.1, False), (float("nan"), False), (float("inf"), False)):  # fmt: skip
        words = list(struct.unpack(">2H", struct.pack(">f", value)))
        assert (gate.writes(1, REGISTERS, 0, words) is None) is may, value


def test_what_is_named_is_held_by_its_own_limit_and_by_that_of_what_it_lies_in() -> None:
    gate = Within(
        limit_of(f"ethernet-ip {one}")
        for one in (
            'read tags "Line1"',
            'write tags "Line1.Speed" between 0 and 5',
            'write tags "Line1.Speed[3]" between 6 and 7',
        )
    )
    assert gate.reads_named(0, "tags", "Line1.Speed[3]")
    assert not gate.reads_named(0, "tags", "Line2")
    for name, values, why in (
        ("Line1.Speed", [0, 5], None),
        ("Line1.Speed", [0, 6], Beyond.VALUE),
        ("Line1.Speed[3]", [5], None),
        ("Line1.Speed[3]", [6], None),
        ("Line1.Speed[3]", [8], Beyond.VALUE),
        ("Line1.Speed.0", [1], Beyond.VALUE),
        ("Line1", [1], Beyond.PLACE),
    ):
        assert gate.writes_named(0, "tags", name, values) is why, (name, values)
    methods = Within([limit_of('opc-ua use methods "ns=2;s=Start"')])
    assert methods.uses(None, "methods", "ns=2;s=Start of ns=2;i=1")
    assert not methods.uses(None, "methods", "ns=2;s=Stop of ns=2;i=1")
    assert Within(()).reads_named(0, "tags", "x")
    assert Within(()).writes_named(0, "tags", "x", [1]) is None


LIMITS = st.builds(
    lambda way, first, count, unit, bounds: limit_of(
        f"modbus {way} {REGISTERS} {first}-{first + count}"
        + (f" of unit {unit}" if unit else "")
        + (f" between {min(bounds)} and {max(bounds)}" if bounds and way == "write" else "")
    ),
    st.sampled_from(["read", "write"]), st.integers(0, 8), st.integers(0, 5), st.sampled_from([0, 1, 2]),
    st.one_of(st.none(), st.tuples(st.integers(0, 4), st.integers(0, 4))),
)  # fmt: skip


def naive(limits: Sequence[Limit], way: Way, unit: int, at: int, value: int | None) -> bool:
    return any(
        one.way is way and one.unit in {None, unit} and one.first <= at <= one.last
        and (one.least is None or one.most is None or (value is not None and one.least <= value <= one.most))
        for one in limits
    )  # fmt: skip


@given(
    st.lists(LIMITS, min_size=1, max_size=6), st.sampled_from([1, 2, 3]), st.integers(0, 12),
    st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1, max_size=6),
)  # fmt: skip
def test_it_says_what_asking_each_address_by_itself_says(
    limits: list[Limit], unit: int, first: int, values: list[int | None]
) -> None:
    gate = Within(limits)
    for _ in range(2):  # a second time from what is remembered
        reads = all(naive(limits, Way.READ, unit, first + at, None) for at in range(len(values)))
        writes = all(naive(limits, Way.WRITE, unit, first + at, value) for at, value in enumerate(values))
        assert gate.reads(unit, REGISTERS, first, len(values)) is reads
        assert (gate.writes(unit, REGISTERS, first, values) is None) is writes
