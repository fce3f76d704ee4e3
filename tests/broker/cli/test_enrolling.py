"""The decision behind a key; with a whole node it is shown in test_people_commands."""

from pathlib import Path

import pytest

from approvals.trust import Trust
from broker.charter.in_force import charter_now
from broker.charter.trust_files import enrol_code
from broker.cli.enrolling import CODES, FOUNDING, decided, enrolled
from broker.clock import SystemClock
from domain.ids import PersonId
from tests.broker.chartered import Chartered
from tests.clock import STARTS

OLGA, DENIZ = PersonId("olga"), PersonId("deniz")


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    return Chartered(tmp_path, SystemClock().now().replace(microsecond=0))


def test_at_the_founding_whoever_sits_at_the_node_decides_and_it_is_said(plant: Chartered) -> None:
    yes = decided(plant.layout, charter_now(plant.layout), PersonId("petra"), CODES, "", None)
    assert (yes.by, yes.statement) == (FOUNDING, "")
    event = enrolled(PersonId("petra"), CODES, Trust("localhost", ("https://localhost",)), STARTS, yes)
    assert (event.decided_by, event.decision, event.by.startswith("local:")) == (FOUNDING, "", True)


def test_from_the_first_code_of_who_holds_identity_on_it_takes_their_word(
    plant: Chartered, capsys: pytest.CaptureFixture[str]
) -> None:
    enrol_code(plant.layout, OLGA, "A" * 32)
    with pytest.raises(SystemExit) as ended:
        decided(plant.layout, charter_now(plant.layout), DENIZ, CODES, "", None)
    assert ended.value.code == 77
    assert "With --as: olga, petra" in capsys.readouterr().err


def test_what_takes_a_key_away_needs_no_decision_and_names_none() -> None:
    event = enrolled(DENIZ, CODES, Trust("localhost", ("https://localhost",)), STARTS, None, removed=True)
    assert (event.removed, event.decided_by) == (True, "")
