"""What is remembered of leaves: exactly what is open, and nothing for ever."""

from datetime import timedelta

import pytest

from broker.notices.memory import KEPT_AFTER, Memory
from domain.events import Event, SessionInterrupted, StepDeclared, document
from domain.ids import PersonId
from tests.broker.notices.happenings import END, P, S, asked, changed, ended, heard, opened


def learnt(*events: Event) -> Memory:
    memory = Memory()
    for event in events:
        memory.learn(document(event))
    return memory


def test_a_permit_is_remembered_from_the_wish_on() -> None:
    memory = learnt(asked(), changed("approved"))
    assert memory.permits[P].state == "approved"
    assert memory.permits[P].person == "ana"
    assert not memory.permits[P].heard


@pytest.mark.parametrize("end", ["refused", "withdrawn", "narrowed", "revoked", "lapsed", "completed"])
def test_a_permit_that_is_closed_is_forgotten(end: str) -> None:
    memory = learnt(asked(), changed(end))
    assert memory.permits == {}
    assert memory.document("permit", P) is None


@pytest.mark.parametrize(
    ("event", "known"),
    [
        (heard(), True),
        (heard(confirmed=False), False),
        (heard(kind="asked"), False),
        (heard(permit="q" * 26), False),
    ],
)
def test_that_somebody_heard_of_a_start_is_what_a_confirmed_delivery_says(event: Event, known: bool) -> None:
    assert learnt(asked(), event).permits[P].heard is known


def test_a_session_lives_until_it_ended_or_was_found_ended() -> None:
    step = StepDeclared(
        at=END, session=S, permit=P, by=PersonId("milo"), reason="r", until=END + timedelta(minutes=5), step=1
    )
    memory = learnt(opened(), step)
    assert memory.sessions[S].deadline == END + timedelta(minutes=5)
    assert learnt(opened(), ended("finished")).sessions == {}
    gone = SessionInterrupted(
        at=END, session=S, frames=1, head="00", recording_sha256="00", sentence="Cut off."
    )
    assert learnt(opened(), gone).sessions == {}


def test_a_permit_is_forgotten_a_day_after_its_window() -> None:
    memory = learnt(asked())
    memory.forget(END + KEPT_AFTER)
    assert memory.permits
    memory.changed.clear()
    memory.forget(END + KEPT_AFTER + timedelta(seconds=1))
    assert not memory.permits
    assert memory.changed == {("permit", P)}


def test_what_is_written_down_is_recalled_as_it_was() -> None:
    memory = learnt(asked(), changed("approved"), heard(), opened())
    again = Memory()
    for kind, id_ in memory.changed:
        document_of = memory.document(kind, id_)
        assert isinstance(document_of, dict)
        again.recall(kind, id_, document_of)
    assert (again.permits, again.sessions) == (memory.permits, memory.sessions)


@pytest.mark.parametrize(
    "leaf",
    [
        {},
        {"event": "PermitRequested"},
        {"event": "PermitRequested", "permit": P, "window_from": "yesterday"},
        {"event": "SessionOpened", "session": S},
        {"event": "PermitChanged", "permit": "unknown", "after": "approved"},
        {"event": 7},
    ],
)
def test_a_leaf_that_is_not_what_its_name_says_is_passed_over(leaf: dict[str, object]) -> None:
    memory = Memory()
    memory.learn(leaf)  # type: ignore[arg-type]
    assert (memory.permits, memory.sessions, memory.changed) == ({}, {}, set())
