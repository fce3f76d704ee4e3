import pytest

from policies.charter.documents import CharterError, read_charter
from tests.policies.plant import edited, files

DELEGATION = """
[[delegation]]
right = "connect"
boundary = "riverside"
by = "{by}"
to = "{to}"
actions = ["view"]
states = ["maintenance"]
approved = 2026-02-01
from = 2026-02-01
until = {until}
"""


def faults_of(given: dict[str, bytes]) -> list[str]:
    try:
        read_charter(given)
    except CharterError as error:
        return [one.fact for one in error.faults]
    return []


def delegated(by: str = "petra", to: str = "milo", until: str = "2026-08-01") -> dict[str, bytes]:
    sample = files()
    text = sample["rights.toml"].decode() + DELEGATION.format(by=by, to=to, until=until)
    return {**sample, "rights.toml": text.encode()}


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        pytest.param(
            'holder = "petra"', 'holder = "ana"',
            ["right 'connect': 'ana' is a vendor's person and can't hold a right of the plant."],
            id="a vendor's person as holder",
        ),
        pytest.param(
            'deputy = "deniz"', 'deputy = "ben"',
            ["right 'connect': 'ben' is a vendor's person and can't hold a right of the plant."],
            id="a vendor's person as deputy",
        ),
        pytest.param(
            'arbiter = "olga"', 'arbiter = "ben"',
            ["right 'connect': 'ben' is a vendor's person and can't hold a right of the plant."],
            id="a vendor's person as arbiter",
        ),
        pytest.param(
            'side = "ot"', 'side = "ot"\nothers = ["sven", "ben"]',
            ["right 'connect': 'ben' is a vendor's person and can't hold a right of the plant."],
            id="a vendor's person among the others",
        ),
        pytest.param(
            'boundary = "riverside"', 'boundary = "riversyde"',
            ["right 'connect': there is no conduit, zone, site or organisation 'riversyde'."],
            id="a boundary that is not there",
        ),
        pytest.param(
            'executive = "nora"', 'executive = "ben"',
            ["escalation: 'ben' is a vendor's person and can't hold a right of the plant."],
            id="a vendor's person at the end of the ladder",
        ),
    ],
)  # fmt: skip
def test_every_seat_is_filled_by_a_person_of_the_plant(old: str, new: str, facts: list[str]) -> None:
    """B10: vendor persons never approve."""
    assert faults_of(edited("rights.toml", old, new)) == facts


@pytest.mark.parametrize(
    ("person", "field"),
    [("petra", "holder"), ("deniz", "deputy"), ("olga", "arbiter")],
)
@pytest.mark.parametrize(
    "side", [pytest.param('side = "it"\n', id="of IT"), pytest.param("", id="of no side")]
)
def test_an_ot_seat_is_filled_by_ot_and_it_is_no_arbiter_of_it(person: str, field: str, side: str) -> None:
    """J15, S-12: a charter that says otherwise takes no effect."""
    text = files()["people.toml"].decode()
    start = text.index(f'id = "{person}"')
    changed = text[:start] + text[start:].replace('side = "ot"\n', side, 1)
    found = faults_of({**files(), "people.toml": changed.encode()})
    assert f"right 'connect': '{person}' is not of the side OT, whose seat this is." in found
    assert field


def test_an_it_seat_is_filled_by_it_where_the_charter_says_so() -> None:
    """J15: the other way round too."""
    found = faults_of(edited("rights.toml", 'side = "ot"', 'side = "it"'))
    assert [one.split(":")[1].split()[0] for one in found] == ["'petra'", "'deniz'", "'olga'"]


def test_the_second_key_is_turned_by_ot_whether_or_not_the_charter_says_so() -> None:
    """J15, B17: no IT person turns it."""
    text = files()["people.toml"].decode()
    start = text.index('id = "sven"')
    changed = text[:start] + text[start:].replace('side = "ot"', 'side = "it"', 1)
    found = faults_of({**files(), "people.toml": changed.encode()})
    assert found == ["right 'safety': 'sven' is not of the side OT, whose seat this is."]


@pytest.mark.parametrize(
    ("given", "sound"),
    [
        pytest.param(delegated(), True, id="by the holder, within their time"),
        pytest.param(delegated(by="deniz"), False, id="by the deputy"),
        pytest.param(delegated(by="olga", to="sven"), False, id="by one who holds another right"),
        pytest.param(delegated(until="2027-02-01"), False, id="beyond the holder's own time"),
        pytest.param(delegated(to="ben"), False, id="to a vendor's person"),
        pytest.param(delegated(to="olga"), False, id="to the arbiter"),
        pytest.param(delegated(to="deniz"), False, id="to the deputy"),
        pytest.param(delegated(to="nobody"), False, id="to nobody the charter knows"),
        pytest.param(delegated(to="iris"), False, id="to somebody of no side, of an OT seat"),
    ],
)
def test_only_a_holder_delegates_within_their_own_time_to_one_who_could_hold_it(
    given: dict[str, bytes], sound: bool
) -> None:
    """B03: approved by the holder, and by nobody else."""
    assert (faults_of(given) == []) is sound


def test_a_right_has_one_entry_at_a_time() -> None:
    text = files()["rights.toml"].decode().replace('right = "identity"', 'right = "connect"', 1)
    found = faults_of({**files(), "rights.toml": text.encode()})
    assert found == ["right 'connect': 'petra' holds this right over 'riverside' at the same time."]
