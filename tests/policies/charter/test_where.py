import pytest

from policies.charter.documents import read_charter
from policies.charter.finding import Finding
from policies.charter.where import where
from tests.policies.plant import files


@pytest.mark.parametrize(
    ("subject", "field", "file", "mark"),
    [
        ("conduit dmz-pumping", "", "conduits.toml", "[[conduit]]"),
        ("conduit dmz-pumping", "purpose", "conduits.toml", 'purpose = "Diagnosis'),
        ("conduit dmz-pumping", "agreed.on", "conduits.toml", "on = "),
        ("contract Support order KA-2207", "terms", "vendors.toml", "[vendor.contract.terms]"),
        ("tool libssh", "documents", "vendors.toml", "[tool.documents] # incomplete"),
        ("person ana", "admitted.by", "people.toml", "by = "),
        ("state running", "", "states.toml", "[[state]]"),
        ("zone safety", "", "zones.toml", "[[zone]]"),
    ],
)
def test_a_finding_is_led_back_to_its_line(subject: str, field: str, file: str, mark: str) -> None:
    given = files()
    found, line = where(Finding("x", subject, "", "", field=field), given, read_charter(given).files)
    lines = given[file].decode().split("\n")
    assert (found, lines[line - 1].startswith(mark)) == (file, True)
    # It is the entry's own line, and not that of another of the same kind.
    named = next(number for number, each in enumerate(lines, 1) if f'= "{subject.partition(" ")[2]}"' in each)
    assert -1 <= line - named < 45


def test_what_has_no_single_place_has_no_line() -> None:
    given = files()
    documents = read_charter(given).files
    assert where(Finding("x", "weather today", "", ""), given, documents) == ("", 0)
    assert where(Finding("x", "zone nowhere", "", ""), given, documents) == ("zones.toml", 0)
