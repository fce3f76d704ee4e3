import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.company import ALONE_BYTES, LATELY_S, LIGHT_BYTES, SHARED_BYTES, Company


@pytest.mark.parametrize(
    ("read", "after_s", "may"),
    [
        pytest.param(None, 0.0, ALONE_BYTES, id="nobody was there yet"),
        pytest.param(1, 0.0, SHARED_BYTES, id="a letter"),
        pytest.param(1, LATELY_S - 0.01, SHARED_BYTES, id="a letter a moment ago"),
        pytest.param(1, LATELY_S, ALONE_BYTES, id="a letter that is long ago"),
        pytest.param(LIGHT_BYTES, 0.0, ALONE_BYTES, id="a transfer"),
    ],
)
def test_a_transfer_reads_little_while_somebody_types(read: int | None, after_s: float, may: int) -> None:
    company = Company()
    if read is not None:
        company.read("somebody", read, 100.0)
    assert company.may_read("a transfer", 100.0 + after_s) == may


def test_a_letter_is_not_forgotten_when_a_transfer_follows() -> None:
    company = Company()
    company.read("somebody", 1, 100.0)
    company.read("a transfer", ALONE_BYTES, 100.1)
    assert company.may_read("a transfer", 100.2) == SHARED_BYTES


def test_the_small_answers_to_a_transfer_are_no_company_for_it() -> None:
    company = Company()
    company.read("a transfer", 28, 100.0)
    assert company.may_read("a transfer", 100.1) == ALONE_BYTES
    assert company.may_read("another", 100.1) == SHARED_BYTES


WHO = st.sampled_from(["ana", "ben", "cara"])


@given(st.lists(st.tuples(WHO, st.sampled_from([1, LIGHT_BYTES]), st.floats(0, 0.2)), max_size=12), WHO)
def test_whoever_else_was_at_work_lately_counts_whatever_came_between(
    readings: list[tuple[str, int, float]], asks: str
) -> None:
    company, now_s = Company(), 100.0
    light = []
    for who, count, after_s in readings:
        now_s += after_s
        company.read(who, count, now_s)
        light += [now_s for _ in range(1) if who != asks and count < LIGHT_BYTES]
    waited_for = any(now_s < at_s + LATELY_S for at_s in light)
    assert company.may_read(asks, now_s) == (SHARED_BYTES if waited_for else ALONE_BYTES)
