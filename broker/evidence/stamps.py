"""How the time-stamps of the ledger stand. Pure."""

from datetime import datetime

from broker.evidence.standing import Standing, State
from broker.stamping.due import Newest, Pace, runs_out_soon
from domain.said import say, say_n

STAMPS, STAMPS_TITLE = "time-stamps", say("Time-stamps")


def of_stamps(
    pace: Pace, now: datetime, newest: Newest | None, waiting: int, since: datetime | None, trouble: str
) -> Standing:
    """``waiting`` heads wait, the oldest since ``since``; ``trouble`` is why the last attempt came to nothing, empty for none."""
    if since is not None and now - since >= pace.alarm_after:
        sentence = say_n(
            "{count} head of the ledger waits for a time-stamp. {trouble}",
            "{count} heads of the ledger wait for a time-stamp. {trouble}",
            waiting,
            trouble=trouble,
        )
        return _standing(
            State.ALARMED,
            sentence,
            since,
            say("See that this node reaches the authority; docs/timestamps.md names each refusal."),
        )
    if newest is None:
        sentence = say("No head was stamped yet. {trouble}", trouble=trouble)
        return _standing(State.LATE, sentence, since)
    if newest.until - now <= pace.renew_before / 3:
        return _standing(
            State.ALARMED,
            say(
                "The newest time-stamp runs out soon, and the authority still signs with the same certificate."
            ),
            newest.at,
            say(
                "Ask the authority for its new certificate, or take another authority, before the old one runs out."
            ),
        )
    sentence = say("The first {size} leaves are stamped.", size=newest.size)
    if runs_out_soon(pace, newest, now):
        return _standing(
            State.LATE, say("The newest time-stamp is being renewed: its certificates run out."), newest.at
        )
    if trouble:
        return _standing(
            State.LATE,
            say("The first {size} leaves are stamped. {trouble}", size=newest.size, trouble=trouble),
            since or newest.at,
        )
    return _standing(State.OK, sentence, newest.at)


def _standing(state: State, sentence: str, since: datetime | None, remedy: str = "") -> Standing:
    return Standing(STAMPS, STAMPS_TITLE, state, sentence, since, remedy)
