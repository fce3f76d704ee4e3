import re

import pytest

from policies.charter.documents import CharterError, read_charter
from tests.for_each import for_each
from tests.policies.plant import charter, edited, files

TRIP = """
[[safety_dependency]]
id = "overpressure-trip"
zone = "safety"
function = "Overpressure trip of the raw water main, SIF-3"
harm = "A session that is cut during the proof test leaves the trip bypassed"
key_switch = "PROGRAM, turned by the shift for the window; RUN at all other times"

[safety_dependency.signed]
safety = "sven"
security = "olga"
on = 2026-01-12
text = "TEXT"
"""
SIGNED = "00827f42f86713af"

ATTRIBUTES = (
    "accountable", "sl_t", "logical_boundary", "physical_boundary", "requirements", "policies",
    "assumptions", "dependencies",
)  # fmt: skip
ZONE_ONLY = ("id", "name", "site", "kind", "criticality", "safety")
CONDUIT_ONLY = (
    "id",
    "name",
    "from",
    "to",
    "direction",
    "purpose",
    "owner",
    "failure",
    "success",
    "vendors",
    "longest_window",
)
ACCESS = ("logical_access", "physical_access")


def with_trip(text: str = SIGNED, old: str = "", new: str = "") -> dict[str, bytes]:
    given = files()
    trip = TRIP.replace("TEXT", text)
    assert old in trip
    given["zones.toml"] += trip.replace(old, new).encode()
    return given


def faults(given: dict[str, bytes]) -> list[str]:
    with pytest.raises(CharterError) as raised:
        read_charter(given)
    return [str(one) for one in raised.value.faults]


@for_each(
    ("file", "field"),
    [
        *(pytest.param("zones.toml", one, id=f"a zone's {one}") for one in ZONE_ONLY + ATTRIBUTES),
        *(pytest.param("conduits.toml", one, id=f"a conduit's {one}") for one in CONDUIT_ONLY + ATTRIBUTES),
    ],
)
def test_a_zone_or_conduit_that_lacks_an_attribute_is_refused_with_its_line(file: str, field: str) -> None:
    """C01: drop each attribute of ZCR 6.4, and the charter takes no effect."""
    given = files()
    given[file] = re.sub(rf"(?m)^{field} = .*\n", "", given[file].decode(), count=1).encode()
    with pytest.raises(CharterError) as raised:
        read_charter(given)
    first = next(one for one in raised.value.faults if one.file == file)
    assert f"'{field}' is missing" in first.fact
    assert first.line > 1
    assert first.remedy


@for_each("file", ["zones.toml", "conduits.toml"])
@for_each("key", ACCESS)
@for_each(
    ("change", "says"),
    [
        pytest.param("", "is missing", id="no table of access points"),
        pytest.param("[{0}.{1}]\n", "names no access point", id="an empty one"),
        pytest.param('[{0}.{1}]\n"port 3" = ""\n', "is empty", id="a point without its data flow"),
        pytest.param(
            '[{0}.{1}]\n"port\\u001b[2J" = "x"\n', "control or invisible", id="a point named to deceive"
        ),
    ],
)
def test_each_access_point_says_what_flows_through_it(file: str, key: str, change: str, says: str) -> None:
    """C01: logical and physical access points, data flows per access point."""
    given = files()
    kind = file.removesuffix("s.toml")
    text = given[file].decode()
    text = re.sub(rf"(?m)^\[{kind}\.{key}\]\n(?:\".*\n)*", lambda _: change.format(kind, key), text, count=1)
    given[file] = text.encode()
    found = faults(given)
    assert any(says in one and file in one for one in found)
    assert not any("\x1b" in one for one in found)


def test_the_records_are_in_the_charter_and_read_back_alike() -> None:
    """C01: what is written down round-trips."""
    zone, conduit = charter().zones["pumping"], charter().conduits["dmz-pumping"]
    assert zone.record.logical_access["switch sw-ops, port to VLAN 21"].startswith("Modbus from operations")
    assert zone.sl_t.levels == (3, 2, 3, 1, 3, 2, 3)
    assert conduit.record.accountable == "Riverside Water, OT engineering"
    again = read_charter(files())
    assert (again.zones, again.conduits) == (charter().zones, charter().conduits)
    assert again.digest == charter().digest


def test_a_safety_record_names_the_function_the_harm_and_both_signatures() -> None:
    """J06, S-19: the safety function, how security could harm it, joint sign-off."""
    record = read_charter(with_trip()).dependencies["overpressure-trip"]
    assert (record.zone, record.safety, record.security) == ("safety", "sven", "olga")
    assert record.signed_on.isoformat() == "2026-01-12"
    assert record.text() == SIGNED


@pytest.mark.parametrize("field", ["function", "harm", "key_switch"])
def test_a_record_edited_after_it_was_signed_is_refused_and_says_what_to_write(field: str) -> None:
    """J06: an edit makes the signature worthless."""
    text = re.sub(rf'(?m)^{field} = ".*"$', f'{field} = "something else"', TRIP.replace("TEXT", SIGNED))
    (only,) = faults({**files(), "zones.toml": files()["zones.toml"] + text.encode()})
    assert "what was signed is not what stands here now" in only
    (new,) = re.findall(r'write text = "([0-9a-f]{16})"', only)
    given = text.replace(SIGNED, new)
    assert read_charter({**files(), "zones.toml": files()["zones.toml"] + given.encode()}).dependencies


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('security = "olga"', 'security = "sven"', "both signatures are of one person", id="one person twice"),
        pytest.param('security = "olga"', 'security = "ana"', "vendor's person", id="a vendor's person"),
        pytest.param('security = "olga"', 'security = "nobody"', "no person 'nobody'", id="nobody"),
        pytest.param('zone = "safety"', 'zone = "pumping"', "no safety zone", id="a zone that is no safety zone"),
        pytest.param('zone = "safety"', 'zone = "sfety"', "no zone 'sfety'", id="an unknown zone"),
        pytest.param("on = 2026-01-12", 'on = "2026-01-12"', "not a date", id="a day in quotes"),
        pytest.param("[safety_dependency.signed]", "[safety_dependency.singed]", "nobody has signed it", id="no signature"),
        pytest.param('harm = "A session', 'harm = "" # "A session', "'harm' is empty", id="no harm"),
    ],
)  # fmt: skip
def test_a_safety_record_that_is_not_whole_is_refused(old: str, new: str, says: str) -> None:
    assert any(says in one for one in faults(with_trip(old=old, new=new)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param(
            'from = "deniz"', 'from = "ana"', "vendor's person", id="a vendor's person for the plant"
        ),
        pytest.param('from = "deniz"', 'from = "denis"', "no person 'denis'", id="nobody"),
        pytest.param("on = 2025-01-13", "on = true", "not a date", id="no day"),
    ],
)
def test_an_agreement_is_of_two_persons_of_the_plant(old: str, new: str, says: str) -> None:
    before, after = files()["conduits.toml"].decode().split('id = "office-dmz"')
    assert old in after
    given = {**files(), "conduits.toml": f'{before}id = "office-dmz"{after.replace(old, new)}'.encode()}
    assert any(says in one for one in faults(given))


def test_a_conduit_may_name_only_a_safety_record_that_there_is() -> None:
    named = 'longest_window = "4h"\nsafety_dependency = "none"'
    found = faults(edited("conduits.toml", 'longest_window = "4h"', named))
    assert any("no safety dependency 'none'" in one for one in found)
