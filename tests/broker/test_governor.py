from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.governor import (
    Admitted,
    Cause,
    CloseSides,
    Command,
    EndingKept,
    Event,
    Governor,
    HeldFor,
    Hold,
    HoldExpiry,
    HoldInput,
    KeepEnding,
    KeepOpening,
    LetInputGo,
    LetThrough,
    MayGoOn,
    MustEnd,
    MustHold,
    OpeningKept,
    OpeningLost,
    OpenRecording,
    Quiet,
    RecordingOpened,
    RecordingRefused,
    RecordingSealed,
    ReleaseExpiry,
    SealRecording,
    SidesClosed,
    State,
    StepDeclared,
    StepDone,
    WakeWhenLeft,
    Warn,
    Woke,
    warnings_within,
)
from domain.errors import TransitionError
from tests.for_each import for_each

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


def play(*events: Event) -> list[list[Command]]:
    governor = Governor()
    return [governor.receive(event) for event in events]


def test_a_revoked_permit_closes_both_sides_and_then_seals_the_recording() -> None:
    assert play(
        Admitted(HOUR),
        RecordingOpened(),
        OpeningKept(),
        MustEnd(Cause.REVOKED),
        SidesClosed(),
        RecordingSealed(),
        EndingKept(),
    ) == [
        [OpenRecording()],
        [KeepOpening()],
        [LetThrough(), WakeWhenLeft(10 * MINUTE)],
        [CloseSides(Cause.REVOKED)],
        [SealRecording(Cause.REVOKED)],
        [KeepEnding(Cause.REVOKED)],
        [],
    ]


def test_the_vendor_is_warned_three_times_and_the_window_then_ends_it() -> None:
    """D02: a warning before the end."""
    assert play(
        Admitted(HOUR),
        RecordingOpened(),
        OpeningKept(),
        Woke(10 * MINUTE),
        Woke(5 * MINUTE),
        Woke(MINUTE),
        Woke(timedelta()),
    )[3:] == [
        [Warn(10 * MINUTE), WakeWhenLeft(5 * MINUTE)],
        [Warn(5 * MINUTE), WakeWhenLeft(MINUTE)],
        [Warn(MINUTE), WakeWhenLeft(timedelta())],
        [CloseSides(Cause.WINDOW_END)],
    ]


def test_warnings_that_came_due_together_are_one_sentence() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), OpeningKept(), Woke(30 * timedelta(seconds=1)))[3] == [
        Warn(timedelta(seconds=30)),
        WakeWhenLeft(timedelta()),
    ]


def test_waking_too_early_warns_of_nothing() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), OpeningKept(), Woke(11 * MINUTE))[3] == [
        WakeWhenLeft(10 * MINUTE)
    ]


@pytest.mark.parametrize(
    ("given_time", "warnings"),
    [
        pytest.param(HOUR, [10 * MINUTE, 5 * MINUTE, MINUTE], id="an hour gets all three"),
        pytest.param(10 * MINUTE, [5 * MINUTE, MINUTE], id="what is warned of must lie in the session"),
        pytest.param(2 * MINUTE, [MINUTE], id="two minutes get the last"),
        pytest.param(MINUTE, [MINUTE / 2], id="a minute gets one at half time"),
        pytest.param(timedelta(seconds=8), [timedelta(seconds=4)], id="so do eight seconds"),
    ],
)
def test_when_a_session_is_warned(given_time: timedelta, warnings: list[timedelta]) -> None:
    """D02: however short it is, its person is warned."""
    assert warnings_within(given_time) == warnings


def test_a_session_told_to_end_while_its_recording_opens_only_seals_it() -> None:
    assert play(Admitted(HOUR), MustEnd(Cause.ISOLATED), RecordingOpened(), RecordingSealed()) == [
        [OpenRecording()],
        [],
        [SealRecording(Cause.ISOLATED)],
        [KeepEnding(Cause.ISOLATED)],
    ]


def test_a_session_told_to_end_while_the_ledger_is_asked_never_lets_anything_through() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), MustEnd(Cause.KILLED), OpeningKept(), SidesClosed()) == [
        [OpenRecording()],
        [KeepOpening()],
        [CloseSides(Cause.KILLED)],
        [],
        [SealRecording(Cause.KILLED)],
    ]


def test_an_opening_that_the_ledger_lost_is_closed_again() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), OpeningLost())[-1] == [CloseSides(Cause.NEVER_OPENED)]


def test_a_refused_recording_leaves_nothing_to_close() -> None:
    governor = Governor()
    governor.receive(Admitted(HOUR))
    assert governor.receive(RecordingRefused()) == []
    assert governor.state is State.ENDED
    assert governor.receive(MustEnd(Cause.KILLED)) == []


def test_a_window_that_closes_while_opening_ends_it() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), Woke(timedelta(seconds=-1)))[-1] == [
        CloseSides(Cause.WINDOW_END)
    ]
    assert play(Admitted(HOUR), RecordingOpened(), Woke(MINUTE))[-1] == []


def test_the_first_cause_is_the_one_that_counts() -> None:
    governor = Governor()
    for event in (Admitted(HOUR), RecordingOpened(), OpeningKept(), MustEnd(Cause.REVOKED)):
        governor.receive(event)
    assert governor.receive(MustEnd(Cause.KILLED)) == []
    assert governor.receive(Woke(timedelta())) == []
    assert governor.cause is Cause.REVOKED


@for_each(
    "events",
    [
        pytest.param([RecordingOpened()], id="a recording before admission"),
        pytest.param([RecordingRefused()], id="a refused recording before admission"),
        pytest.param([OpeningKept()], id="an opening before admission"),
        pytest.param([SidesClosed()], id="sides closed before admission"),
        pytest.param([Admitted(HOUR), Admitted(HOUR)], id="admitted twice"),
        pytest.param([Admitted(HOUR), OpeningKept()], id="told before recorded"),
        pytest.param([Admitted(HOUR), RecordingOpened(), RecordingSealed()], id="sealed while opening"),
        pytest.param(
            [Admitted(HOUR), RecordingOpened(), OpeningKept(), OpeningLost()], id="kept and then lost"
        ),
        pytest.param([Admitted(HOUR), RecordingOpened(), OpeningKept(), EndingKept()], id="ended, yet runs"),
        pytest.param(
            [Admitted(HOUR), RecordingOpened(), MustEnd(Cause.KILLED), RecordingSealed()],
            id="sealed before the sides are closed",
        ),
    ],
)
def test_what_cannot_happen_is_an_error(events: list[Event]) -> None:
    governor = Governor()
    with pytest.raises(TransitionError, match="cannot happen while a session is"):
        for event in events:
            governor.receive(event)


RUNNING = (Admitted(HOUR), RecordingOpened(), OpeningKept())


def test_a_step_holds_the_expiry_and_gives_it_back_d03() -> None:
    """D03: a declared step holds the window's end, and nothing but that."""
    assert play(*RUNNING, StepDeclared(10 * MINUTE, QUARTER), StepDone())[3:] == [
        [HoldExpiry(10 * MINUTE)],
        [ReleaseExpiry()],
    ]


def test_a_step_that_its_session_outlived_ends_with_it_d03() -> None:
    """D03: the hold is bounded, time ends the session when it is over."""
    assert play(*RUNNING, StepDeclared(MINUTE, QUARTER), Woke(timedelta()), StepDone())[3:] == [
        [HoldExpiry(MINUTE)],
        [CloseSides(Cause.WINDOW_END)],
        [],
    ]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((StepDone(),), id="done before it began"),
        pytest.param((StepDeclared(timedelta(), QUARTER),), id="for no time"),
        pytest.param((StepDeclared(QUARTER + timedelta(seconds=1), QUARTER),), id="a second too long"),
        pytest.param((StepDeclared(MINUTE, QUARTER), StepDeclared(MINUTE, QUARTER)), id="twice at once"),
        pytest.param(
            (StepDeclared(MINUTE, QUARTER), StepDone(), StepDeclared(MINUTE, QUARTER)),
            id="twice, one after the other",
        ),
        pytest.param((StepDeclared(MINUTE, QUARTER), StepDone(), StepDone()), id="done twice"),
        pytest.param((MustEnd(Cause.KILLED), StepDeclared(MINUTE, QUARTER)), id="when it must end"),
    ],
)
def test_a_step_that_cannot_be_is_an_error_d03(events: tuple[Event, ...]) -> None:
    """D03: once, bounded, and only while bytes may cross."""
    governor = Governor()
    with pytest.raises(TransitionError, match="cannot happen while a session is"):
        for event in (*RUNNING, *events):
            governor.receive(event)


EVENTS: list[Event] = [
    Admitted(HOUR),
    Admitted(timedelta(seconds=5)),
    RecordingOpened(),
    RecordingRefused(),
    OpeningKept(),
    OpeningLost(),
    Woke(timedelta()),
    Woke(MINUTE),
    Woke(HOUR),
    *map(MustEnd, Cause),
    StepDeclared(MINUTE, QUARTER),
    StepDeclared(QUARTER, QUARTER),
    StepDeclared(HOUR, QUARTER),
    StepDone(),
    *map(MustHold, Hold),
    MustHold(Hold.STATE, 15 * MINUTE),
    *map(MayGoOn, Hold),
    HeldFor(Hold.STATE, MINUTE),
    HeldFor(Hold.STATE, HOUR),
    Quiet(MINUTE, HOUR, 2 * MINUTE),
    Quiet(2 * MINUTE, HOUR, 2 * MINUTE),
    Quiet(2 * MINUTE, None, None),
    SidesClosed(),
    RecordingSealed(),
    EndingKept(),
]


def survive(governor: Governor, event: Event) -> list[Command]:
    try:
        return governor.receive(event)
    except TransitionError:
        return []


@given(st.lists(st.sampled_from(EVENTS), max_size=30), st.lists(st.sampled_from(EVENTS), max_size=30))
def test_no_order_of_events_lets_a_session_go_on_after_it_must_end(
    before: list[Event], after: list[Event]
) -> None:
    governor = Governor()
    for event in before:
        survive(governor, event)
    survive(governor, MustEnd(Cause.KILLED))
    assert governor.state is not State.RUNNING
    commands = [command for event in after for command in survive(governor, event)]
    goes_on = LetThrough | WakeWhenLeft | Warn | KeepOpening | HoldExpiry | ReleaseExpiry
    assert not any(isinstance(one, goes_on) for one in commands)
    forward = LetThrough | WakeWhenLeft | Warn | KeepOpening | HoldInput | LetInputGo
    assert not any(isinstance(one, forward) for one in commands)
    assert governor.state is not State.RUNNING
    assert not governor.holds


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_nothing_is_let_through_before_it_is_recorded_and_kept(events: list[Event]) -> None:
    governor = Governor()
    happened: list[Event] = []
    for event in events:
        commands = survive(governor, event)
        happened.append(event)
        if LetThrough() in commands:
            assert RecordingOpened() in happened
            assert event == OpeningKept()
            assert not any(isinstance(one, MustEnd) for one in happened)


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_sides_are_closed_once_and_the_recording_is_sealed_once(events: list[Event]) -> None:
    governor = Governor()
    commands = [command for event in events for command in survive(governor, event)]
    for kind in (OpenRecording, CloseSides, SealRecording, KeepEnding, LetThrough):
        assert sum(isinstance(one, kind) for one in commands) <= 1


@given(st.lists(st.sampled_from(EVENTS), max_size=40), st.sampled_from(list(Cause)))
def test_whatever_was_declared_before_what_ends_a_session_ends_it_at_once_d03(
    before: list[Event], cause: Cause
) -> None:
    """D03: a kill, a revocation, an isolation and a recorder that fails never wait for a step."""
    governor = Governor()
    for event in (*RUNNING, *before):
        survive(governor, event)
    ran = governor.state is State.RUNNING
    assert survive(governor, MustEnd(cause)) == ([CloseSides(cause)] if ran else [])
    assert governor.state is not State.RUNNING


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_no_order_of_events_holds_the_expiry_twice_or_for_longer_than_the_bound_d03(
    events: list[Event],
) -> None:
    """D03: once for a session, within the charter's bound, and before it must end."""
    governor = Governor()
    held: list[HoldExpiry] = []
    for event in (*RUNNING, *events):
        commands = survive(governor, event)
        found = [one for one in commands if isinstance(one, HoldExpiry)]
        assert not found or governor.state is State.RUNNING
        held += found
    assert len(held) <= 1
    assert all(one.length <= QUARTER for one in held)


RUNNING = (Admitted(HOUR), RecordingOpened(), OpeningKept())


def test_a_session_that_is_held_goes_on_once_every_cause_is_lifted() -> None:
    """B11: the input stops at once, and goes on when nothing holds it any more."""
    held, unattended = MustHold(Hold.STATE, 15 * MINUTE), MustHold(Hold.UNATTENDED)
    assert play(
        *RUNNING, held, unattended, held, MayGoOn(Hold.STATE), MayGoOn(Hold.UNATTENDED), MayGoOn(Hold.STATE)
    )[3:] == [[HoldInput(Hold.STATE)], [HoldInput(Hold.UNATTENDED)], [], [], [LetInputGo()], []]


@pytest.mark.parametrize(
    ("span", "ends"),
    [
        pytest.param(15 * MINUTE - timedelta(microseconds=1), False, id="the last instant of waiting"),
        pytest.param(15 * MINUTE, True, id="the first one that is too long"),
    ],
)
def test_a_hold_that_waits_for_a_yes_has_an_end(span: timedelta, ends: bool) -> None:
    """B11: without a yes for the new state the session ends, after a bounded time."""
    commands = play(*RUNNING, MustHold(Hold.STATE, 15 * MINUTE), HeldFor(Hold.STATE, span))[-1]
    assert commands == ([CloseSides(Cause.STATE_CHANGE)] if ends else [])


def test_a_hold_without_a_bound_lasts_until_the_session_s_own_end() -> None:
    assert play(*RUNNING, MustHold(Hold.UNATTENDED), HeldFor(Hold.UNATTENDED, 24 * HOUR))[-1] == []
    assert play(*RUNNING, MustHold(Hold.UNATTENDED), Woke(timedelta()))[-1] == [CloseSides(Cause.WINDOW_END)]


def test_a_hold_that_began_while_opening_is_there_before_anything_may_cross() -> None:
    assert play(Admitted(HOUR), MustHold(Hold.UNATTENDED), RecordingOpened(), OpeningKept())[1:] == [
        [],
        [KeepOpening()],
        [HoldInput(Hold.UNATTENDED), LetThrough(), WakeWhenLeft(10 * MINUTE)],
    ]


def test_a_hold_lifted_while_opening_leaves_no_trace() -> None:
    assert play(Admitted(HOUR), MustHold(Hold.STATE), MayGoOn(Hold.STATE), RecordingOpened(), OpeningKept())[
        -1
    ] == [LetThrough(), WakeWhenLeft(10 * MINUTE)]


@for_each("cause", Cause)
def test_a_kill_never_waits_for_a_hold(cause: Cause) -> None:
    """SECURITY: whatever holds the input, the end is at once."""
    assert play(*RUNNING, *map(MustHold, Hold), MustEnd(cause))[-1] == [CloseSides(cause)]


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_input_crosses_exactly_while_the_session_runs_and_nothing_holds_it(events: list[Event]) -> None:
    """B11, D04, D11: over every order of events, as a shell sees it that only obeys."""
    governor, holds, through, held, step = Governor(), set[Hold](), False, False, False
    for event in events:
        if governor.cause is None and governor.state is not State.ENDED:
            match event:
                case MustHold(hold):
                    holds.add(hold)
                case MayGoOn(hold):
                    holds.discard(hold)
                case Quiet(span, _, lock_after) if (
                    lock_after is not None
                    and span >= lock_after
                    and governor.state is State.RUNNING
                    and holds <= {Hold.LOCKED}
                    and not step
                ):
                    holds.add(Hold.LOCKED)
        for command in survive(governor, event):
            match command:
                case HoldExpiry() | ReleaseExpiry():
                    step = isinstance(command, HoldExpiry)
                case HoldInput():
                    held = True
                case LetInputGo():
                    held = False
                case LetThrough():
                    through = True
                case CloseSides():
                    through = False
        assert (through and not held) == (governor.state is State.RUNNING and not holds)


RUNNING: tuple[Event, ...] = (Admitted(4 * HOUR), RecordingOpened(), OpeningKept())


def test_d05_a_session_that_nobody_uses_ends_after_one_warning() -> None:
    """D05: told a minute before; what is typed meanwhile begins the time anew."""
    told = play(
        *RUNNING,
        Quiet(28 * MINUTE, 30 * MINUTE),
        Quiet(29 * MINUTE, 30 * MINUTE),
        Quiet(29.5 * MINUTE, 30 * MINUTE),
        Quiet(MINUTE, 30 * MINUTE),
        Quiet(29 * MINUTE, 30 * MINUTE),
        Quiet(30 * MINUTE, 30 * MINUTE),
    )[3:]
    warned = [Warn(MINUTE, idle=True)]
    assert told == [[], warned, [], [], warned, [CloseSides(Cause.IDLE)]]


def test_a_very_short_patience_is_warned_of_at_half_of_it() -> None:
    assert play(*RUNNING, Quiet(2 * MINUTE / 3, MINUTE))[-1] == [Warn(MINUTE / 3, idle=True)]


def test_nobody_is_idle_while_the_plant_holds_the_input_or_a_step_runs() -> None:
    for what in (MustHold(Hold.PAUSED), StepDeclared(MINUTE, QUARTER)):
        assert play(*RUNNING, what, Quiet(HOUR, 30 * MINUTE))[-1] == []
    over = play(*RUNNING, StepDeclared(MINUTE, QUARTER), StepDone(), Quiet(HOUR, 30 * MINUTE))
    assert over[-1] == [CloseSides(Cause.IDLE)]


def test_what_has_not_begun_or_is_ending_is_not_idle() -> None:
    assert play(Admitted(HOUR), RecordingOpened(), Quiet(HOUR, MINUTE))[-1] == []
    assert play(*RUNNING, MustEnd(Cause.KILLED), Quiet(HOUR, MINUTE))[-1] == []


def test_d04_a_session_that_nobody_uses_is_locked_once_and_the_plant_s_own_pause_is_no_lock() -> None:
    """D04: held until its person has proved who they are, and ended if nobody comes."""
    lock = Quiet(10 * MINUTE, 30 * MINUTE, 10 * MINUTE)
    told = play(
        *RUNNING,
        Quiet(9.99 * MINUTE, 30 * MINUTE, 10 * MINUTE),
        lock,
        lock,
        MayGoOn(Hold.LOCKED),
        lock,
        Quiet(30 * MINUTE, 30 * MINUTE, 10 * MINUTE),
    )[3:]
    locked = [HoldInput(Hold.LOCKED)]
    assert told == [[], locked, [], [LetInputGo()], locked, [CloseSides(Cause.IDLE)]]
    for what in (MustHold(Hold.PAUSED), StepDeclared(MINUTE, QUARTER)):
        assert play(*RUNNING, what, lock)[-1] == []
    assert play(*RUNNING, Quiet(HOUR, None, MINUTE))[-1] == locked
    assert play(*RUNNING, Quiet(HOUR, None, None))[-1] == []


def test_d04_a_pause_on_a_lock_outlives_the_lock() -> None:
    """D04: who proves who they are lifts nothing but the lock."""
    lock = Quiet(10 * MINUTE, None, 10 * MINUTE)
    told = play(*RUNNING, lock, MustHold(Hold.PAUSED), MayGoOn(Hold.LOCKED), MayGoOn(Hold.PAUSED))
    assert told[4:] == [[HoldInput(Hold.PAUSED)], [], [LetInputGo()]]
