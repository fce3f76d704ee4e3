import pytest

from domain.rights import DecisionRight
from policies.charter.change import Effect, compare
from policies.charter.consent import needs
from policies.charter.documents import CharterError, read_charter
from policies.retention import Material
from tests.policies.plant import NOW, files

MORE = """
[[retention]]
id = "{id}"
boundary = "{boundary}"
of = "{of}"
minimum_days = {low}
{high}
basis = "PI-11"
"""


def with_term(
    id_: str = "pumps", boundary: str = "pumping", of: str = "recording", low: str = "30", high: str = "60"
) -> dict[str, bytes]:
    term = MORE.format(
        id=id_, boundary=boundary, of=of, low=low, high=f"maximum_days = {high}" if high else ""
    )
    sample = files()
    return sample | {"rights.toml": sample["rights.toml"] + term.encode()}


def test_a_term_is_read_with_everything_it_says() -> None:
    term = read_charter(with_term()).retention[-1]
    assert (term.id, term.boundary, term.of) == ("pumps", "pumping", Material.RECORDING)
    assert term.maximum is not None
    assert (term.minimum.days, term.maximum.days) == (30, 60)
    assert read_charter(with_term(high="")).retention[-1].maximum is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"boundary": "nowhere"}, "nowhere", id="a boundary that is none"),
        pytest.param({"id_": "recordings"}, "another retention term has this id", id="an id twice"),
        pytest.param(
            {"boundary": "riverside"}, "speaks of this over the same boundary", id="one thing twice"
        ),
        pytest.param({"high": "29"}, "it is due before it may go", id="due before it may go"),
        pytest.param({"of": "passwords"}, "passwords", id="a material that is none"),
        pytest.param({"low": "-1"}, "minimum_days", id="less than no time"),
    ],
)
def test_a_term_that_can_not_be_meant_is_a_fault(changed: dict[str, str], said: str) -> None:
    with pytest.raises(CharterError) as caught:
        read_charter(with_term(**changed))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({}, {"low": "29"}, id="a shorter minimum"),
        pytest.param({}, {"low": "31"}, id="a longer minimum"),
        pytest.param({}, {"high": "59"}, id="a shorter maximum"),
        pytest.param({}, {"high": "61"}, id="a longer maximum"),
        pytest.param({}, {"high": ""}, id="no maximum any more"),
    ],
)
def test_how_long_evidence_stays_is_changed_by_who_holds_data_out_there(
    before: dict[str, str], after: dict[str, str]
) -> None:
    """G09: a retention term is charter, and each change of one is signed under `data_out` over its boundary."""
    old, new = read_charter(with_term(**before)), read_charter(with_term(**after))
    (one,) = compare(old, new)
    assert (one.effect, one.right, one.boundaries) == (Effect.RELAXING, DecisionRight.DATA_OUT, ("pumping",))
    (need,) = needs(old, new, NOW)
    assert (need.right, need.able) == (DecisionRight.DATA_OUT, ("petra", "olga"))


def test_a_term_that_comes_or_goes_is_signed_under_data_out_too() -> None:
    without, with_one = read_charter(files()), read_charter(with_term())
    for old, new in ((without, with_one), (with_one, without)):
        assert [one.right for one in needs(old, new, NOW)] == [DecisionRight.DATA_OUT]
