import tomllib
from zoneinfo import ZoneInfo

import pytest

from policies.charter.party_tables import read_person, read_rules, read_vendor
from policies.charter.places import Places
from policies.charter.table import Source, Table
from policies.rules import REGISTERED
from tests.policies.plant import CONTRACT_ENDS, ed25519_line, files

HERE = ZoneInfo("Europe/Amsterdam")


def first(name: str, key: str, old: str = "", new: str = "") -> Table:
    text = files()[name].decode().replace(old, new, 1) if old else files()[name].decode()
    return Table(Source(name, Places(text)), (key, 0), tomllib.loads(text)[key][0], key)


def rules(*ids: str) -> Table:
    text = f"in_force = {list(ids)}"
    return Table(Source("rules.toml", Places(text)), (), tomllib.loads(text), "")


def test_a_vendor_is_read_with_its_contract() -> None:
    vendor = read_vendor(first("vendors.toml", "vendor"), HERE)
    assert vendor is not None
    assert vendor.contracts[0].reference == "Maintenance agreement BW-114"
    assert vendor.contracts[0].window.end == CONTRACT_ENDS


def test_an_outside_person_is_read_with_key_and_admission() -> None:
    ana = read_person(first("people.toml", "person"), HERE)
    assert ana is not None
    assert ana.ssh_keys == (ed25519_line(11),)
    assert ana.admitted is not None
    assert ana.admitted.end == CONTRACT_ENDS
    assert (ana.admitted_by, ana.auditor, ana.shift) == ("olga", False, False)


@pytest.mark.parametrize(
    ("name", "key", "old", "new"),
    [
        pytest.param(
            "vendors.toml", "vendor", "assets = [", "asset = [", id="a contract makes its vendor faulty"
        ),
        pytest.param(
            "people.toml", "person", 'by = "olga"', "by = 7", id="an admission makes its person faulty"
        ),
        pytest.param(
            "people.toml", "person", 'by = "olga"', 'by = "olga"\nnote = "x"', id="an unknown field in it too"
        ),
        pytest.param(
            "people.toml",
            "person",
            'vendor = "brightwater"',
            'vendor = "brightwater"\nside = "ot"',
            id="a vendor's person of a side of the plant",
        ),
    ],
)
def test_a_table_with_a_fault_gives_nothing(name: str, key: str, old: str, new: str) -> None:
    given = first(name, key, old, new)
    read = {"vendor": read_vendor, "person": read_person}[key]
    assert read(given, HERE) is None
    assert given.faults


def test_the_rules_are_the_same_however_they_are_ordered() -> None:
    assert read_rules(rules(*reversed(REGISTERED))) == tuple(REGISTERED.values())


@pytest.mark.parametrize("left_out", REGISTERED)
def test_no_rule_may_be_left_out(left_out: str) -> None:
    given = rules(*(one for one in REGISTERED if one != left_out))
    read_rules(given)
    assert [left_out in fault.fact for fault in given.faults] == [True]


def test_an_empty_list_of_rules_is_one_fault() -> None:
    given = rules()
    assert read_rules(given) == ()
    assert len(given.faults) == 1
