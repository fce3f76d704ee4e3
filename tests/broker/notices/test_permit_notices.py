"""Who is told what of permits."""

from dataclasses import replace

import pytest

from domain.events import (
    Event,
    GlassBroken,
    PermitApproved,
)
from domain.ids import PersonId
from domain.notice import NoticeKind
from domain.plant import Outflow
from domain.rights import DecisionRight
from policies.start_notice import StartTerms, Unheard
from tests.broker.notices.happenings import END, P, asked, changed, to, told
from tests.policies.plant import NOW, charter
from tests.policies.templates import signed, template


def test_a_wish_is_told_to_those_who_may_decide_it() -> None:
    (notice,) = told(asked())
    assert (notice.to, notice.kind, notice.key) == ("petra", NoticeKind.ASKED, f"asked:{P}")
    assert notice.subject == (
        "A permit waits for your decision; its window ends Mon 01 Jun 2026, 13:00 Europe/Amsterdam"
    )
    assert "Ana Ferreira of Brightwater" in notice.sentences[0]
    assert "Engineering station 1" in notice.sentences[0]
    assert (notice.path, notice.permit) == (f"/permits/{P}", P)


def test_a_wish_inside_a_standing_template_is_told_to_who_confirms_it() -> None:
    """B16: and to its holders where the template is not known."""
    one = template()
    given = signed(one)
    wish = replace(asked(), template=one.digest())
    assert to(told(wish, templates=given.templates, statements=given.statements)) == ["sven", "milo"]
    assert to(told(wish)) == ["petra"]


def test_an_approval_is_told_to_who_asked_and_the_date_and_time_to_the_named_roles() -> None:
    """B06: date and time, to each named role, when it is approved."""
    notices = told(changed("approved"), asked())
    assert [(one.to, one.kind) for one in notices] == [
        ("ana", NoticeKind.DECIDED),
        ("petra", NoticeKind.STARTS),
        ("sven", NoticeKind.STARTS),
    ]
    assert notices[1].subject == "A vendor's session starts Mon 01 Jun 2026, 11:00 Europe/Amsterdam"
    assert "until Mon 01 Jun 2026, 13:00" in notices[1].sentences[0]


def test_the_charter_names_who_is_told_of_a_start() -> None:
    """B06: by boundary; the nearest that says so decides."""
    terms = (
        StartTerms("riverside", frozenset({DecisionRight.CONNECT})),
        StartTerms("operations", frozenset({DecisionRight.IDENTITY}), shift=True, unheard=Unheard.ALARM),
    )
    notices = told(changed("approved"), asked(), start_terms=terms)
    assert [one.to for one in notices if one.kind is NoticeKind.STARTS] == ["olga", "milo"]


def test_whose_turn_it_is_after_a_step_is_told_then_and_not_before() -> None:
    way = charter().conduits[asked().conduit]  # type: ignore[index]
    first, then = DecisionRight.DATA_OUT, DecisionRight.CONNECT
    ordered = replace(way, in_order=(first, then), data_out=frozenset({Outflow.SHELL}))
    held = tuple(
        replace(one, holder=PersonId("olga"), deputy=None) if one.right is first else one
        for one in charter().register
    )
    terms = {"conduits": {**charter().conduits, way.id: ordered}, "holdings": held}
    assert to(told(asked(), **terms)) == ["olga"]
    step = PermitApproved(
        at=NOW, permit=P, digest="", right=str(first), approver=PersonId("olga"), kind="totp", approval=""
    )
    (notice,) = told(step, asked(), **terms)
    assert (notice.to, notice.kind) == ("petra", NoticeKind.ASKED)
    assert "it is your turn" in notice.subject
    assert told(step, asked()) == ()
    assert told(replace(step, right="nonsense"), asked(), **terms) == ()


@pytest.mark.parametrize(
    ("after", "kind", "says"),
    [
        ("refused", NoticeKind.DECIDED, "was refused by Petra Vos."),
        ("narrowed", NoticeKind.DECIDED, "was replaced by a narrower one by Petra Vos."),
        ("revoked", NoticeKind.DECIDED, "was revoked by Petra Vos."),
    ],
)
def test_a_decision_is_told_to_who_asked_with_its_reason(after: str, kind: NoticeKind, says: str) -> None:
    (notice,) = told(changed(after, reason="Not today"), asked())
    assert (notice.to, notice.kind) == ("ana", kind)
    assert says in notice.sentences[0]
    assert notice.sentences[1] == "The reason: Not today"


def test_time_s_decision_is_nobody_s() -> None:
    (notice,) = told(changed("lapsed", by="clock", reason="The window ended."), asked())
    assert (notice.kind, len(notice.sentences)) == (NoticeKind.LAPSED, 1)
    assert " by " not in notice.sentences[0].replace("by itself", "")


@pytest.mark.parametrize("event", [changed("withdrawn", by="ana"), changed("active"), changed("completed")])
def test_what_one_did_oneself_or_what_runs_its_course_is_told_to_nobody(event: Event) -> None:
    assert told(event, asked()) == ()


def test_a_permit_that_nobody_has_met_is_told_to_nobody() -> None:
    assert told(changed("approved")) == ()


def test_break_glass_is_told_loudly_to_everybody_who_was_passed_over() -> None:
    """H13: a loud alarm, to each who was skipped, whoever leads incidents and the auditor."""
    event = GlassBroken(
        at=NOW,
        permit=P,
        by=("milo", "olga"),
        skipped=("petra", "deniz"),
        boundary="riverside",
        reason="Nobody answers",
        until=END,
    )
    notices = told(event)
    assert to(notices) == ["petra", "deniz", "sven", "iris"]
    assert all(one.urgent and one.kind is NoticeKind.BREAK_GLASS for one in notices)
    assert (
        notices[0]
        .sentences[0]
        .startswith("You were passed over. Milo Jansen and Olga Brandt broke the glass")
    )
    assert not notices[2].sentences[0].startswith("You were passed over")
