"""The session machine: events in, commands out. It alone decides whether bytes may still cross.

A session opens its recording before anything else, is written into the ledger before anything
crosses, and ends exactly once. Whatever wants it to end (the window, a revocation, the kill switch,
a lost recorder) is one event, ``MustEnd``, and after that event no order of others lets it go on.

What runs may be a step that must not be interrupted (firmware that is being written, say). The plant
declares it, once a session and for a bounded time, and the window's end waits; nothing else does.

A session may be held meanwhile: it stays open, what the asset says still reaches the vendor, and
nothing goes towards the asset until every cause of the hold is lifted. A hold that waits for a yes
has an end, and then the session ends. One that nobody uses is locked: held until its person has proved
once more that it is they.

Times are what is left of the session, or how long it has been held, not instants: the shell reckons
them, from two clocks where it counts, and this module need not know which one said so.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.errors import TransitionError

WARNINGS = (timedelta(minutes=10), timedelta(minutes=5), timedelta(minutes=1))
"""How long before the end the vendor is told. A hard cut in mid-write may leave a machine half done."""

IDLE_WARNING = timedelta(minutes=1)
"""How long before an unused session ends the vendor is told."""


class Cause(StrEnum):
    """Why a session ended. The words are quoted in evidence and never change their meaning."""

    WINDOW_END = "window_end"
    REVOKED = "revoked"
    KILLED = "killed"
    ISOLATED = "isolated"
    STATE_CHANGE = "state_change"
    CHARTER_CHANGED = "charter_changed"
    KEY_REVOKED = "key_revoked"
    """A key with which its permit was approved was taken out of the trust file."""
    RECORDER_FAILED = "recorder_failed"
    WATCHDOG_LOST = "watchdog_lost"
    IDLE = "idle"
    """Nobody used it for as long as the charter lets one stand unused."""
    CLIENT_GONE = "client_gone"
    UNPROVED = "unproved"
    """It was locked, and whoever was there could not prove that it is they."""
    FINISHED = "finished"
    SHUTDOWN = "shutdown"
    NEVER_OPENED = "never_opened"
    """The ledger could not keep the opening, so nothing was let through."""


class Hold(StrEnum):
    """Why nothing may go towards the asset for now. The words are quoted in evidence, as a Cause's are."""

    STATE = "state"
    """Its zone is in a state that its permit does not name; whoever decides there is asked again."""
    UNATTENDED = "unattended"
    """Its zone's state asks for an attendant of the plant, and there is none."""
    PAUSED = "paused"
    """Somebody of the plant paused it."""
    LOCKED = "locked"
    """Nobody used it; its person has to prove once more that it is they."""


class State(StrEnum):
    """Where a session stands; bytes cross in RUNNING and nowhere else."""

    OPENING = "opening"
    ANNOUNCING = "announcing"
    RUNNING = "running"
    ENDING = "ending"
    SEALING = "sealing"
    REPORTING = "reporting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Admitted:
    """Policy let the session in, for this long."""

    left: timedelta


@dataclass(frozen=True, slots=True)
class RecordingOpened:
    """Its recording exists and takes frames."""


@dataclass(frozen=True, slots=True)
class RecordingRefused:
    """No recording could be opened; there is nothing to close or seal."""


@dataclass(frozen=True, slots=True)
class OpeningKept:
    """The ledger holds the leaf that says it opened."""


@dataclass(frozen=True, slots=True)
class OpeningLost:
    """The ledger did not say that it holds that leaf."""


@dataclass(frozen=True, slots=True)
class Woke:
    """The time it asked to be woken at has come; ``left`` is what remains, negative when overdue."""

    left: timedelta


@dataclass(frozen=True, slots=True)
class MustEnd:
    """It may not go on."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class StepDeclared:
    """The plant says that what runs must not be interrupted for ``length``; ``longest`` is its charter's bound."""

    length: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class StepDone:
    """That step is done."""


@dataclass(frozen=True, slots=True)
class MustHold:
    """Nothing may go towards the asset; ``at_most`` is how long it may stay so before it must end."""

    hold: Hold
    at_most: timedelta | None = None


@dataclass(frozen=True, slots=True)
class MayGoOn:
    """This cause of a hold is no more."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class HeldFor:
    """How long a hold has lasted so far."""

    hold: Hold
    span: timedelta


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long nobody has used it, and how long that may last. Use of a terminal is what is typed; of all else, any byte.

    ``at_most``: until it ends; ``lock_after``: until it is locked. None is never.
    """

    span: timedelta
    at_most: timedelta | None
    lock_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SidesClosed:
    """Closing was seen through, or given up on."""


@dataclass(frozen=True, slots=True)
class RecordingSealed:
    """The recording takes no more frames."""


@dataclass(frozen=True, slots=True)
class EndingKept:
    """The end is in the ledger, or in the journal that will be read into it."""


Event = (
    Admitted
    | RecordingOpened
    | RecordingRefused
    | OpeningKept
    | OpeningLost
    | Woke
    | MustEnd
    | StepDeclared
    | StepDone
    | MustHold
    | MayGoOn
    | HeldFor
    | Quiet
    | SidesClosed
    | RecordingSealed
    | EndingKept
)


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """Open the recording, before anything else."""


@dataclass(frozen=True, slots=True)
class KeepOpening:
    """Have the ledger keep the opening."""


@dataclass(frozen=True, slots=True)
class LetThrough:
    """From now on bytes may cross."""


@dataclass(frozen=True, slots=True)
class HoldInput:
    """From now on nothing goes towards the asset; tell the vendor why."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class LetInputGo:
    """Nothing holds the input any more: what waited goes on, and all that follows."""


@dataclass(frozen=True, slots=True)
class WakeWhenLeft:
    """Send ``Woke`` once no more than this is left."""

    left: timedelta


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the vendor how long remains; ``idle``: unless somebody uses it."""

    left: timedelta
    idle: bool = False


@dataclass(frozen=True, slots=True)
class HoldExpiry:
    """Let time end it no sooner than this from now; nothing else waits for that."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class ReleaseExpiry:
    """Let time end it when it would have."""


@dataclass(frozen=True, slots=True)
class CloseSides:
    """Close both sides of every passage now, and see that they are closed."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class SealRecording:
    """Seal the recording, with this as its end."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class KeepEnding:
    """Have the ledger keep the end."""

    cause: Cause


Command = (
    OpenRecording
    | KeepOpening
    | LetThrough
    | HoldInput
    | LetInputGo
    | WakeWhenLeft
    | Warn
    | HoldExpiry
    | ReleaseExpiry
    | CloseSides
    | SealRecording
    | KeepEnding
)


class Governor:
    """One session's machine. ``receive`` takes an event and returns what the shell must do, in order."""

    def __init__(self) -> None:
        self.state = State.OPENING
        self.cause: Cause | None = None
        self._begun = False
        self._warnings: list[timedelta] = []
        self._step: bool | None = None
        """None before a step was declared, True while one holds the expiry, False once it is done."""
        self._holds: dict[Hold, timedelta | None] = {}
        self._told_idle = False

    @property
    def holds(self) -> frozenset[Hold]:
        """Why nothing may go towards the asset now; empty when it may, or once the session is ending."""
        return frozenset(self._holds) if self.cause is None else frozenset()

    def receive(self, event: Event) -> list[Command]:  # noqa: PLR0911 - one return per kind of event
        """The commands that follow from ``event``; TransitionError when it can't happen now."""
        match event:
            case MustEnd(cause):
                return self._end(cause)
            case Woke(left):
                return self._wake(left)
            case StepDeclared() | StepDone():
                return self._hold(event)
            case MustHold() | MayGoOn() | HeldFor():
                return self._held(event)
            case Quiet():
                return self._quiet(event)
            case Admitted() | RecordingOpened() | RecordingRefused() if self.state is State.OPENING:
                return self._open_up(event)
            case OpeningKept() | OpeningLost() if self._begun:
                return self._announced(event)
            case _:
                return self._close_down(event)

    def _open_up(self, event: Admitted | RecordingOpened | RecordingRefused) -> list[Command]:
        match event:
            case Admitted(left) if not self._begun:
                self._begun = True
                self._warnings = warnings_within(left)
                return [OpenRecording()]
            case RecordingOpened() if self._begun and self.cause is None:
                self.state = State.ANNOUNCING
                return [KeepOpening()]
            case RecordingOpened() if self._begun and self.cause is not None:
                self.state = State.SEALING
                return [SealRecording(self.cause)]
            case RecordingRefused() if self._begun:
                self.cause = self.cause or Cause.NEVER_OPENED
                self.state = State.ENDED
                return []
            case _:
                raise TransitionError(f"{event} cannot happen while a session is {self.state}.")

    def _announced(self, event: OpeningKept | OpeningLost) -> list[Command]:
        match self.state, event:
            case State.ANNOUNCING, OpeningKept():
                self.state = State.RUNNING
                # Held before anything may cross, so that not one chunk slips in between.
                return [*(HoldInput(hold) for hold in self._holds), LetThrough(), self._next_wake()]
            case State.ANNOUNCING, OpeningLost():
                return self._end(Cause.NEVER_OPENED)
            case ((State.OPENING | State.RUNNING), _):
                raise TransitionError(f"{event} cannot happen while a session is {self.state}.")
            case _:
                return []  # it was told to end while the ledger was being asked

    def _close_down(self, event: Event) -> list[Command]:
        cause = self.cause or Cause.NEVER_OPENED
        match self.state, event:
            case State.ENDING, SidesClosed():
                self.state = State.SEALING
                return [SealRecording(cause)]
            case State.SEALING, RecordingSealed():
                self.state = State.REPORTING
                return [KeepEnding(cause)]
            case State.REPORTING, EndingKept():
                self.state = State.ENDED
                return []
            case state, _:
                raise TransitionError(f"{event} cannot happen while a session is {state}.")

    def _end(self, cause: Cause) -> list[Command]:
        if self.cause is not None or self.state is State.ENDED:
            return []  # already on the way out; the first cause is the one that counts
        self.cause = cause
        if self.state is State.OPENING:
            return []  # a recording that is being opened is sealed as soon as it is there
        self.state = State.ENDING
        return [CloseSides(cause)]

    def _hold(self, event: StepDeclared | StepDone) -> list[Command]:
        """Only time waits for a step: ``MustEnd`` takes the same way whether one was declared or not."""
        match event:
            case StepDeclared(length, longest) if (
                self.state is State.RUNNING and self._step is None and timedelta() < length <= longest
            ):
                self._step = True
                return [HoldExpiry(length)]
            case StepDone() if self.state is State.RUNNING and self._step:
                self._step = False
                return [ReleaseExpiry()]
            case StepDone() if self._step and self.cause is not None:
                return []  # it ended before the step did
            case _:
                raise TransitionError(f"{event} cannot happen while a session is {self.state}.")

    def _held(self, event: MustHold | MayGoOn | HeldFor) -> list[Command]:
        if self.cause is not None or self.state is State.ENDED:
            return []  # it is ending, and nothing crosses anyway
        match event:
            case MustHold(hold, at_most):
                fresh = hold not in self._holds
                self._holds[hold] = at_most
                return [HoldInput(hold)] if fresh and self.state is State.RUNNING else []
            case MayGoOn(hold):
                lifted = hold in self._holds
                self._holds.pop(hold, None)
                free = lifted and not self._holds and self.state is State.RUNNING
                return [LetInputGo()] if free else []
            case HeldFor(hold, span):
                at_most = self._holds.get(hold)
                return self._end(Cause.STATE_CHANGE) if at_most is not None and span >= at_most else []

    def _quiet(self, quiet: Quiet) -> list[Command]:
        """A step and a hold are the plant's own doing: while one lasts, nobody is idle. A lock is not."""
        if self.state is not State.RUNNING or self._step or self._holds.keys() - {Hold.LOCKED}:
            return []
        left = quiet.at_most - quiet.span if quiet.at_most is not None else timedelta.max
        if left <= timedelta():
            return self._end(Cause.IDLE)
        lock: list[Command] = []
        if quiet.lock_after is not None and quiet.span >= quiet.lock_after:
            lock = self._held(MustHold(Hold.LOCKED))
        due, told = left <= min(IDLE_WARNING, (quiet.at_most or timedelta.max) / 2), self._told_idle
        self._told_idle = due
        return [*lock, Warn(left, idle=True)] if due and not told else lock

    def _wake(self, left: timedelta) -> list[Command]:
        if left <= timedelta():
            return self._end(Cause.WINDOW_END)
        if self.state is not State.RUNNING:
            return []
        due = [warning for warning in self._warnings if left <= warning]
        self._warnings = [warning for warning in self._warnings if left > warning]
        # However many came due at once (after a suspend, say), one sentence is enough.
        return [*([Warn(left)] if due else []), self._next_wake()]

    def _next_wake(self) -> WakeWhenLeft:
        return WakeWhenLeft(self._warnings[0] if self._warnings else timedelta())


def warnings_within(given: timedelta) -> list[timedelta]:
    """When to warn in a session of this length, earliest first; one at half time if it is very short."""
    return [warning for warning in WARNINGS if warning < given] or [given / 2]
