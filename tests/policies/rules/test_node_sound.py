import pytest

from policies.rules.node_sound import NodeSound
from tests.policies.plant import asking, facts, wanting, word


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        pytest.param((), "accept", id="sound"),
        pytest.param(("recorder",), "node_not_sound", id="no recorder"),
        pytest.param(("disk", "clock"), "node_not_sound", id="two faults"),
        pytest.param(("disk_filling",), "disk_filling", id="a disk that fills"),
        pytest.param(("backlog_full",), "backlog_full", id="too much that waits"),
        pytest.param(("disk_filling", "clock"), "node_not_sound", id="one of them and another"),
        pytest.param(("something new",), "node_not_sound", id="a fault that this version does not know"),
    ],
)
def test_a_node_with_a_fault_opens_nothing(faults: tuple[str, ...], expected: str) -> None:  # row: E02
    assert word(NodeSound(), wanting(), facts(faults=faults)) == expected
    assert word(NodeSound(), asking(), facts(faults=faults)) == expected


def test_the_sentence_names_every_fault_and_nothing_can_break_its_line() -> None:
    verdict = NodeSound().judge(wanting(), facts(faults=("disk\n", "clock")))
    assert "clock, disk\\n." in verdict.sentence
