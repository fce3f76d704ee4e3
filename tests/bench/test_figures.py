"""What a run says of its numbers is what they are."""

import pytest

from tests.bench.figures import percentile


@pytest.mark.parametrize(
    ("count", "share", "rank"),
    [
        pytest.param(1, 0.5, 1, id="one value is every percentile"),
        pytest.param(1, 0.0, 1, id="none lies below the least"),
        pytest.param(4, 0.5, 2, id="half of four"),
        pytest.param(5, 0.5, 3, id="the one in the middle"),
        pytest.param(100, 0.99, 99, id="one letter of a hundred is slower than their p99"),
        pytest.param(100, 1.0, 100, id="the slowest"),
        pytest.param(300, 0.99, 297, id="three letters of three hundred are"),
    ],
)
def test_a_percentile_is_the_nearest_rank(count: int, share: float, rank: int) -> None:
    assert percentile(range(count, 0, -1), share) == rank
