"""How one thing that the evidence rests on stands: the lines of one list, for people, for scripts and for `penstock doctor`. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.said import listed, say, say_n
from recorder.ledger.policy import Witnessed

LATE_AFTER = timedelta(minutes=1)
"""SECURITY.md asks that a new head is with the witnesses within a minute."""


class State(StrEnum):
    """Worse is later in the list, but for what is switched off: that is neither well nor ill."""

    OFF = "off"
    """The plant asks for no such thing."""
    OK = "ok"
    LATE = "late"
    """Not yet what it should be, and within what it may take. Nobody is told."""
    ALARMED = "alarmed"
    """Somebody has to do something: ``remedy`` says what."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One line. ``since``: of what is well, when it was last seen to be; of what is not, since when it is not. None where nobody knows."""

    what: str
    """A stable name: ``ledger``, ``witnesses``."""
    title: str
    state: State
    sentence: str
    since: datetime | None = None
    remedy: str = ""

    @property
    def sound(self) -> bool:
        """Whether nobody has to do anything."""
        return self.state is not State.ALARMED


def worst(lines: Iterable[Standing]) -> State:
    """The state that a reader has to know first; OFF where there is no line."""
    order = list(State)
    return max((one.state for one in lines), key=order.index, default=State.OFF)


def worst_first(lines: Iterable[Standing]) -> list[Standing]:
    """What somebody has to do something about comes first; else as they were."""
    order = list(State)
    return sorted(lines, key=lambda one: -order.index(one.state))


LEDGER, WITNESSES = "ledger", "witnesses"
LEDGER_TITLE, WITNESSES_TITLE = say("Ledger"), say("Witnesses")


def of_ledger(size: int, last: datetime | None, *, listening: bool) -> Standing:
    """A ledger whose published head of ``size`` leaves was signed by its key; ``listening``: its signer takes events."""
    if listening:
        held = say_n(
            "{count} leaf under a signed head; the signer takes events.",
            "{count} leaves under a signed head; the signer takes events.",
            size,
        )
        return Standing(LEDGER, LEDGER_TITLE, State.OK, held, last)
    return Standing(
        LEDGER,
        LEDGER_TITLE,
        State.ALARMED,
        say_n(
            "The signer takes no events: nothing opens. {count} leaf is under a signed head.",
            "The signer takes no events: nothing opens. {count} leaves are under a signed head.",
            size,
        ),
        last,
        say("Start the node: `penstock serve`. If the signer ends again, its log says why."),
    )


def of_witnesses(
    found: Witnessed | None,
    size: int,
    waiting_since: datetime | None,
    now: datetime,
    silent_after: timedelta,
) -> Standing:
    """A ledger of ``size`` leaves for which witnesses are asked to vouch; ``found`` is the last head for which enough did.

    ``waiting_since`` is when the oldest leaf came for which they did not, None where there is none. After
    ``silent_after`` it is an alarm.
    """
    waits = timedelta() if waiting_since is None else now - waiting_since
    if waits >= silent_after:
        sentence = (
            say("No witness has ever vouched for this ledger.")
            if found is None
            else say_n(
                "Not enough witnesses vouch for {count} leaf at the ledger's end.",
                "Not enough witnesses vouch for the last {count} leaves.",
                size - found.head.size,
            )
        )
        return Standing(
            WITNESSES,
            WITNESSES_TITLE,
            State.ALARMED,
            sentence,
            waiting_since,
            say(
                "The console's log says what each witness answered. Until enough vouch, the ledger could be set back unseen."
            ),
        )
    if found is None:
        return Standing(
            WITNESSES, WITNESSES_TITLE, State.LATE, say("No witness has vouched yet."), waiting_since
        )
    sentence = say(
        "{witnesses} vouched for {witnessed} of {size} leaves.",
        witnesses=listed(found.witnesses) if found.witnesses else say("The log itself"),
        witnessed=found.head.size,
        size=size,
    )
    state = State.LATE if waits >= LATE_AFTER else State.OK
    return Standing(
        WITNESSES, WITNESSES_TITLE, state, sentence, found.at if state is State.OK else waiting_since
    )
