from dataclasses import replace

from domain.events import AttendanceChanged, NoticeSent, SessionWatched, document
from domain.ids import PermitId, PersonId, SessionId
from policies.assurance.collection import Collection, Leaf
from tests.policies.assurance.leaves import a_session, collection
from tests.policies.plant import NOW


def test_a_session_is_kept_with_its_sign_in_its_passages_and_its_end() -> None:
    found = collection(*a_session())
    (sitting,) = found.sittings.values()
    assert sitting.signed_in is not None
    assert (sitting.opened.name, sitting.signed_in.name) == ("SessionOpened", "SignedIn")
    assert [one.name for one in sitting.passages] == ["PassageOpened"]
    assert sitting.ended is not None
    (permit,) = found.permits.values()
    assert permit.requested is not None
    assert len(permit.approved) == 1
    assert found.read == 7


def test_reading_on_is_the_same_as_reading_at_once() -> None:
    events = (*a_session("s"), *a_session("t"))
    at_once, later = collection(*events), collection(*events[:9])
    for index, event in enumerate(events[9:], 9):
        later.take(Leaf(index, document(event)))
    assert later == at_once


def test_who_watched_is_kept_whether_they_came_before_or_after() -> None:
    session = SessionId("s" * 26)
    came = AttendanceChanged(at=NOW, scope=f"session:{session}", by="olga", present=True)
    events = a_session()
    before = collection(came, *events)
    during = collection(*events[:5], came, *events[5:])
    gone = collection(came, replace(came, present=False), *events)
    seen = SessionWatched(at=NOW, session=session, by="olga", way="console", since="")
    by_screen = collection(*events[:5], seen)
    watched = [one.sittings[session].watched for one in (before, during, gone, by_screen)]
    assert [one.text("by") if one else "" for one in watched] == ["olga", "olga", "", "olga"]


def test_a_leaf_whose_text_is_gone_and_one_of_no_known_session_are_evidence_of_nothing() -> None:
    found = Collection()
    found.take(Leaf(0, {}))
    found.take(Leaf(1, document(a_session()[5])))
    assert (found.read, found.sittings) == (2, {})


def test_a_notice_is_evidence_for_its_permit_and_the_newest_for_the_plant() -> None:
    told = NoticeSent(
        at=NOW,
        notice="n",
        to=PersonId("petra"),
        kind="waiting",
        channel="console",
        permit=PermitId("s" * 26),
        confirmed=True,
        attempts=1,
    )
    found = collection(*a_session(), told)
    assert len(found.permits["s" * 26].told) == 1
    assert found.newest["NoticeSent"].index == 7
