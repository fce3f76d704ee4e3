import inspect

import pytest

from broker.quarantine import seams
from broker.quarantine.intake import FileIntake
from broker.quarantine.kept_reader import KeptReader
from broker.quarantine.node import NodeQuarantine, ReleasedFile
from broker.quarantine.seams import FileState, NotTakenError, QuarantineFull, Verdict
from tests.for_each import for_each


def test_a_file_may_pass_only_when_it_is_released() -> None:
    said = {state: Verdict(state, "", "", 0, "file_held", "It waits.").may_pass for state in FileState}
    assert [state for state, passes in said.items() if passes] == [FileState.RELEASED]


def test_no_room_is_one_way_not_to_be_taken_and_says_its_code_and_what_to_do() -> None:
    with pytest.raises(NotTakenError) as caught:
        raise QuarantineFull("The disk is full.", code="file_no_room", remedy="Come back later.")
    assert caught.value.code == "file_no_room"
    assert str(caught.value) == "The disk is full. What to do: Come back later."


@for_each(
    "seam, real",
    [
        (seams.Quarantine, NodeQuarantine),
        (seams.Intake, FileIntake),
        (seams.Released, ReleasedFile),
        (seams.Reader, KeptReader),
    ],
)
def test_the_real_part_has_what_the_seam_promises(seam: type, real: type) -> None:
    for name, promised in inspect.getmembers(seam, inspect.isfunction):
        if not name.startswith("_"):
            offered = inspect.signature(getattr(real, name)).parameters
            assert list(inspect.signature(promised).parameters) == list(offered)[: len(offered)], name
