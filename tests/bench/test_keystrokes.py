"""Which letters a p50 and a p99 are told from."""

import pytest

from tests.bench.keystrokes import LETTERS_A_P99, ROUNDS, ROUNDS_AMONG_MANY, Turn, figures, joined


@pytest.mark.parametrize(
    ("rounds", "lengths"),
    [
        pytest.param(15, [LETTERS_A_P99] * 3, id="five rounds each"),
        pytest.param(ROUNDS, [LETTERS_A_P99] * 7, id="a whole run of one session"),
        pytest.param(ROUNDS_AMONG_MANY, [LETTERS_A_P99] * 15, id="a whole run among many"),
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


def test_a_letter_that_waited_for_the_others_turns_is_told_and_not_counted() -> None:
    ours, jump = Turn(9.0, [2.0] * 200), Turn(6.0, [1.0] * 200)
    found = list(figures("echo", {"Penstock": [ours] * 5, "ProxyJump": [jump] * 5}, (1.7, 2.0)))
    assert [(one.name, one.ours.values, one.ratio and one.ratio.values) for one in found] == [
        ("echo, p50", (2.0,) * 5, (2.0,) * 5),
        ("echo, p99", (2.0,), (2.0,)),
    ]
    assert found[1].note.endswith("not counted, p50: Penstock 9.00, ProxyJump 6.00 ms")
