import tomllib

from policies.charter.party_tables import read_rules
from policies.charter.places import Places
from policies.charter.table import Source, Table
from policies.rules import REGISTERED
from tests.for_each import for_each


def rules(*ids: str) -> Table:
    text = f"in_force = {list(ids)}"
    return Table(Source("rules.toml", Places(text)), (), tomllib.loads(text), "")


def test_the_rules_are_the_same_however_they_are_ordered() -> None:
    assert read_rules(rules(*reversed(REGISTERED))) == tuple(REGISTERED.values())


@for_each("left_out", REGISTERED)
def test_no_rule_may_be_left_out(left_out: str) -> None:
    given = rules(*(one for one in REGISTERED if one != left_out))
    read_rules(given)
    assert [left_out in fault.fact for fault in given.faults] == [True]


def test_an_empty_list_of_rules_is_one_fault() -> None:
    given = rules()
    assert read_rules(given) == ()
    assert len(given.faults) == 1
