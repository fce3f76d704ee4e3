"""What the vendor reads of a session's course: how it ended, why it is held, and what their client exits with. Pure."""

from broker.exit_status import COME_BACK, REFUSED
from broker.governor import Cause, Hold

_AGAIN = "Ask your contact at the plant."
_SENTENCES = {
    Cause.WINDOW_END: "Your window has ended. What to do: ask for a new permit if the work is not done.",
    Cause.REVOKED: f"Your permit was revoked by the plant. What to do: {_AGAIN}",
    Cause.KILLED: f"The plant ended this session. What to do: {_AGAIN}",
    Cause.ISOLATED: f"The plant is isolated from outside. What to do: {_AGAIN}",
    Cause.STATE_CHANGE: "The zone's operating state changed, and your permit does not hold in it. "
    f"What to do: {_AGAIN}",
    Cause.CHARTER_CHANGED: "The plant's charter changed, and your permit or your key does not hold under it. "
    f"What to do: {_AGAIN}",
    Cause.KEY_REVOKED: "A key with which your permit was approved no longer counts. What to do: ask for a new permit.",
    Cause.RECORDER_FAILED: "This session can no longer be recorded, so it can't go on. "
    "What to do: connect again; if it is refused, tell your contact at the plant.",
    Cause.WATCHDOG_LOST: "The gate lost its kill switch, so no session may go on. "
    "What to do: connect again in a minute.",
    Cause.IDLE: "Nobody used this session for as long as the plant lets one stand unused. What to do: connect again; your permit holds.",
    Cause.UNPROVED: "This session was locked, and what was typed did not prove that it is you. What to do: connect again; your permit holds.",
    Cause.CLIENT_GONE: "Your client went away.",
    Cause.FINISHED: "The session is finished.",
    Cause.SHUTDOWN: "The gate is shutting down. What to do: connect again in a minute.",
    Cause.NEVER_OPENED: "The session could not be written into the ledger, so it was not opened. "
    "What to do: connect again in a minute.",
}
_HELD = {
    Hold.STATE: "The zone's operating state changed, and your permit does not name the new one. What you type "
    "waits, and the plant is asked again.",
    Hold.UNATTENDED: "Nobody of the plant is watching, and this work needs somebody who does. What you type waits.",
    Hold.LOCKED: "Nobody used this session, so it is locked until you have signed in again. What the asset says goes on; "
    "what you send waits.",
    Hold.PAUSED: "The plant paused this session. What you type waits, and goes on when the plant resumes it.",
}
GOES_ON = "What you type goes on again."

_TRY_AGAIN = frozenset(
    {Cause.IDLE, Cause.RECORDER_FAILED, Cause.WATCHDOG_LOST, Cause.SHUTDOWN, Cause.NEVER_OPENED}
)


def sentence(cause: Cause) -> str:
    """What the vendor is told, on one line."""
    return _SENTENCES[cause]


def hold_sentence(hold: Hold) -> str:
    """What the vendor is told when the input is held, on one line."""
    return _HELD[hold]


def exit_status(cause: Cause) -> int:
    """What the vendor's client exits with: 0 done, 75 try again later, 77 the plant said no."""
    if cause in {Cause.FINISHED, Cause.CLIENT_GONE}:
        return 0
    return COME_BACK if cause in _TRY_AGAIN else REFUSED
