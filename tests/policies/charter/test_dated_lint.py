from datetime import UTC, datetime

import pytest

from policies.charter.dated_lint import dated_findings
from policies.charter.documents import read_charter
from tests.policies.plant import charter, edited
from tests.policies.water import water

TODAY = datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_in_the_samples_nothing_is_dated_ahead_and_nothing_over() -> None:
    assert list(dated_findings(charter(), TODAY)) == []
    assert list(dated_findings(water(), TODAY)) == []


def test_a_year_mistyped_is_found_until_that_day_has_come() -> None:
    read = read_charter(edited("conduits.toml", "on = 2025-01-13", "on = 2027-01-13"))
    ahead = [one for one in dated_findings(read, datetime(2027, 1, 12, 22, 59, tzinfo=UTC)) if not one.note]
    (only,) = ahead
    assert (only.code, only.subject, only.field) == ("dated_ahead", "conduit dmz-operations", "agreed.on")
    assert "2027-01-13" in only.sentence
    # Midnight in Amsterdam, where the plant reads its dates, comes an hour before that of UTC.
    assert not [one for one in dated_findings(read, datetime(2027, 1, 12, 23, tzinfo=UTC)) if not one.note]


@pytest.mark.parametrize(
    ("name", "old", "new", "subject", "words"),
    [
        pytest.param("vendors.toml", 'KA-2207"\nfrom = 2026-01-01\nuntil = 2027-01-01', 'KA-2207"\nfrom = 2025-01-01\nuntil = 2026-01-01', "contract Support order KA-2207", "Kestrel Automation is under no other", id="the only contract"),
        pytest.param("people.toml", "[person.admitted]\nfrom = 2026-01-01\nuntil = 2027-01-01", "[person.admitted]\nfrom = 2025-01-01\nuntil = 2026-01-01", "person ana", "everything that Ana Ferreira asks for is refused", id="an admission"),
        pytest.param("people.toml", "[person.checked]\nfrom = 2026-01-01\nuntil = 2027-01-01", "[person.checked]\nfrom = 2025-01-01\nuntil = 2026-01-01", "person ana", "Their 'checked' ended on 2026-01-01", id="a personnel check"),
        pytest.param("people.toml", 'access"\nfrom = 2026-01-01\nuntil = 2027-01-01', 'access"\nfrom = 2025-01-01\nuntil = 2026-01-01', "person ana", "'Site safety and remote access' is over", id="a course"),
    ],
)  # fmt: skip
def test_what_has_ended_is_noted(name: str, old: str, new: str, subject: str, words: str) -> None:
    (only,) = dated_findings(read_charter(edited(name, old, new)), TODAY)
    assert (only.code, only.subject, only.note) == ("ended", subject, True)
    assert words in only.sentence


def test_an_old_contract_beside_a_running_one_is_only_history() -> None:
    old = '[[vendor]]\nid = "kestrel"'
    past = '[[vendor.contract]]\nreference = "Order of 2020"\nfrom = 2020-01-01\nuntil = 2021-01-01\nassets = ["eng-ws-1"]\n\n'
    assert list(dated_findings(read_charter(edited("vendors.toml", old, past + old)), TODAY)) == []
