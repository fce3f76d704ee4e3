"""Which letters a p99 is told from."""

import pytest

from tests.bench.keystrokes import LETTERS_A_P99, joined


@pytest.mark.parametrize(
    ("rounds", "lengths"),
    [
        pytest.param(15, [LETTERS_A_P99] * 3, id="a whole run"),
        pytest.param(3, [600], id="a quick one has no thousand"),
        pytest.param(9, [LETTERS_A_P99], id="what does not fill another is left out"),
    ],
)
def test_a_p99_is_told_from_a_thousand_letters_of_neighbouring_rounds(
    rounds: int, lengths: list[int]
) -> None:
    letters = [[float(200 * number + at) for at in range(200)] for number in range(rounds)]
    found = joined(letters)
    assert [len(one) for one in found] == lengths
    assert [letter for one in found for letter in one] == [float(at) for at in range(sum(lengths))]
