import pytest

from broker.cli.answer import local_name
from broker.cli.letting_go import in_whose_name
from broker.layout import Layout
from domain.ids import ZoneId
from tests.clock import FrozenClock
from tests.policies.plant import files

OPERATIONS = ZoneId("operations")
EMERGENCY = {OPERATIONS: "emergency", ZoneId("pumping"): "running"}


@pytest.fixture
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("node"))
    layout.charter.mkdir(parents=True)
    for name, content in files().items():
        (layout.charter / name).write_bytes(content)
    return layout


def name(layout: Layout, act: str, scope: str, lead: str | None = None) -> str:
    return in_whose_name(layout, FrozenClock(), scope, act, EMERGENCY, lead)


@pytest.mark.parametrize(
    ("act", "scope"),
    [
        ("restore", "zone:pumping"),
        ("set-state", "zone:pumping"),
        ("resume", "zone:pumping"),
        ("raise", "zone:operations"),
    ],
)
def test_whoever_sits_there_does_what_no_emergency_forbids(layout: Layout, act: str, scope: str) -> None:
    """J02: an emergency in one zone takes nothing from another, and shutting is never refused."""
    assert name(layout, act, scope) == local_name()


@pytest.mark.parametrize("act", ["restore", "set-state", "resume"])
@pytest.mark.parametrize("scope", ["zone:operations", "all", "vendor:kestrel"])
def test_j02_in_an_emergency_the_incident_lead_is_named(layout: Layout, act: str, scope: str) -> None:
    """J02."""
    assert name(layout, act, scope, "sven") == f"sven, {local_name()}"


@pytest.mark.parametrize("lead", [None, "petra", "ana", "nobody"])
def test_j02_nobody_else_lets_go_in_an_emergency(
    layout: Layout, lead: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """J02."""
    with pytest.raises(SystemExit) as ended:
        name(layout, "restore", "zone:operations", lead)
    assert ended.value.code == 77
    assert "refused [incident_lead_only]" in capsys.readouterr().err
