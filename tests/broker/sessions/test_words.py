import pytest

from broker.governor import Cause, Hold
from broker.sessions.words import exit_status, hold_sentence, sentence
from tests.for_each import for_each


@pytest.mark.parametrize("hold", Hold)
def test_every_hold_has_a_sentence(hold: Hold) -> None:
    assert hold_sentence(hold).endswith(".")


@for_each("cause", Cause)
def test_every_cause_has_a_sentence_and_an_exit_status(cause: Cause) -> None:
    assert sentence(cause).endswith(".")
    assert exit_status(cause) in {0, 75, 77}


def test_the_plants_no_and_a_try_again_are_told_apart() -> None:
    assert exit_status(Cause.REVOKED) == exit_status(Cause.WINDOW_END) == 77
    assert exit_status(Cause.SHUTDOWN) == exit_status(Cause.RECORDER_FAILED) == 75
    assert exit_status(Cause.FINISHED) == 0
