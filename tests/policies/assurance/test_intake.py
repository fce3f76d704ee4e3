from datetime import timedelta

import pytest

from domain.errors import DecisionError
from policies.assurance.intake import document_cycle, equivalence_until, media_of, shown_name
from policies.assurance.periods import Period
from tests.for_each import for_each
from tests.policies.assurance.test_baseline import shipped
from tests.policies.plant import NOW, charter

FIELDS = {
    "name": "pid-cell-3",
    "kind": "EV-ZCM",
    "sort": "drawing",
    "title": "P&ID of cell 3",
    "owner": "olga",
    "zone": "operations",
    "vendor": "",
    "made": "2026-05-04T10:00:00Z",
    "every": "P1Y",
}


def refused(**changed: str) -> str:
    with pytest.raises(DecisionError) as caught:
        document_cycle(shipped(), charter(), FIELDS | changed, (), NOW)
    return caught.value.code


def test_a_drawing_has_its_owner_its_cycle_and_its_triggers() -> None:
    """G10, S-17: an intake of documents with the fields that other evidence has."""
    made, every = document_cycle(shipped(), charter(), FIELDS, ("zone_model_changed",), NOW)
    assert (made.day, every) == (4, Period(months=12))


@for_each(
    ("changed", "code"),
    [
        pytest.param({"name": "../../etc/passwd"}, "document_name", id="a name that is a path"),
        pytest.param({"name": ""}, "document_name", id="no name"),
        pytest.param({"kind": "EV-REC"}, "document_kind", id="a recording is no document"),
        pytest.param({"kind": "EV-EXC"}, "document_kind", id="an exception is none either"),
        pytest.param({"kind": "EV-X"}, "document_kind", id="unknown kind"),
        pytest.param({"sort": "song"}, "document_sort", id="unknown sort"),
        pytest.param({"title": " "}, "document_title", id="no title"),
        pytest.param({"title": "a\x1b[2Jb"}, "document_title", id="control characters"),
        pytest.param({"owner": "ana"}, "document_owner", id="a vendor's person answers for nothing here"),
        pytest.param({"owner": ""}, "document_owner", id="nobody"),
        pytest.param({"zone": "moon"}, "document_zone", id="unknown zone"),
        pytest.param({"vendor": "moon"}, "document_vendor", id="unknown vendor"),
        pytest.param({"made": "yesterday"}, "document_made", id="no instant"),
        pytest.param({"made": "2026-05-04T10:00:00"}, "document_made", id="an instant nowhere"),
        pytest.param({"made": "2126-05-04T10:00:00Z"}, "document_made", id="of the future"),
        pytest.param({"every": "often"}, "document_cycle", id="no period"),
        pytest.param({"every": "P4Y"}, "document_cycle", id="for ever"),
    ],
)
def test_what_can_not_be_taken_is_refused_with_a_code(changed: dict[str, str], code: str) -> None:
    assert refused(**changed) == code


def test_a_trigger_that_nothing_ever_pulls_is_refused() -> None:
    with pytest.raises(DecisionError) as caught:
        document_cycle(shipped(), charter(), FIELDS, ("full_moon",), NOW)
    assert caught.value.code == "document_trigger"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\p id.pdf", "p id.pdf"),
        ("a\x1b]0;x\x07\u202egpj.pdf", "a_]0;x__gpj.pdf"),
        ("", "unnamed"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_hostile_file_name_is_shown_and_never_used(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_what_a_document_is_is_seen_from_its_bytes() -> None:
    assert media_of(b"%PDF-1.7 \xff") == "application/pdf"
    assert media_of(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert media_of(b"plain") == "text/plain"
    assert media_of(b"\xff\xfe\x00") == "application/octet-stream"


def test_a_decision_on_equivalence_names_two_zones_an_owner_and_an_end_within_a_year() -> None:
    """S-18, J18."""
    fields = {
        "name": "drawings",
        "kind": "EV-ZCM",
        "from_zone": "operations",
        "to_zone": "pumping",
        "owner": "olga",
        "until": (NOW + timedelta(days=30)).isoformat(),
        "reason": "one drawing shows both",
    }
    assert equivalence_until(shipped(), charter(), fields, NOW) == NOW + timedelta(days=30)
    bad = {
        "equivalence_name": {"name": "Drawings!"},
        "equivalence_kind": {"kind": "EV-EXC"},
        "equivalence_zones": {"to_zone": "operations"},
        "equivalence_owner": {"owner": "ana"},
        "equivalence_reason": {"reason": " "},
        "equivalence_until": {"until": (NOW + timedelta(days=400)).isoformat()},
    }
    for code, changed in bad.items():
        with pytest.raises(DecisionError) as caught:
            equivalence_until(shipped(), charter(), fields | changed, NOW)
        assert caught.value.code == code
