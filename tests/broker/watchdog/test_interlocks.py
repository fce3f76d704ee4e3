from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.governor import Cause
from broker.watchdog.interlocks import (
    UNREADABLE,
    BreakGlass,
    Command,
    Interlocks,
    Isolate,
    Pause,
    Restore,
    Resume,
    ReviewGlass,
    Revoke,
    SetSignals,
    SetState,
    Stop,
    Subject,
    apply,
    decode,
    encode,
    end_cause,
    hold_causes,
    in_scope,
    is_scope,
)
from broker.watchdog.zone_states import Permitted
from domain.break_glass import Glass, Review
from domain.errors import ConfigError, TransitionError
from domain.ids import AssetId, PermitId, PersonId, SessionId, SiteId, VendorId, ZoneId
from domain.plant import OperatingState
from tests.for_each import for_each

SUBJECT = Subject(
    session=SessionId("s" * 26),
    permit=PermitId("p" * 26),
    person=PersonId("ana"),
    vendor=VendorId("acme"),
    asset=AssetId("plc-07"),
    zone=ZoneId("cell-1"),
    site=SiteId("north"),
    states=frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}),
    open_in=frozenset({OperatingState.MAINTENANCE, OperatingState.TURNAROUND}),
    products=frozenset({"drives"}),
    tools=frozenset({"openssh"}),
)
SCOPES = [
    "all",
    "site:north",
    "zone:cell-1",
    "vendor:acme",
    "asset:plc-07",
    "person:ana",
    "product:drives",
    "tool:openssh",
]
OTHERS = [
    "site:south",
    "zone:cell-2",
    "vendor:other",
    "asset:plc-08",
    "person:bob",
    "product:pumps",
    "tool:winscp",
]


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_ends_what_lies_in_it_until_it_is_restored(scope: str) -> None:
    """D09: each scope; nothing comes back until it is restored."""
    shut = apply(Interlocks(), Isolate(scope, "kim", "alarm"))
    assert end_cause(shut, SUBJECT) == "isolated"
    assert end_cause(apply(shut, Restore(scope, "kim", "over")), SUBJECT) is None


@pytest.mark.parametrize("scope", OTHERS)
def test_no_scope_ends_what_lies_outside_it(scope: str) -> None:
    """D09: only what is named."""
    assert end_cause(apply(Interlocks(), Isolate(scope, "kim", "alarm")), SUBJECT) is None


def test_a_narrower_isolation_outlives_the_release_of_a_wider_one() -> None:
    interlocks = Interlocks()
    for command in (Isolate("vendor:acme", "kim", ""), Isolate("all", "kim", ""), Restore("all", "kim", "")):
        interlocks = apply(interlocks, command)
    assert end_cause(interlocks, SUBJECT) == "isolated"


@pytest.mark.parametrize("state", OperatingState)
def test_a_session_ends_in_every_state_that_its_permit_does_not_name(state: OperatingState) -> None:
    interlocks = apply(Interlocks(), SetState(SUBJECT.zone, state, "kim"))
    assert end_cause(interlocks, SUBJECT) == (None if state in SUBJECT.states else "state_change")


def test_the_state_of_another_zone_ends_nothing() -> None:
    interlocks = apply(Interlocks(), SetState(ZoneId("cell-2"), OperatingState.EMERGENCY, "kim"))
    assert end_cause(interlocks, SUBJECT) is None


def test_a_revoked_permit_stays_revoked_whatever_comes_after() -> None:
    interlocks = apply(Interlocks(), Revoke(SUBJECT.permit, "kim", ""))
    for command in (Restore("all", "kim", ""), SetState(SUBJECT.zone, OperatingState.MAINTENANCE, "kim")):
        interlocks = apply(interlocks, command)
    assert end_cause(interlocks, SUBJECT) == "revoked"


def test_stopping_a_session_changes_nothing_but_the_sequence() -> None:
    assert apply(UNREADABLE, Stop(SUBJECT.session, "kim", "")) == replace(UNREADABLE, sequence=1)


def test_the_causes_are_the_governors_words() -> None:
    assert {Cause("isolated"), Cause("revoked"), Cause("state_change")} <= set(Cause)


def test_a_scope_that_is_not_understood_means_everything() -> None:
    assert in_scope("", SUBJECT)
    assert in_scope("galaxy:far", SUBJECT)
    assert in_scope(f"session:{SUBJECT.session}", SUBJECT)
    assert not in_scope("permit:" + "q" * 26, SUBJECT)


def test_what_nobody_can_read_shuts_everything() -> None:
    assert end_cause(UNREADABLE, SUBJECT) == "isolated"


NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def used(number: int = 0, boundary: str = "north", minute: int = 0) -> BreakGlass:
    at = NINE + timedelta(minutes=minute)
    kim, lou = PersonId("kim"), PersonId("lou")
    return BreakGlass(
        Glass(PermitId(f"{number:026}"), boundary, ZoneId("cell-1"), (kim, lou), at, at + timedelta(hours=1))
    )


def review_of(number: int = 0, by: str = "max", minute: int = 30) -> ReviewGlass:
    return ReviewGlass(PermitId(f"{number:026}"), Review(PersonId(by), NINE + timedelta(minutes=minute), 42))


def test_the_glass_is_broken_once_until_somebody_else_has_looked_h13() -> None:
    """H13: no review blocks further use for that boundary, and none of those who used it reviews it."""
    once = apply(Interlocks(), used())
    with pytest.raises(TransitionError, match="reviewed by nobody"):
        apply(once, used(1))
    assert apply(once, used(1, "south")).glasses[1].boundary == "south"
    for by in ("kim", "lou"):
        with pytest.raises(TransitionError, match="no use"):
            apply(once, review_of(by=by))
    with pytest.raises(TransitionError, match="no use"):
        apply(once, review_of(7))
    seen = apply(once, review_of())
    with pytest.raises(TransitionError, match="no use"):
        apply(seen, review_of(by="ned"))
    assert len(apply(seen, used(1)).glasses) == 2
    with pytest.raises(TransitionError, match="before"):
        apply(seen, used())


def test_a_use_can_not_bring_its_own_review_h13() -> None:
    """H13: a use and its review are two acts of different persons."""
    bringing = BreakGlass(replace(used().glass, review=review_of().review))
    with pytest.raises(TransitionError):
        apply(Interlocks(), bringing)


def test_in_a_declared_emergency_no_review_is_waited_for_h13() -> None:
    """H13: except in declared emergency; whether it was one is the watchdog's own word."""
    declared = apply(Interlocks(), SetState(ZoneId("cell-1"), OperatingState.EMERGENCY, "kim"))
    twice = apply(apply(declared, used()), used(1))
    assert [one.emergency for one in twice.glasses] == [True, True]
    claimed = BreakGlass(replace(used().glass, emergency=True))
    assert not apply(Interlocks(), claimed).glasses[0].emergency


GLASS_COMMANDS = st.one_of(
    st.builds(used, st.integers(0, 4), st.sampled_from(["north", "south"]), st.integers(0, 9)),
    st.builds(review_of, st.integers(0, 4), st.sampled_from(["kim", "max"]), st.integers(0, 9)),
    st.builds(Restore, st.just("all"), st.just("kim"), st.just("")),
    st.builds(Revoke, st.just(PermitId("p" * 26)), st.just("kim"), st.just("")),
)


@given(st.lists(GLASS_COMMANDS, max_size=30))
def test_no_order_of_commands_breaks_the_glass_twice_without_a_review_h13(commands: list[Command]) -> None:
    """H13: whatever is asked in whatever order, one unreviewed use a boundary at most."""
    interlocks = Interlocks()
    for command in commands:
        try:
            interlocks = apply(interlocks, command)
        except TransitionError:
            continue
        waiting = [one.boundary for one in interlocks.glasses if one.review is None]
        assert len(waiting) == len(set(waiting))
        assert all(one.review is None or one.review.by not in one.by for one in interlocks.glasses)
    assert decode(encode(interlocks)) == interlocks


COMMANDS = st.one_of(
    st.builds(Isolate, st.sampled_from(SCOPES + OTHERS), st.just("kim"), st.just("")),
    st.builds(Restore, st.sampled_from(SCOPES + OTHERS), st.just("kim"), st.just("")),
    st.builds(SetState, st.sampled_from([ZoneId("cell-1"), ZoneId("cell-2")]), st.sampled_from(OperatingState), st.just("kim")),
    st.builds(SetSignals, st.dictionaries(st.sampled_from([ZoneId("cell-1"), ZoneId("cell-2")]), st.builds(Permitted, st.just("key"), st.frozensets(st.sampled_from(OperatingState)), st.sampled_from(OperatingState), st.booleans()))),
    st.builds(Revoke, st.sampled_from([PermitId("p" * 26), PermitId("q" * 26)]), st.just("kim"), st.just("")),
    st.builds(Stop, st.just(SUBJECT.session), st.just("kim"), st.just("")),
)  # fmt: skip


@given(st.lists(COMMANDS, max_size=20))
def test_what_is_written_reads_back_as_it_was(commands: list[Isolate | Restore]) -> None:
    interlocks = Interlocks()
    for number, command in enumerate(commands, 1):
        interlocks = apply(interlocks, command)
        assert interlocks.sequence == number
    assert decode(encode(interlocks)) == interlocks


@given(st.lists(COMMANDS, max_size=8), st.integers(0, 400), st.integers(0, 255))
def test_no_changed_byte_of_the_file_goes_unseen_and_changes_nothing_else(
    commands: list[Isolate | Restore], at: int, value: int
) -> None:
    interlocks = Interlocks()
    for command in commands:
        interlocks = apply(interlocks, command)
    data = bytearray(encode(interlocks))
    data[at % len(data)] = value
    try:
        read = decode(bytes(data))
    except ConfigError:
        return
    assert encode(read) == bytes(data)


@for_each(
    "data",
    [
        b"",
        b"\0" * 100,
        b"{}",
        b"null",
        b"[" * 100_000,
        encode(Interlocks())[:-2],
        encode(Interlocks()) * 2,
        encode(Interlocks()).replace(b"/1", b"/2"),
        encode(Interlocks()).replace(b":0", b":-1"),
        encode(Interlocks()).replace(b":0", b":true"),
        encode(Interlocks()).replace(b":0", b":0.5"),
        encode(Interlocks()).replace(b"[]", b'["galaxy:far"]', 1),
        encode(Interlocks()).replace(b"[]", b'"all"', 1),
        encode(Interlocks()).replace(b"[]", b"[7]", 1),
        encode(Interlocks()).replace(b"{}", b'{"cell-1":"party"}'),
        encode(Interlocks()).replace(b"{}", b'{"Cell 1":"running"}'),
        encode(Interlocks()).replace(b"{}", b"[]"),
        b'{"interlocks":[],"schema":"penstock-interlocks/1"}\n',
    ],
)
def test_bytes_that_are_no_interlocks_are_refused(data: bytes) -> None:
    with pytest.raises(ConfigError):
        decode(data)


@pytest.mark.parametrize("scope", SCOPES)
def test_scopes_that_may_be_isolated(scope: str) -> None:
    assert is_scope(scope)


@pytest.mark.parametrize("state", OperatingState)
def test_a_state_ends_holds_or_leaves_alone_by_what_may_be_and_what_is_named(state: OperatingState) -> None:
    """B11: outside what may ever be open it ends; what the permit does not name is held."""
    may = frozenset({OperatingState.MAINTENANCE, OperatingState.START_UP, OperatingState.TURNAROUND})
    subject = replace(SUBJECT, open_in=may, attended_in=frozenset({OperatingState.TURNAROUND}))
    held = apply(Interlocks(), SetState(SUBJECT.zone, state, "kim"))
    assert end_cause(held, subject) == (None if state in may else "state_change")
    holds = hold_causes(held, subject, ())
    assert ("state" in holds) == (state not in subject.states)
    assert ("unattended" in holds) == (state is OperatingState.TURNAROUND)


def test_a_zone_whose_state_was_never_set_holds_nothing() -> None:
    assert hold_causes(Interlocks(), SUBJECT, ()) == frozenset()


@pytest.mark.parametrize(
    ("scopes", "watched"),
    [
        pytest.param([f"session:{'s' * 26}"], True, id="the session itself"),
        pytest.param(["zone:cell-1"], True, id="its zone"),
        pytest.param(["zone:cell-2", f"session:{'t' * 26}"], False, id="others"),
        pytest.param(["all", "site:north", "person:ana", "zone", ""], False, id="what nobody can watch"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_only_a_session_or_its_zone_is_attended(scopes: list[str], watched: bool) -> None:
    """D11."""
    subject = replace(SUBJECT, attended_in=SUBJECT.states)
    held = apply(Interlocks(), SetState(SUBJECT.zone, OperatingState.MAINTENANCE, "kim"))
    assert ("unattended" in hold_causes(held, subject, scopes)) is not watched


@pytest.mark.parametrize("state", [None, *OperatingState])
def test_a_paused_session_is_held_in_every_state_and_no_other_session_is(
    state: OperatingState | None,
) -> None:
    told = apply(Interlocks(), SetState(SUBJECT.zone, state, "kim")) if state else Interlocks()
    paused = apply(told, Pause(SUBJECT.session, "kim", "wrong valve"))
    other = replace(SUBJECT, session=SessionId("t" * 26))
    assert hold_causes(paused, SUBJECT, ()) - hold_causes(told, SUBJECT, ()) == {"paused"}
    assert hold_causes(paused, other, ()) == hold_causes(told, other, ())
    assert end_cause(paused, SUBJECT) == end_cause(told, SUBJECT)
    assert apply(paused, Resume(SUBJECT.session, "kim", "")).paused == {}
    assert decode(encode(paused)) == paused


def test_interlocks_that_were_written_before_anybody_could_pause_still_read() -> None:
    assert "paused" not in Interlocks().document()
    assert decode(encode(Interlocks())).paused == {}
