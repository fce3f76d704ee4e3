import tomllib

import pytest

from policies.charter.places import Places
from policies.charter.reading import Read, refers
from policies.charter.table import Source, Table

TEXT = 'id = "one"\nto = ["dmz", "office"]\n'


def table() -> Table:
    return Table(Source("conduits.toml", Places(TEXT)), (), tomllib.loads(TEXT), "conduit")


def test_a_faulty_table_still_has_the_id_that_it_declares() -> None:
    assert Read(table(), None).id == "one"


@pytest.mark.parametrize(
    ("known", "remedies"),
    [
        pytest.param({"dmz", "office"}, [], id="each leads somewhere"),
        pytest.param({"dmz", "offices"}, ["Did you mean 'offices'?"], id="one nearly does"),
        pytest.param({"dmz"}, ["Describe the zone first, or correct the name."], id="one does not"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_fault_on_its_line(known: set[str], remedies: list[str]) -> None:
    given = table()
    refers(given, "to", ["dmz", "office"], frozenset(known), "zone")
    assert [(one.remedy, one.line) for one in given.faults] == [(remedy, 2) for remedy in remedies]
