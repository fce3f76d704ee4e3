"""Which charter answers: the newest applied one, a draft that was named, or the node's draft before the first."""

from pathlib import Path

from broker.cli.charter_choice import asked_of
from broker.demo.sample import sample_charter
from broker.layout import Layout
from tests.broker.chartered import NOW, PETRA, SHORTER, Chartered


def test_the_version_in_force_answers_and_a_draft_only_when_it_is_named(tmp_path: Path) -> None:
    plant = Chartered(tmp_path)
    plant.begin()
    plant.edit(*SHORTER)
    one, two = asked_of(plant.layout, None), asked_of(plant.layout, plant.layout.charter)
    assert (one.version, two.version) == (1, None)
    assert one.charter.digest != two.charter.digest
    plant.apply(PETRA)
    assert asked_of(plant.layout, None).version == 2
    assert asked_of(plant.layout, None).charter.digest == two.charter.digest


def test_before_the_first_version_the_node_s_draft_answers_and_says_so(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.charter.mkdir()
    for name, text in sample_charter(today=NOW.date()).items():
        (layout.charter / name).write_text(text)
    assert "not in force" in asked_of(layout, None).line()
