import re

import pytest

from policies.charter.homes import (
    FILES,
    HEADERS,
    absent_file,
    header_meant,
    misplaced,
    misspelt_header,
    stray_file,
)
from tests.policies.plant import SAMPLE

PAGE = SAMPLE.parents[2] / "docs" / "charter.md"


def test_every_header_that_is_known_is_shown_in_the_documentation() -> None:
    text = PAGE.read_text("utf-8")
    assert set(HEADERS) == set(FILES)
    told = {"[asset.bears]", "[person.leaving]"}  # shown as a value, or told of as a field
    assert [one for each in HEADERS.values() for one in each if one not in text and one not in told] == []


def test_every_header_that_the_documentation_shows_is_known() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    shown = {one for block in blocks for one in re.findall(r"^\[\[?[a-z_.]+\]\]?", block, re.MULTILINE)}
    assert shown - {one for each in HEADERS.values() for one in each} == set()


@pytest.mark.parametrize(
    ("file", "name", "meant"),
    [
        ("conduits.toml", "Conduits", "[[conduit]]"),
        ("conduits.toml", "agreed", "[conduit.agreed]"),
        ("conduits.toml", "conduit.protocol", "[conduit.protocols]"),
        ("vendors.toml", "vendor.tool", "[[tool]]"),
        ("vendors.toml", "vendor.contracts", "[[vendor.contract]]"),
        ("zones.toml", "safety-dependency", "[[safety_dependency]]"),
        ("rules.toml", "rule", ""),
        ("assets.toml", "weather", ""),
    ],
)
def test_a_header_is_guessed_from_its_words(file: str, name: str, meant: str) -> None:
    assert header_meant(file, name) == meant


@pytest.mark.parametrize(
    ("file", "key", "remedy"),
    [
        ("assets.toml", "conduit", "It belongs in conduits.toml."),
        ("assets.toml", "endpoint", "Write [[asset.endpoint]] instead."),
        ("rights.toml", "rights", "Did you mean [[right]]?"),
        ("assets.toml", "colour", ""),
        ("conduits.toml", "conduit", ""),
    ],
)
def test_what_stands_at_the_top_of_the_wrong_file_is_sent_home(file: str, key: str, remedy: str) -> None:
    assert misplaced(file, key) == remedy


def test_a_header_that_means_nothing_is_found_above_the_line_that_failed() -> None:
    lines = ["[[conduits]]", 'id = "a"', "[conduit.agreed]", "[conduit.agreed]"]
    assert misspelt_header("conduits.toml", lines, 4) == (1, "[[conduits]]", "Did you mean [[conduit]]?")
    assert misspelt_header("conduits.toml", lines[1:], 3) is None
    assert misspelt_header("conduits.toml", ["[weather]"], 9) is None


def test_a_stray_file_and_a_missing_one_are_told_of_each_other() -> None:
    assert stray_file("people.toml.txt", {"people.toml.txt"}) == "Rename it to people.toml."
    assert absent_file("people.toml", {"People.toml"}).startswith("Rename 'People.toml' to it")
    assert absent_file("people.toml", {"sites.toml"}) == "Add it; docs/charter.md shows each by example."
