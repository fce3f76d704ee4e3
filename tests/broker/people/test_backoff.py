import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.people.backoff import LONGEST_WAIT_S, SOURCE_FACTOR, open_at, wait_s


@pytest.mark.parametrize(
    ("failures", "wait"), [(0, 0), (2, 0), (3, 2), (4, 8), (5, 32), (6, 128), (7, 512), (8, 900), (99, 900)]
)
def test_the_wait_grows_and_stops_growing(failures: int, wait: int) -> None:
    assert wait_s(failures) == wait


@given(st.integers(0, 10_000))
def test_another_failure_never_shortens_the_wait(failures: int) -> None:
    assert wait_s(failures) <= wait_s(failures + 1) <= LONGEST_WAIT_S


def test_an_address_gets_more_tries_than_a_person() -> None:
    assert open_at(3, 1000, source=False) == 1002
    assert open_at(3, 1000, source=True) == 1000
    assert open_at(3 * SOURCE_FACTOR, 1000, source=True) == 1002
