import pytest

from policies.charter.documents import read_charter
from policies.charter.party_lint import party_findings
from tests.policies.plant import edited
from tests.policies.water import water

PROOFED = 'kind = "in-person"\nby = "olga"'


def test_the_utility_has_nothing_to_reconsider() -> None:
    assert list(party_findings(water())) == []


@pytest.mark.parametrize(
    ("new", "found"),
    [
        pytest.param('kind = "in-person"\nby = "Olga Brandt"', ["person ana"], id="a name"),
        pytest.param('kind = "video"\nby = "ben"', ["person ana"], id="a vendor's person"),
        pytest.param('kind = "by-vendor"\nby = "Brightwater, personnel office"', [], id="the vendor's word"),
        pytest.param('kind = "video"\nby = "petra"', [], id="somebody of the plant"),
    ],
)
def test_who_saw_a_person_is_somebody_of_the_plant(new: str, found: list[str]) -> None:
    read = read_charter(edited("people.toml", PROOFED, new))
    assert [one.subject for one in party_findings(read) if one.code == "proofed_by_nobody"] == found


def test_a_tool_without_a_document_is_noted_where_its_vendors_have_another() -> None:
    """I08: a tool without its documents is not selectable, and its author hears of it before a vendor does."""
    old = 'terminate = "Instruction OT-32'
    read = read_charter(edited("vendors.toml", old, "# " + old))
    found = {one.subject: one for one in party_findings(read)}
    assert found["tool winscp"].note
    assert "terminate" in found["tool winscp"].sentence


def test_a_tool_without_a_document_is_to_be_mended_where_a_vendor_has_no_other() -> None:
    """I08."""
    given = edited("vendors.toml", '["openssh", "asyncssh", "paramiko", "putty", "browser"]', '["libssh"]')
    (only,) = party_findings(read_charter(given))
    assert (only.code, only.note) == ("tool_undocumented", False)
    assert "Kestrel Automation with nothing else" in only.sentence


@pytest.mark.parametrize(("subject", "found"), [("ana@brightwater.example", ["person ana"]), ("00u1ab", [])])
def test_a_subject_that_may_pass_to_somebody_else_is_told(subject: str, found: list[str]) -> None:
    given = f'[[person.sign_in]]\nissuer = "https://login.example"\nsubject = "{subject}"\n'
    read = read_charter(edited("people.toml", "[person.admitted]", given + "[person.admitted]"))
    assert [one.subject for one in party_findings(read) if one.code == "subject_is_an_address"] == found
