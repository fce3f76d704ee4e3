"""What exceptions must agree with: the people, the boundaries, each other; and who may grant the third renewal."""

from collections.abc import Mapping

import pytest

from policies.charter.charter import Charter
from policies.charter.documents import CharterError, read_charter
from tests.policies.plant import edited, files

ENTRY = """
[[exception]]
id = "{id}"
owner = "olga"
granted_by = "{by}"
reason = "The contract is being renegotiated"
compensating = "Somebody of the shift sits beside every session"
lifts = ["contract_term_missing"]
vendor = "brightwater"
boundary = "{boundary}"
from = {since}
until = {until}
"""


def entry(number: int, by: str = "petra", *, boundary: str = "operations", renews: int | None = None) -> str:
    months = f"2026-{2 * number - 1:02}-01", f"2026-{2 * number + 1:02}-01"
    text = ENTRY.format(id=f"ex-{number}", by=by, boundary=boundary, since=months[0], until=months[1])
    return text + (f'renews = "ex-{renews}"\n' if renews else "")


def read(*entries: str, given: Mapping[str, bytes] | None = None) -> Charter:
    found = dict(given or files())
    found["exceptions.toml"] += "".join(entries).encode()
    return read_charter(found)


def faults(*entries: str, given: Mapping[str, bytes] | None = None) -> str:
    with pytest.raises(CharterError) as error:
        read(*entries, given=given)
    return " ".join(str(one) for one in error.value.faults)


def test_the_sample_charter_tolerates_nothing() -> None:
    assert read().exceptions == ()


def test_the_holder_grants_and_renews_twice_j05() -> None:
    """J05: what the boundary's holder can do."""
    charter = read(entry(1), entry(2, renews=1), entry(3, "deniz", renews=2))
    assert [one.id for one in charter.exceptions] == ["ex-1", "ex-2", "ex-3"]


def test_the_third_renewal_is_not_the_holders_j05() -> None:
    """J05: the third renewal goes to the executive; the holder is blocked."""
    said = faults(entry(1), entry(2, renews=1), entry(3, renews=2), entry(4, renews=3))
    assert "renewal number 3" in said
    assert "exceptions.toml" in said


SVEN = edited("rights.toml", 'executive = "nora"', 'executive = "sven"')


def test_the_third_renewal_is_the_executives_j05() -> None:
    """J05: somebody above the boundary looks at what was tolerated for the third time."""
    before = [entry(1), entry(2, renews=1), entry(3, renews=2)]
    assert len(read(*before, entry(4, "sven", renews=3), given=SVEN).exceptions) == 4
    assert "have 'sven' grant it" in faults(*before, entry(4, "petra", renews=3), given=SVEN).lower()
    nobody = edited("rights.toml", 'executive = "nora"\n', "")
    assert "names no executive" in faults(*before, entry(4, "petra", renews=3), given=nobody)


def test_an_executive_who_holds_the_boundary_does_not_count_as_one_j05() -> None:
    """J05: going up a level is going to somebody else."""
    before = [entry(1), entry(2, renews=1), entry(3, renews=2)]
    petra = edited("rights.toml", 'executive = "nora"', 'executive = "petra"')
    assert "who does not hold the boundary" in faults(*before, entry(4, "petra", renews=3), given=petra)


def test_the_sample_s_executive_holds_no_boundary_j05() -> None:
    """J05: so that its third renewal has somebody to go up to."""
    before = [entry(1), entry(2, renews=1), entry(3, renews=2)]
    assert len(read(*before, entry(4, "nora", renews=3)).exceptions) == 4


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(('owner = "olga"', 'owner = "ana"'), "vendor's person", id="a vendor answers"),
        pytest.param(('owner = "olga"', 'owner = "nobody"'), "no person 'nobody'", id="a stranger answers"),
        pytest.param(
            ('granted_by = "petra"', 'granted_by = "olga"'), "does not hold 'connect'", id="not the holder"
        ),
        pytest.param(('granted_by = "petra"', 'granted_by = "ben"'), "vendor's person", id="a vendor grants"),
        pytest.param(('"brightwater"', '"nobody"'), "no vendor 'nobody'", id="no such vendor"),
        pytest.param(
            ('"operations"', '"plc-07"'), "no conduit, zone, site or organisation", id="no boundary"
        ),
    ],
)
def test_whoever_and_whatever_is_named_must_be_there_s36(changed: tuple[str, str], expected: str) -> None:
    """S-36: an owner, and a grant by whoever holds the boundary."""
    assert expected in faults(entry(1).replace(*changed))


def test_an_id_is_taken_once() -> None:
    assert "already taken" in faults(entry(1), entry(2, renews=1).replace("ex-2", "ex-1"))


@pytest.mark.parametrize("boundary", ["riverside-water", "riverside", "operations", "dmz-operations"])
def test_a_boundary_is_any_that_a_right_is_held_over(boundary: str) -> None:
    if boundary == "riverside-water":  # which nobody holds: the site's deputy has no say over the whole
        assert "does not hold 'connect'" in faults(entry(1, "deniz", boundary=boundary))
    else:
        assert read(entry(1, "deniz", boundary=boundary)).exceptions[0].boundary == boundary


def test_a_renewal_under_another_name_is_a_renewal_j05() -> None:
    """J05: the count can't be begun anew."""
    assert "lifted the same" in faults(entry(1), entry(2))


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param(entry(2, renews=7), "no exception 'ex-7'", id="what it renews was taken out"),
        pytest.param(entry(2, renews=1, boundary="pumping"), "something else", id="another boundary"),
        pytest.param(
            entry(2, renews=1).replace('["contract', '["no_deputy", "contract'),
            "something else",
            id="lifts more",
        ),
        pytest.param(entry(2, renews=1).replace("2026-03-01", "2026-02-28"), "begins before", id="overlaps"),
        pytest.param(entry(2, renews=1) + entry(3, renews=1), "renews it already", id="two renew one"),
    ],
)
def test_a_renewal_follows_upon_one_exception_and_lifts_no_more_j05(second: str, expected: str) -> None:
    """J05: a chain, with every link written down."""
    assert expected in faults(entry(1), second)


def test_a_holder_whose_right_has_not_begun_grants_nothing_s36() -> None:
    """S-36: the grant is judged at the instant at which the exception begins."""
    given = edited("rights.toml", "from = 2026-01-01", "from = 2026-02-01")
    assert "does not hold 'connect'" in faults(entry(1, "deniz"), given=given)
