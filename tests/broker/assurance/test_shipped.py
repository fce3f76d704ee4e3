import pytest

from broker.assurance.shipped import lenses, shipped
from broker.settings import AssuranceSettings
from domain.errors import ConfigError


def test_the_baseline_is_part_of_the_product() -> None:
    assert len(shipped().controls) == 40
    assert shipped() is shipped()


def test_a_plant_says_which_frameworks_apply_and_the_others_are_for_reference() -> None:
    """S-21: several regulators at once, each with its flag; those that apply come first."""
    found = lenses(shipped(), AssuranceSettings(applies=["NERC", "CAF"]))
    assert set(found) == set(shipped().frameworks)
    assert [name for name, one in found.items() if one.applies] == list(found)[:2]
    assert not any(one.applies for one in lenses(shipped(), AssuranceSettings()).values())


def test_a_lens_may_tighten() -> None:
    """S-21: never loosen."""
    asked = {"ISO27001": {"BC-10": "P30D"}}
    found = lenses(shipped(), AssuranceSettings(tighten=asked))
    assert {name: str(every) for name, every in found["ISO27001"].tightened.items()} == {"BC-10": "P30D"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"applies": ["GDPR"]}, "no framework 'GDPR'", id="an unknown framework"),
        pytest.param({"tighten": {"X": {}}}, "no framework 'X'", id="an unknown lens"),
        pytest.param(
            {"tighten": {"ISO27001": {"BC-10": "P91D"}}}, "would loosen BC-10", id="a longer period"
        ),
        pytest.param({"tighten": {"ISO27001": {"BC-10": "soon"}}}, "not a period", id="no period"),
        pytest.param(
            {"tighten": {"ISO27001": {"BC-02": "P1D"}}}, "can't tighten BC-02", id="not its control"
        ),
        pytest.param({"tighten": {"NIS2-IR": {"BC-06": "P1D"}}}, "no period there", id="per session"),
    ],
)
def test_settings_that_mean_nothing_or_loosen_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        lenses(shipped(), AssuranceSettings.model_validate(settings))
