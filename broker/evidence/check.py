"""The line of the check in the list of how the evidence stands, and when the next one is due. Pure."""

from datetime import UTC, datetime, timedelta

from broker.evidence.checked import Checked
from broker.evidence.standing import Standing, State
from domain.said import say, say_n

CHECK, CHECK_TITLE = "check", say("Check of the evidence")


def due(last: Checked | None, every: timedelta) -> datetime:
    """When the next one begins; at once where there was none."""
    return datetime.min.replace(tzinfo=UTC) if last is None else last.begun + every


def of_check(last: Checked | None, now: datetime, every: timedelta) -> Standing:
    """``last`` is the last check that came to its end; ``every`` is zero where the plant asks for none."""
    if last is None:
        sentence = say("The evidence has not been checked yet.")
        state = State.LATE if every else State.OFF
        return Standing(CHECK, CHECK_TITLE, state, sentence)
    if last.found:
        return Standing(
            CHECK,
            CHECK_TITLE,
            State.ALARMED,
            say_n(
                "{count} thing is not as it was.",
                "{count} things are not as they were.",
                len(last.found),
            ),
            last.ended,
            say(
                "What was found, who had it last and what to do about each: `penstock evidence check`, or below for auditors."
            ),
        )
    if every and now >= last.begun + 2 * every:
        return Standing(
            CHECK,
            CHECK_TITLE,
            State.ALARMED,
            say("The check of the evidence is overdue."),
            last.ended,
            say("See why the console starts none: its log says so. `penstock evidence check` does it now."),
        )
    sentence = say(
        "{size} leaves, {recordings} recordings and {permits} permits were as they should be.",
        size=last.size,
        recordings=last.counts["recordings"],
        permits=last.counts["permits"],
    )
    return Standing(CHECK, CHECK_TITLE, State.OK, sentence, last.ended)
