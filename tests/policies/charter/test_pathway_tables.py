import re

import pytest

from policies.charter.documents import CharterError, read_charter
from tests.policies.plant import charter, files

MODEM = """
[[pathway]]
id = "pump-modem"
name = "Modem of pump 7"
kind = "modem"
zone = "pumping"
vendor = "brightwater"
status = "ungoverned"
carries = "The maker dials in to read fault memories"
found = 2026-02-03
"""

CONNECTOR = """
[[pathway]]
id = "drive-cloud"
name = "Drive health in the maker's cloud"
kind = "cloud-connector"
zone = "pumping"
status = "governed"
owner = "Olga Brandt, OT engineering"
control = "the shift switches its power on for an agreed hour"
carries = "Vibration and temperature of the drives, outwards"
exit_plan = "Readings are taken by hand each week, as before 2024"
kill = "switch S4 in the pump hall, by whoever stands there"
found = 2026-02-03
"""


def read(text: str) -> object:
    return read_charter({**files(), "pathways.toml": text.encode()})


def test_pathways_are_read_and_there_may_be_none() -> None:
    assert charter().pathways == {}
    found = read(MODEM + CONNECTOR).pathways  # type: ignore[attr-defined]
    assert [str(one.kind) for one in found.values()] == ["modem", "cloud-connector"]
    assert found["pump-modem"].vendor == "brightwater"


@pytest.mark.parametrize("field", ["exit_plan", "kill", "owner", "control"])
def test_a_cloud_connector_without_its_way_out_is_not_accepted_as_governed(field: str) -> None:
    """I14: a cloud connector without exit plan is not activated."""
    without = re.sub(rf"(?m)^{field} = .*\n", "", CONNECTOR)
    with pytest.raises(CharterError) as raised:
        read(without)
    (only,) = raised.value.faults
    assert f"lacks '{field}'" in only.fact
    assert (only.file, only.line) == ("pathways.toml", 7)
    assert read(without.replace('"governed"', '"ungoverned"'))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('zone = "pumping"', 'zone = "pumpin"', "Did you mean 'pumping'", id="an unknown zone"),
        pytest.param('vendor = "brightwater"', 'vendor = "nobody"', "no vendor 'nobody'", id="an unknown vendor"),
        pytest.param('"modem"', '"moden"', "Did you mean 'modem'", id="an unknown kind"),
        pytest.param('"ungoverned"', '"fine"', "It may be one of", id="an unknown status"),
        pytest.param('carries = "The', 'carries = "" # "The', "'carries' is empty", id="nothing carried"),
        pytest.param("found = 2026-02-03\n", "", "'found' is missing", id="no day"),
        pytest.param('id = "pump-modem"', 'id = "Pump modem"', "not an id", id="no id"),
        pytest.param('status = "ungoverned"', 'status = "ungoverned"\nstate = "on"', "not a field", id="an unknown field"),
    ],
)  # fmt: skip
def test_what_a_pathway_may_not_say(old: str, new: str, says: str) -> None:
    with pytest.raises(CharterError) as raised:
        read(MODEM.replace(old, new))
    assert any(says in str(one) and one.file == "pathways.toml" for one in raised.value.faults)


def test_two_pathways_of_one_id_are_a_fault() -> None:
    with pytest.raises(CharterError) as raised:
        read(MODEM + MODEM)
    assert any("already taken" in one.fact for one in raised.value.faults)
