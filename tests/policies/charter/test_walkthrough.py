"""docs/charter.md leads a newcomer from nothing to a working conduit; here its own blocks are followed."""

import re

import pytest

from policies.charter.documents import CharterError, read_charter
from policies.charter.finding import Finding
from policies.charter.lint import lint
from tests.for_each import for_each
from tests.policies.plant import SAMPLE, files

PAGE = SAMPLE.parents[2] / "docs" / "charter.md"
WALK = PAGE.read_text("utf-8").split("## A conduit for a new vendor, step by step")[1].split("\n## ")[0]
BLOCKS = dict(re.findall(r"```toml\n# (\w+\.toml)\n(.*?)```", WALK, re.DOTALL))


def followed(blocks: dict[str, str]) -> dict[str, bytes]:
    given = files()
    return given | {name: given[name] + b"\n" + text.encode() for name, text in blocks.items()}


def findings(blocks: dict[str, str]) -> list[Finding]:
    return [one for one in lint(read_charter(followed(blocks))) if not one.note]


def test_following_every_step_gives_a_charter_with_nothing_to_mend() -> None:
    assert set(BLOCKS) == {"assets.toml", "vendors.toml", "people.toml", "conduits.toml"}
    assert findings(BLOCKS) == []
    read = read_charter(followed(BLOCKS))
    assert [one.id for one in read.conduits_for("mistral", "valve-3")] == ["dmz-valves"]  # type: ignore[arg-type]


@pytest.mark.parametrize("left_out", sorted(BLOCKS))
def test_a_step_left_out_is_named_or_harmless(left_out: str) -> None:
    blocks = {name: text for name, text in BLOCKS.items() if name != left_out}
    try:
        said = [one.remedy for one in findings(blocks)]
    except CharterError as error:
        said = [one.remedy for one in error.faults]
    assert all(said)
    assert said or left_out == "people.toml"


LINES = [
    pytest.param(name, at, id=f"{name}, {line.split(' = ')[0]}")
    for name, text in BLOCKS.items()
    for at, line in enumerate(text.splitlines())
    if " = " in line
]


@for_each(("name", "at"), LINES)
@for_each("slip", ["left out", "misspelt", "unquoted"])
def test_every_slip_on_the_way_is_answered_with_file_line_and_remedy(name: str, at: int, slip: str) -> None:
    """C01: every mistake a newcomer makes gets a message naming file, line and remedy, or changes nothing."""
    lines = BLOCKS[name].splitlines()
    line = lines[at]
    lines[at] = {"left out": "", "misspelt": "x" + line, "unquoted": line.replace(' = "', " = ", 1)}[slip]
    if lines[at] == line:
        return  # nothing in it is quoted: there is no such slip
    given = followed({**BLOCKS, name: "\n".join(lines) + "\n"})
    try:
        read = read_charter(given)
    except CharterError as error:
        first = error.faults[0]
        assert first.file.endswith(".toml")
        assert first.line > 0
        assert first.remedy
        return
    optional = {"contact", "depends_on", "supervised", "vendor", "ssh_keys"}
    field = line.split(" = ")[0].strip('"')
    assert slip == "left out" or line.startswith('"'), f"{name} takes {lines[at]!r}"
    assert field in optional or line.startswith('"') or lint(read), f"{name} does not miss {field}"
