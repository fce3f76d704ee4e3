from datetime import timedelta
from typing import Any

from domain.events import (
    CharterLoaded,
    DocumentEnded,
    DocumentTaken,
    EvidenceCollected,
    HeadStamped,
    LeavingNoticed,
)
from domain.ids import PersonId
from policies.assurance.register_items import documents, in_force_by, register_items
from tests.policies.assurance.leaves import DAY, applied, collection
from tests.policies.assurance.test_baseline import shipped
from tests.policies.plant import NOW, charter


def drawing(**more: Any) -> DocumentTaken:
    given: dict[str, Any] = {
        "at": NOW - DAY,
        "name": "pid-cell-3",
        "kind": "EV-ZCM",
        "sort": "drawing",
        "title": "P&ID of cell 3",
        "digest": "7" * 64,
        "size_bytes": 9,
        "media": "application/pdf",
        "file": "pid.pdf",
        "owner": PersonId("olga"),
        "zone": "operations",
        "vendor": "",
        "made": NOW - 30 * DAY,
        "every": "P1Y",
        "triggers": ("zone_model_changed",),
        "by": "olga",
    }
    return DocumentTaken(**given | more)


def items(*events: Any) -> list[Any]:
    return list(register_items(shipped(), charter(), collection(*events), NOW))


def test_the_charter_is_evidence_of_every_zone_from_the_leaf_that_put_it_in_force() -> None:
    found = items(applied())
    zones = {one.zone for one in found if one.kind == "EV-ZCM"}
    assert zones == set(charter().zones)
    assert {one.source for one in found} == {"leaf 0 (CharterApplied)"}
    assert {"EV-GOV", "EV-EXC", "EV-AST", "EV-DRS", "EV-IDP"} <= {one.kind for one in found}
    assert all(one.vendor for one in found if one.kind == "EV-IDP")
    assert not items()


def test_a_charter_that_was_only_loaded_counts_from_the_first_load_in_a_row() -> None:
    digest = charter().digest.hex()

    def load(day: int, what: str = digest) -> CharterLoaded:
        return CharterLoaded(at=NOW + day * DAY, digest=what, by="gate")

    said = collection(load(-9), load(-8, "0" * 64), load(-7), load(-6)).said
    found = in_force_by(charter(), said)
    assert found is not None
    assert found.index == 2
    assert in_force_by(charter(), said[:2]) is None


def test_a_person_is_evidence_until_the_first_of_check_and_trainings_ends() -> None:
    for one in items(applied()):
        if one.kind == "EV-IDP":
            person = charter().people[PersonId(one.subject)]
            ends = [training.window.end for training in person.trainings]
            ends += [person.checked.end] if person.checked else []
            assert one.until == min(ends, default=None)
            assert one.verified == (person.proofed is not None)


def test_a_document_is_evidence_from_when_it_was_made_with_its_own_cycle_and_triggers() -> None:
    """G10, S-17: the same fields and cycles as a session's evidence."""
    (found,) = items(drawing())
    assert found.collected == NOW - 30 * DAY
    assert found.until == (NOW - 30 * DAY).replace(year=2027)
    assert (found.triggers, found.subject, found.examined) == ({"zone_model_changed"}, "pid-cell-3", True)
    assert found.source == f"document {'7' * 64}, leaf 0"
    assert "BC-09" in found.controls


def test_the_same_name_again_replaces_a_document_and_an_ended_one_is_gone() -> None:
    ended = DocumentEnded(at=NOW, name="pid-cell-3", by="olga", reason="r")
    again = drawing(digest="8" * 64)
    assert [one.digest for one in items(drawing(), again)] == ["8" * 64]
    assert not items(drawing(), ended)
    assert len(items(drawing(), ended, again)) == 1
    assert len(documents(collection(drawing(), drawing(name="other")).said)) == 2


def test_what_the_node_saw_of_itself_verifies_where_it_was_sound() -> None:
    seen = EvidenceCollected(
        at=NOW,
        kind="EV-CLK",
        subject="node",
        digest="9" * 64,
        facts=("no time source",),
        sound=False,
        by="clock",
    )
    (found,) = items(seen)
    assert (found.verified, found.note, found.digest) == (False, "no time source", "9" * 64)


def test_who_left_and_still_had_access_later_is_no_evidence_that_access_ends() -> None:
    def left(after: timedelta) -> LeavingNoticed:
        return LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW + after, by="vic", reason="r")

    assert [one.verified for one in items(left(timedelta()))] == [True]
    assert [one.verified for one in items(left(DAY))] == [False]


def test_a_time_stamp_counts_until_the_first_certificate_behind_it_runs_out() -> None:
    ends = NOW + 10 * DAY
    stamped = HeadStamped(
        at=NOW, size=9, stamped_at=NOW, authority="tsa", serial="1", token="a" * 64, crls="", until=ends
    )
    (found,) = items(stamped)
    assert (found.kind, found.until) == ("EV-TSA", ends)
