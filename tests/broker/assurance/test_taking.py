from pathlib import Path

import pytest

from broker.assurance.documents import Documents
from broker.assurance.taking import (
    document_ended,
    document_taken,
    equivalence_decided,
    finding_closed,
    finding_raised,
    trigger_noted,
)
from domain.errors import DecisionError, EvidenceError
from tests.policies.assurance.leaves import collection
from tests.policies.assurance.test_intake import FIELDS
from tests.policies.plant import NOW, charter


def test_a_document_is_kept_before_its_leaf_is_made_and_nothing_of_its_name_is_a_path(tmp_path: Path) -> None:
    """G10, S-17: by hash, with metadata, owner, cycle and triggers; a hostile name is only shown."""
    kept = Documents(tmp_path)
    event = document_taken(
        kept, charter(), FIELDS, ("zone_model_changed",), b"%PDF-1.7", "../../x\x1b.pdf", NOW, "olga"
    )
    assert kept.read(event.digest) == b"%PDF-1.7"
    assert (event.file, event.media, event.every) == ("x_.pdf", "application/pdf", "P12M")
    assert [one.name for one in tmp_path.iterdir()] == [event.digest]


def test_what_is_refused_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(DecisionError):
        document_taken(Documents(tmp_path), charter(), FIELDS | {"owner": ""}, (), b"x", "x", NOW, "olga")
    with pytest.raises(EvidenceError):
        document_taken(Documents(tmp_path), charter(), FIELDS, (), b"", "x", NOW, "olga")
    assert not list(tmp_path.iterdir())


def test_only_a_document_that_stands_can_end(tmp_path: Path) -> None:
    taken = document_taken(Documents(tmp_path), charter(), FIELDS, (), b"x", "x", NOW, "olga")
    said = collection(taken).said
    assert document_ended(said, "pid-cell-3", "torn down", NOW, "olga").name == "pid-cell-3"
    for name, reason, code in (("other", "r", "document_unknown"), ("pid-cell-3", " ", "reason_missing")):
        with pytest.raises(DecisionError) as caught:
            document_ended(said, name, reason, NOW, "olga")
        assert caught.value.code == code


def test_somebody_notes_only_what_some_control_listens_to() -> None:
    assert (
        trigger_noted(charter(), "drift_detected", "operations", "a scan", NOW, "olga").zone == "operations"
    )
    for name, zone, code in (
        ("full_moon", "", "trigger_unknown"),
        ("drift_detected", "moon", "trigger_zone"),
    ):
        with pytest.raises(DecisionError) as caught:
            trigger_noted(charter(), name, zone, "r", NOW, "olga")
        assert caught.value.code == code


def test_a_finding_goes_to_its_register_and_is_closed_once() -> None:
    """S-20, J16: one register, by rule."""
    raised = finding_raised(charter(), "eng-ws-1", "unsupported firmware", NOW, "iris")
    said = collection(raised).said
    closed = finding_closed(said, raised.finding, "replaced", NOW, "petra")
    with pytest.raises(DecisionError) as caught:
        finding_closed(collection(raised, closed).said, raised.finding, "again", NOW, "petra")
    assert caught.value.code == "finding_not_open"


def test_an_equivalence_is_somebodys_and_ends() -> None:
    """S-18: owner and date."""
    fields = {
        "name": "drawings",
        "kind": "EV-ZCM",
        "from_zone": "operations",
        "to_zone": "pumping",
        "owner": "olga",
        "until": "2026-12-31T00:00:00+01:00",
        "reason": "one drawing",
    }
    event = equivalence_decided(charter(), fields, NOW, "local:olga")
    assert (event.owner, event.until.isoformat()) == ("olga", "2026-12-30T23:00:00+00:00")
