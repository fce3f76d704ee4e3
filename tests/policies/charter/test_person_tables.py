import tomllib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.errors import ConfigError
from domain.parties import Binding, Leaving, LeavingKind, Person, ProofingKind
from policies.charter.documents import CharterError, read_charter
from policies.charter.person_tables import OUTSIDE, read_person
from policies.charter.places import Places
from policies.charter.table import Source, Table
from tests.policies.plant import CONTRACT_ENDS, ed25519_line, edited, files

HERE = ZoneInfo("Europe/Amsterdam")
NAME = "people.toml"
ANA = 'contact = "+31 20 555 0101"\n'


def ana(old: str = "", new: str = "") -> Person | None:
    text = files()[NAME].decode()
    assert old in text
    text = text.replace(old, new, 1) if old else text
    return read_person(
        Table(Source(NAME, Places(text)), ("person", 0), tomllib.loads(text)["person"][0], "person"), HERE
    )


def faults(old: str, new: str) -> tuple[ConfigError, ...]:
    with pytest.raises(CharterError) as caught:
        read_charter(edited(NAME, old, new))
    return caught.value.faults


def test_an_outside_person_is_read_with_key_and_admission() -> None:
    found = ana()
    assert found is not None
    assert found.ssh_keys == (ed25519_line(11),)
    assert found.admitted is not None
    assert found.admitted.end == CONTRACT_ENDS
    assert (found.admitted_by, found.auditor, found.shift) == ("olga", False, False)


def test_what_the_plant_knows_of_an_outside_person_is_read() -> None:
    """A13: proofing and personnel check; I05: training; each with its dates."""
    found = ana()
    assert found is not None
    assert found.proofed is not None
    assert (found.proofed.kind, found.proofed.by) == (ProofingKind.IN_PERSON, "olga")
    assert found.checked is not None
    assert found.checked.end == CONTRACT_ENDS
    assert [one.name for one in found.trainings] == ["Site safety and remote access"]
    assert (found.leaving, found.high_risk, found.subcontractor) == (None, False, None)


def test_somebody_who_leaves_a_sub_contractor_and_is_a_danger_is_read_so() -> None:
    given = (
        ANA
        + 'subcontractor = "northgate"\nhigh_risk = true\nleaving = { kind = "terminated", noticed = 2026-06-01T10:00:00Z }\n'
    )
    found = ana(ANA, given)
    assert found is not None
    assert (found.subcontractor, found.high_risk) == ("northgate", True)
    at = datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert found.leaving == Leaving(LeavingKind.TERMINATED, at, at)


def test_a_reassignment_ends_with_the_next_calendar_day_on_the_plants_clock() -> None:
    """I02: enforced at the deadline, in the plant's own time zone."""
    found = ana(ANA, ANA + 'leaving = { kind = "reassigned", noticed = 2026-06-01T23:30:00+02:00 }\n')
    assert found is not None
    assert found.leaving is not None
    assert found.leaving.until == datetime(2026, 6, 2, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param('kind = "in-person"', 'kind = "telephone"', "'kind' is 'telephone'", id="no kind of proofing"),
        pytest.param(ANA, ANA + 'leaving = { kind = "retired", noticed = 2026-06-01 }\n', "'kind' is 'retired'", id="no kind of leaving"),
        pytest.param(ANA, ANA + 'leaving = { kind = "terminated" }\n', "'noticed' is missing", id="leaving at no time"),
        pytest.param('by = "Brightwater, personnel office"', 'note = "x"', "'by' is missing", id="a check that nobody vouches for"),
        pytest.param('name = "Site safety and remote access"', 'title = "x"', "'name' is missing", id="a course without a name"),
        pytest.param('id = "petra"', 'id = "petra"\nhigh_risk = true', "of outside people only", id="a person of the plant"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_line_and_remedy(old: str, new: str, says: str) -> None:
    matching = [one for one in faults(old, new) if says in one.fact]
    assert matching
    assert all(one.file == NAME and one.line and one.remedy for one in matching)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('by = "olga"', "by = 7", id="an admission makes its person faulty"),
        pytest.param('by = "olga"', 'by = "olga"\nnote = "x"', id="an unknown field in it too"),
        pytest.param('kind = "in-person"', "kind = 1", id="a proofing makes its person faulty"),
        pytest.param(
            'vendor = "brightwater"', 'vendor = "brightwater"\nside = "ot"', id="a side of the plant"
        ),
        pytest.param("[[person.training]]\nname", "[[person.training]]\nnames", id="a training too"),
    ],
)
def test_a_table_with_a_fault_gives_nothing(old: str, new: str) -> None:
    assert ana(old, new) is None


def test_what_is_written_of_outside_people_only_is_named() -> None:
    assert "proofed" in OUTSIDE


SIGN_IN = '[[person.sign_in]]\nissuer = "https://login.example"\nsubject = "00u1"\n'
ADMITTED = "[person.admitted]"


def test_what_an_identity_provider_calls_somebody_is_read_to_the_letter() -> None:
    second = SIGN_IN.replace("00u1", "00U1")
    found = ana(ADMITTED, SIGN_IN + second + ADMITTED)
    assert found is not None
    assert found.bindings == (
        Binding("https://login.example", "00u1"),
        Binding("https://login.example", "00U1"),
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(
            SIGN_IN.replace("https", "http"), "not the address of an identity provider", id="in clear"
        ),
        pytest.param(SIGN_IN.replace("00u1", "x" * 256), "can be nobody's subject", id="too long a subject"),
        pytest.param(SIGN_IN.replace('"00u1"', '""'), "subject", id="no subject"),
        pytest.param(
            SIGN_IN + 'email = "ana@example"\n', "'email' is not a field", id="an e-mail address beside"
        ),
        pytest.param(SIGN_IN + SIGN_IN, "already 'ana'", id="written twice"),
    ],
)
def test_a_binding_that_could_mean_anybody_is_a_fault(given: str, words: str) -> None:
    (fault,) = faults(ADMITTED, given + ADMITTED)
    assert words in fault.fact
    assert fault.line > 0


def test_two_persons_are_never_bound_to_one_subject() -> None:
    both = edited("people.toml", ADMITTED, SIGN_IN + ADMITTED)
    text = both["people.toml"].decode()
    second = text.index('id = "ben"')
    at = text.index(ADMITTED, second)
    both["people.toml"] = (text[:at] + SIGN_IN + text[at:]).encode()
    with pytest.raises(CharterError) as caught:
        read_charter(both)
    assert "already 'ana'" in caught.value.fact


def test_a_charter_finds_whom_a_provider_means_and_nobody_by_half_a_binding() -> None:
    read = read_charter(edited("people.toml", ADMITTED, SIGN_IN + ADMITTED))
    found = read.person_bound_to(Binding("https://login.example", "00u1"))
    assert found is not None
    assert found.id == "ana"
    for issuer, subject in (("https://other.example", "00u1"), ("https://login.example", "00U1")):
        assert read.person_bound_to(Binding(issuer, subject)) is None
