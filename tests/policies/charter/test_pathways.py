from datetime import UTC, datetime

import pytest

from policies.charter.documents import read_charter
from policies.charter.pathways import inventory
from policies.charter.plant_lint import plant_findings
from policies.pathway import PathwayStatus
from tests.policies.charter.test_pathway_tables import CONNECTOR, MODEM
from tests.policies.plant import NOW, charter, files

EXCEPTION = """
[[exception]]
id = "modem-until-summer"
owner = "olga"
granted_by = "petra"
reason = "The pump's maker has no other way in before its gateway is delivered"
compensating = "The modem is unplugged but for calls that the shift was told of"
lifts = ["ungoverned_pathway"]
boundary = "pumping"
vendor = "brightwater"
from = 2026-05-01
until = 2026-06-15
"""


def plant(*pathways: str, exceptions: str = "") -> object:
    given = files()
    given["pathways.toml"] = "\n".join(pathways).encode()
    given["exceptions.toml"] += exceptions.encode()
    return read_charter(given)


def test_a_modem_that_nobody_governs_counts_against_the_posture() -> None:
    """C16, S-10: import one, and the inventory shows `ungoverned` and the posture drops."""
    before, after = inventory(charter(), NOW), inventory(plant(MODEM), NOW)  # type: ignore[arg-type]
    assert (len(before.ungoverned), before.posture) == (0, 100)
    assert (len(after.ungoverned), after.posture) == (1, 75)
    assert after.line() == (
        "1 ungoverned pathway; 0 excepted, 0 governed beside 3 conduits: posture 75 of 100"
    )
    assert "Modem of pump 7" in after.ungoverned[0].sentence
    assert after.document()["ungoverned"] == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(NOW, PathwayStatus.EXCEPTED, id="while it lasts"),
        pytest.param(datetime(2026, 6, 14, 22, 0, tzinfo=UTC), PathwayStatus.UNGOVERNED, id="from the instant it ends"),
        pytest.param(datetime(2026, 4, 30, 21, 59, tzinfo=UTC), PathwayStatus.UNGOVERNED, id="before it begins"),
    ],
)  # fmt: skip
def test_an_exception_tolerates_a_pathway_only_while_it_lasts(at: datetime, expected: PathwayStatus) -> None:
    """S-10: every path is governed, excepted or ungoverned at every instant."""
    read = plant(MODEM.replace('"ungoverned"', '"excepted"\nowner = "Olga"'), exceptions=EXCEPTION)
    (one,) = inventory(read, at).pathways  # type: ignore[arg-type]
    assert one.status is expected


def test_called_excepted_without_an_exception_it_is_ungoverned() -> None:
    read = plant(MODEM.replace('"ungoverned"', '"excepted"\nowner = "Olga"'))
    assert len(inventory(read, NOW).ungoverned) == 1  # type: ignore[arg-type]


def test_the_ungoverned_come_first() -> None:
    found = inventory(plant(CONNECTOR, MODEM), NOW).pathways  # type: ignore[arg-type]
    assert [one.status for one in found] == [PathwayStatus.UNGOVERNED, PathwayStatus.GOVERNED]
    assert found[1].sentence.endswith(".")


def test_an_ungoverned_pathway_is_a_finding_and_exposes_its_zone() -> None:
    found = {one.code: one.subject for one in plant_findings(plant(MODEM))}  # type: ignore[arg-type]
    assert found == {"ungoverned_pathway": "pathway pump-modem", "external_exposure": "zone pumping"}
    stick = MODEM.replace('"modem"', '"removable-media"')
    assert {one.code for one in plant_findings(plant(stick))} == {"ungoverned_pathway"}  # type: ignore[arg-type]
