import pytest

from domain.errors import ConfigError, EvidenceError, PeerError, PenstockError, ProofError, TransitionError


def test_an_error_states_the_fact_and_then_what_to_do() -> None:
    error = PenstockError("The clock is 40 s off.", remedy="Start chrony.")
    assert str(error) == "The clock is 40 s off. What to do: Start chrony."
    assert str(PenstockError("The clock is 40 s off.")) == "The clock is 40 s off."


@pytest.mark.parametrize(
    ("file", "line", "text"),
    [
        ("charter/zones.toml", 12, "charter/zones.toml:12: No such zone."),
        ("charter/zones.toml", 0, "charter/zones.toml: No such zone."),
        ("", 0, "No such zone."),
    ],
)
def test_a_config_error_points_at_the_place(file: str, line: int, text: str) -> None:
    assert str(ConfigError("No such zone.", file=file, line=line)) == text


@pytest.mark.parametrize("child", [ConfigError, TransitionError, PeerError, ProofError, EvidenceError])
def test_every_error_that_crosses_a_package_is_caught_as_one(child: type[PenstockError]) -> None:
    assert issubclass(child, PenstockError)
    assert not issubclass(child, ValueError)
