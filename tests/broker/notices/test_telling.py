"""Who is told what because of which leaf; and that a subject may leave the plant."""

import typing
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broker.notices.memory import Memory
from broker.notices.telling import BAD_ENDS, tell
from domain.events import (
    BrowserSignInEnded,
    ClockStepped,
    CollectorLate,
    Event,
    GlassBroken,
    HeadUnwitnessed,
    HostKeyMismatch,
    Isolated,
    LeavingNoticed,
    PassageRefused,
    PermitApproved,
    Restored,
    SignInLocked,
    StampsLate,
    StateChanged,
    VendorAsked,
    document,
)
from domain.ids import AssetId, PersonId
from domain.notice import Notice, NoticeKind
from domain.plant import Outflow
from domain.rights import DecisionRight
from policies.start_notice import StartTerms, Unheard
from tests.broker.notices.happenings import END, P, S, asked, changed, ended, opened
from tests.policies.plant import NOW, charter, charter_with
from tests.policies.templates import signed, template


def told(event: Event, *before: Event, **terms: Any) -> tuple[Notice, ...]:
    memory = Memory()
    for one in before:
        memory.learn(document(one))
    return tell(document(event), 7, memory, charter_with(**terms) if terms else charter())


def to(notices: Iterable[Notice]) -> list[str]:
    return [one.to for one in notices]


def test_a_wish_is_told_to_those_who_may_decide_it() -> None:
    (notice,) = told(asked())
    assert (notice.to, notice.kind, notice.key) == ("petra", NoticeKind.ASKED, f"asked:{P}")
    assert notice.subject == (
        "A permit waits for your decision; its window ends Mon 01 Jun 2026, 13:00 Europe/Amsterdam"
    )
    assert "Ana Ferreira of Brightwater" in notice.sentences[0]
    assert "Engineering station 1" in notice.sentences[0]
    assert (notice.path, notice.permit) == (f"/permits/{P}", P)


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


@pytest.mark.parametrize("cause", sorted(BAD_ENDS))
def test_an_end_against_the_vendor_s_will_is_told_to_both_sides(cause: str) -> None:
    assert to(told(ended(cause), asked(), opened())) == ["ana", "petra"]


@pytest.mark.parametrize("cause", ["finished", "window_end", "client_gone", "shutdown"])
def test_an_ordinary_end_is_told_to_nobody(cause: str) -> None:
    assert told(ended(cause), asked(), opened()) == ()


def isolated(scope: str, by: str = "milo") -> Isolated:
    return Isolated(at=NOW, scope=scope, by=by, reason="smoke", enforced="acknowledged")


@pytest.mark.parametrize(
    ("scope", "plant", "outside"),
    [
        ("all", ["sven", "petra"], ["ana"]),
        ("zone:operations", ["sven", "petra"], ["ana"]),
        ("zone:pumping", ["sven", "petra"], []),
        ("vendor:kestrel", ["sven", "petra"], ["ben"]),
        ("vendor:brightwater", ["sven", "petra"], ["ana"]),
        ("person:ana", ["sven", "petra"], ["ana"]),
        ("asset:eng-ws-1", ["sven", "petra"], ["ana"]),
    ],
)
def test_the_kill_switch_is_told_to_who_leads_who_holds_and_whom_it_cut_off(
    scope: str, plant: list[str], outside: list[str]
) -> None:
    notices = told(isolated(scope), asked(), opened())
    assert to(notices) == plant + outside
    assert all(one.urgent for one in notices)
    for one in notices:
        # A vendor hears that its access is closed, and nothing of the plant's reasons or of its rivals.
        assert ("smoke" in str(one.sentences)) is (one.to in plant)


def test_one_session_that_is_stopped_is_told_of_by_its_end() -> None:
    assert told(isolated(f"session:{S}"), asked(), opened()) == ()


def test_a_vendor_that_is_let_in_again_hears_of_it() -> None:
    event = Restored(at=NOW, scope="vendor:kestrel", by="sven", reason="")
    assert to(told(event)) == ["milo", "ben"]


def state(after: str) -> StateChanged:
    return StateChanged(at=NOW, zone="operations", before="running", after=after, by="milo")


def test_a_state_change_is_told_where_somebody_is_in() -> None:
    assert told(state("maintenance")) == ()
    notices = told(state("maintenance"), asked(), opened())
    assert to(notices) == ["petra", "sven", "ana"]
    assert "1 live session is in it" in notices[0].sentences[0]
    assert not notices[0].urgent


def test_an_emergency_is_told_whoever_is_in_and_at_once() -> None:
    notices = told(state("emergency"))
    assert to(notices) == ["petra", "sven"]
    assert all(one.urgent for one in notices)


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


def test_notice_that_somebody_leaves_goes_to_who_holds_identity() -> None:
    event = LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW, by="ana", reason="terminated")
    assert to(told(event)) == ["olga"]
    again = LeavingNoticed(at=NOW, person=PersonId("ana"), until=NOW, by="clock", reason="terminated")
    assert told(again) == ()


def test_trouble_of_the_node_goes_to_who_leads_incidents() -> None:
    assert to(told(ClockStepped(at=NOW, seconds=90))) == ["sven", "milo"]
    unwitnessed = HeadUnwitnessed(at=NOW, size=9, since=NOW, missing=("corporate",))
    assert to(told(unwitnessed)) == ["sven", "milo"]
    late = CollectorLate(at=NOW, collector="soc", leaf=9, since=NOW, code="unreachable")
    assert to(told(late)) == ["sven", "milo"]
    assert to(told(StampsLate(at=NOW, size=9, since=NOW, waiting=2, code="unreachable"))) == ["sven", "milo"]
    shown = HostKeyMismatch(at=NOW, asset=AssetId("eng-ws-1"), session="", shown="SHA256:x")
    assert all(one.urgent for one in told(shown))


def test_an_end_whose_sides_were_not_seen_closed_is_an_alarm_whatever_ended_it() -> None:
    """D10: a half-open end alarms at once; one that was verified troubles nobody."""
    for cause in ("finished", "killed"):
        alarms = [
            one
            for one in told(replace(ended(cause), verified=False), asked(), opened())
            if one.kind is NoticeKind.TROUBLE
        ]
        assert to(tuple(alarms)) == ["sven", "milo"]
        assert all(one.urgent and "not seen closed" in one.subject for one in alarms)
    assert told(ended("finished"), asked(), opened()) == ()


EVERYTHING = [
    asked(),
    changed("approved"),
    changed("refused", reason="Pump 3 is out"),
    ended("killed"),
    isolated("all"),
    state("emergency"),
]


@pytest.mark.parametrize("event", EVERYTHING, ids=lambda event: type(event).__name__)
def test_no_subject_names_an_asset_a_person_or_anybody_s_words(event: Event) -> None:
    here = charter()
    names = [one.name for one in (*here.assets.values(), *here.people.values(), *here.vendors.values())]
    for notice in told(event, asked(), opened()):
        assert not [name for name in [*names, "Pump 3", "smoke"] if name in notice.subject]


def test_one_key_is_one_notice_for_each_person() -> None:
    for event in EVERYTHING:
        notices = told(event, asked(), opened())
        assert len({(one.key, one.to) for one in notices}) == len(notices)


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert "sven" not in to(told(isolated("all", by="sven")))


@pytest.mark.parametrize(
    "leaf",
    [
        {},
        {"event": "PermitRequested"},
        {"event": "PermitRequested", "at": "yesterday"},
        {"event": "PermitRequested", "at": "2026-06-01T08:00:00Z", "permit": 'x"\r\n'},
        {"event": "Isolated", "at": "2026-06-01T08:00:00Z"},
        {"event": ["Isolated"]},
    ],
)
def test_a_leaf_that_can_not_be_read_tells_no_nonsense(leaf: typing.Any) -> None:
    for notice in tell(leaf, 1, Memory(), charter()):
        assert notice.to in charter().people


def test_most_leaves_are_for_whoever_looks_for_them() -> None:
    event = PassageRefused(
        at=NOW,
        session=S,
        person="ana",
        asset="a",
        source="x",
        passage="x11",
        detail="",
        code="c",
        sentence="s",
    )
    assert told(event) == ()


LOCKED = SignInLocked(
    at=NOW, subject="person:milo", door="console", failures=5, until=END, source="203.0.113.5"
)


def test_a_lock_of_plant_staff_is_told_loudly_to_them_to_who_leads_and_to_the_shift() -> None:
    """A10: lockout and alert; what still works and who ends it is said."""
    notices = told(LOCKED)
    assert notices[0].to == "milo"
    assert {"milo", *to(notices)} == set(to(notices))
    assert all(one.urgent and one.kind is NoticeKind.LOCKED for one in notices)
    assert "Your attempts with a password at the console are not looked at until" in notices[0].sentences[0]
    assert "203.0.113.5" in notices[0].sentences[0]
    assert "local kill switch needs no sign-in" in notices[0].sentences[-1]
    assert "Milo Jansen: attempts" in notices[1].sentences[0]
    assert all("203.0.113.5" not in one.subject for one in notices)


def test_somebody_who_goes_on_guessing_is_told_of_once_an_hour() -> None:
    again = replace(LOCKED, at=NOW + timedelta(minutes=5), failures=9)
    assert [one.key for one in told(LOCKED)] == [one.key for one in told(again)]
    later = replace(LOCKED, at=NOW + timedelta(hours=1))
    assert told(later)[0].key != told(LOCKED)[0].key


@pytest.mark.parametrize(
    "subject", ["source:203.0.113.5", "person:nobody", "person:ana", "source: \x00\u202e"]
)
def test_a_lock_of_others_is_told_to_who_leads(subject: str) -> None:
    notices = told(replace(LOCKED, subject=subject, door="ssh"))
    assert notices
    assert not any(one.urgent for one in notices)


def test_a_connection_that_its_person_turned_away_is_told_to_who_leads() -> None:
    """A10: somebody may have their key."""
    refused = BrowserSignInEnded(
        at=NOW,
        person=PersonId("ana"),
        source="203.0.113.5",
        connection="ab",
        outcome="refused",
        browser="192.0.2.9",
    )
    notices = told(refused)
    assert notices
    assert all(one.urgent for one in notices)
    assert "Ana Ferreira turned a connection from 203.0.113.5 away" in notices[0].sentences[0]
    assert told(replace(refused, outcome="confirmed")) == ()


def test_an_invited_company_is_told_to_who_admits_and_a_stranger_to_nobody() -> None:
    asked_ = VendorAsked(
        at=NOW, application="a1", company="Halden Pumps", keys=(), source="192.0.2.9", invited_by="olga"
    )
    assert "olga" in to(told(asked_))
    assert all("Halden" not in one.subject for one in told(asked_))
    assert told(replace(asked_, invited_by="")) == ()


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


def test_a_wish_inside_a_standing_template_is_told_to_who_confirms_it() -> None:
    """B16: and to its holders where the template is not known."""
    one = template()
    given = signed(one)
    wish = replace(asked(), template=one.digest())
    assert to(told(wish, templates=given.templates, statements=given.statements)) == ["sven", "milo"]
    assert to(told(wish)) == ["petra"]
