import pytest

from broker.quarantine.intake import too_large
from broker.quarantine.seams import NotTakenError
from tests.broker.quarantine.store import CAME, Place


async def test_after_it_said_no_an_intake_says_so_again_whatever_comes(place: Place) -> None:
    async with place.node() as node:
        intake = node.begin(CAME)
        with pytest.raises(NotTakenError) as first:
            intake.write(1 << 40, b"x")
        with pytest.raises(NotTakenError) as second:
            intake.write(0, b"x")
        assert second.value is first.value
        assert (await intake.finish()).code == "file_sparse"
        assert (await intake.abandon("again")).code == "file_sparse"


async def test_one_end_is_one_verdict_however_often_it_is_asked_for(place: Place) -> None:
    async with place.node() as node:
        intake = node.begin(CAME)
        intake.write(0, b"x")
        verdict = await intake.finish()
        assert await intake.finish() is verdict
        assert await intake.abandon("late") is verdict
        assert intake.id == verdict.id
        assert len(place.looked) == 1


def test_the_charter_s_word_on_size_is_a_refusal_with_a_remedy() -> None:
    assert too_large(10).remedy
