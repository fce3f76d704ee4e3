"""The baseline that the product ships, and how this plant looks through its frameworks."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from broker.settings import AssuranceSettings
from domain.errors import ConfigError
from policies.assurance.baseline import Baseline, read_baseline
from policies.assurance.periods import Period, period
from policies.assurance.view import Lens

MEND = "docs/assurance.md lists the frameworks; baseline.toml their controls."


@cache
def shipped() -> Baseline:
    """The baseline. BaselineError where somebody edited it badly."""
    return read_baseline(resources.files("policies.assurance").joinpath("baseline.toml").read_bytes())


def lenses(baseline: Baseline, settings: AssuranceSettings) -> Mapping[str, Lens]:
    """Every framework as a lens, those that apply first. ConfigError for one that the baseline does not have,
    and for a period that would lengthen what the baseline asks for.
    """
    known = baseline.frameworks
    for name in (*settings.applies, *settings.tighten):
        if name not in known:
            raise ConfigError(
                f"The baseline has no framework {name!r}.", remedy=f"Name one of {', '.join(known)}."
            )
    found = [
        Lens(name, name in settings.applies, _tightened(baseline, name, settings.tighten.get(name, {})))
        for name in known
    ]
    return {one.framework: one for one in sorted(found, key=lambda one: not one.applies)}


def _tightened(baseline: Baseline, framework: str, asked: Mapping[str, str]) -> Mapping[str, Period]:
    answering = {one.id: one for one in baseline.answering(framework)}
    found = {}
    for name, text in asked.items():
        control = answering.get(name)
        if control is None or control.refresh is None:
            raise ConfigError(f"{framework} can't tighten {name}: it has no period there.", remedy=MEND)
        try:
            shorter = period(text)
        except ValueError as error:
            raise ConfigError(f"{framework}, {name}: {error}.", remedy="Write an ISO 8601 period.") from error
        if not shorter.within(control.refresh):
            raise ConfigError(
                f"{framework} would loosen {name}: {text} is longer than {control.refresh}.",
                remedy="A lens may shorten a period and never lengthen it.",
            )
        found[name] = shorter
    return found
