"""The plant around an event, from the leaves before it."""

from datetime import timedelta

import pytest

from broker.siem.context import Context, Plant, context_of
from domain import events
from domain.canonical import canonical, parse
from domain.events import AttendanceChanged, Event, PassageRefused, StateChanged, document
from domain.ids import PermitId
from tests.broker.notices.happenings import END, P, S, asked, ended, opened
from tests.broker.siem.leaves import leaf
from tests.policies.plant import NOW, charter


def learnt(*told: Event) -> Context:
    context = Context()
    for one in told:
        context.learn(document(one))
    return context


def refused(**changed: object) -> PassageRefused:
    told: dict[str, object] = {
        "at": NOW, "session": "", "person": "ana", "asset": "eng-ws-1", "source": "192.0.2.7", "passage": "shell",
        "detail": "", "code": "no_permit", "sentence": "No.",
    }  # fmt: skip
    return PassageRefused(**(told | changed))  # type: ignore[arg-type]


def state(after: str) -> StateChanged:
    return StateChanged(at=NOW, zone=ZONE, before="", after=after, by="otto")


def attends(scope: str, *, present: bool, by: str = "otto") -> AttendanceChanged:
    return AttendanceChanged(at=NOW, scope=scope, by=by, present=present)


ZONE = charter().assets[opened().asset].zone


def test_an_attempt_without_a_session_still_knows_its_zone_and_state() -> None:
    """H01: an attempt that was refused is told of with its zone, the state it was in, and who it was."""
    plant = learnt(state("running")).of(document(refused()), charter())
    assert (plant.zone, plant.state, plant.asset, plant.person) == (ZONE, "running", "eng-ws-1", "ana")
    assert plant.vendor == charter().people[opened().person].vendor
    assert plant.site == charter().zones[ZONE].site


def test_an_event_of_a_session_carries_its_permit_work_order_state_and_who_watches() -> None:
    """S-41, H03: what a session does is joined with its permit's work order, its zone's state and who is there."""
    context = learnt(
        asked(work_order="WO-4711"), state("maintenance"), opened(), attends(f"session:{S}", present=True)
    )
    plant = context.of(leaf(events.SessionHeartbeat, session=S), charter())
    assert (plant.session, plant.permit, plant.work_order) == (S, P, "WO-4711")
    assert (plant.zone, plant.state, plant.attendants) == (ZONE, "maintenance", ("otto",))
    assert (plant.person, plant.asset, plant.conduit) == ("ana", "eng-ws-1", "dmz-operations")
    assert plant.shift == tuple(p.id for p in charter().people.values() if p.shift and p.vendor is None)


def test_who_ceased_to_watch_watches_no_longer() -> None:
    context = learnt(attends(f"zone:{ZONE}", present=True), attends(f"zone:{ZONE}", present=False))
    assert context.of(document(refused()), charter()).attendants == ()
    assert not context.watching


def test_the_state_is_the_one_of_that_instant() -> None:
    context = learnt(state("running"))
    assert context.of(document(state("emergency")), charter()).state == "emergency"
    assert context.of(document(refused()), charter()).state == "running"


@pytest.mark.parametrize(
    ("scope", "member", "value"),
    [
        ("zone:cell-9", "zone", "cell-9"),
        ("site:elsewhere", "site", "elsewhere"),
        ("vendor:acme", "vendor", "acme"),
        (f"session:{S}", "session", S),
        ("asset:eng-ws-1", "asset", "eng-ws-1"),
        ("all", "zone", ""),
    ],
)
def test_a_scope_of_the_kill_switch_says_where(scope: str, member: str, value: str) -> None:
    plant = Context().of(leaf(events.Isolated, scope=scope), charter())
    assert getattr(plant, member) == value


def test_what_is_over_is_forgotten_and_what_is_open_is_not() -> None:
    context = learnt(asked(), asked("q" * 26), opened())
    context.forget(END + timedelta(days=2))
    assert set(context.wishes) == {P}
    context.learn(document(ended("finished")))
    context.forget(END + timedelta(days=2))
    assert not context.wishes
    assert not context.uses


def test_it_comes_back_from_its_document_as_it_was() -> None:
    context = learnt(
        asked(work_order="WO"), opened(), state("running"), attends(f"session:{S}", present=True)
    )
    assert context_of(parse(canonical(context.document()))) == context


@pytest.mark.parametrize(
    "broken", [{}, {"wishes": {}, "uses": {"s": {"no": "field"}}, "states": {}, "watching": {}}]
)
def test_anything_else_is_no_context(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no context"):
        context_of(broken)  # type: ignore[arg-type]


def test_a_leaf_that_is_not_what_its_name_says_teaches_nothing() -> None:
    context = Context()
    context.learn({"event": "PermitRequested", "permit": PermitId("p" * 26), "window_until": "soon"})
    assert context == Context()


def test_what_is_empty_is_not_said() -> None:
    assert Plant(zone="cell-1").document() == {"zone": "cell-1"}
