"""Spans that follow from leaves."""

from datetime import timedelta

from broker.tracing.lifecycle import Lifecycles, Span
from domain.events import Event, document
from tests.broker.notices.happenings import END, START, P, S, asked, changed, ended, opened
from tests.broker.siem.leaves import KINDS, NASTY, leaf
from tests.policies.plant import NOW


def told(*events: Event) -> list[Span]:
    known = Lifecycles()
    return [span for one in events for span in known.tell(document(one))]


def approved(before: str, after: str, later: timedelta) -> Event:
    made = changed(after, at=NOW + later)
    return type(made)(
        **({f: getattr(made, f) for f in ("at", "permit", "by", "reason", "after")} | {"before": before})
    )


DECIDED, OVER = (
    approved("requested", "approved", timedelta(minutes=5)),
    approved("active", "completed", timedelta(hours=3)),
)


def test_a_permit_its_decision_and_its_session_are_one_trace() -> None:
    decision, session, permit = told(asked(), DECIDED, opened(), ended("finished"), OVER)
    assert [one.name for one in (decision, session, permit)] == ["decision", "session", "permit"]
    assert {one.trace for one in (decision, session, permit)} == {permit.trace}
    assert decision.parent == session.parent == permit.id
    assert permit.parent == b""
    assert (len(permit.trace), len(permit.id)) == (16, 8)
    assert (decision.begin, decision.end) == (NOW, NOW + timedelta(minutes=5))
    assert (session.begin, permit.end) == (START, NOW + timedelta(hours=3))
    assert session.attributes == {
        "penstock.permit": P, "penstock.session": S, "penstock.asset": "eng-ws-1", "penstock.cause": "finished",
        "penstock.frames": 1,
    }  # fmt: skip
    assert decision.attributes["penstock.outcome"] == "approved"


def test_the_same_leaves_make_the_same_spans() -> None:
    assert told(asked(), DECIDED) == told(asked(), DECIDED)


def test_a_refused_request_is_a_trace_of_its_own() -> None:
    known = Lifecycles()
    refused = next(kind for kind in KINDS if kind.__name__ == "RequestRefused")
    (span,) = known.tell(leaf(refused, code="no_conduit"))
    assert (span.name, span.failed, span.attributes["penstock.code"]) == ("request", True, "no_conduit")


def test_what_nobody_asked_for_here_has_no_span() -> None:
    assert told(DECIDED, OVER, ended("finished")) == []


def test_what_is_over_is_forgotten() -> None:
    known = Lifecycles()
    known.tell(document(asked()))
    known.forget(END + timedelta(days=2))
    assert not known.wishes
    assert known.tell(document(OVER)) == ()


def test_no_person_and_no_text_that_acts_is_in_a_span() -> None:
    for kind in KINDS:
        known = Lifecycles()
        known.tell(document(asked()))
        known.tell(document(opened()))
        for span in known.tell(leaf(kind, NASTY)):
            words = "".join(str(one) for one in span.attributes.values())
            assert not {"\n", "\x1b", "\x00"} & set(words)
            assert not [name for name in span.attributes if "person" in name]


def test_a_leaf_that_is_not_what_its_name_says_has_no_span() -> None:
    assert Lifecycles().tell({"event": "PermitRequested", "at": "soon"}) == ()
    assert Lifecycles().tell({}) == ()
