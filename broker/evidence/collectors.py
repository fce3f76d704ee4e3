"""The line of the collectors in the list of how the evidence stands. Pure."""

from collections.abc import Sequence

from broker.evidence.standing import Standing, State
from broker.siem.progress import Progress
from domain.canonical import instant_of
from domain.said import listed, say, say_n

COLLECTORS = "siem"
COLLECTORS_TITLE = say("SIEM")


def of_collectors(found: Sequence[Progress]) -> Standing:
    """How the collectors stand: the one of them that needs somebody, else all of them."""
    if not found:
        return Standing(COLLECTORS, COLLECTORS_TITLE, State.OFF, say("No collector is named in [siem]."))
    for one in found:
        if one.set_back:
            return Standing(
                COLLECTORS,
                COLLECTORS_TITLE,
                State.ALARMED,
                say(
                    "{name} was sent leaf {leaf}, and the ledger holds less: it was set back.",
                    name=one.target,
                    leaf=one.last,
                ),
                remedy=say("Keep the ledger's folder as it is, and compare it with what the collector has."),
            )
    behind = max(found, key=lambda one: (one.late, one.behind))
    if behind.behind:
        waits = say_n(
            "{name} waits for {count} leaf.",
            "{name} waits for {count} leaves.",
            behind.behind,
            name=behind.target,
        )
        if behind.late:
            return Standing(
                COLLECTORS,
                COLLECTORS_TITLE,
                State.ALARMED,
                waits,
                behind.waiting_since,
                say("`penstock siem list` says why; docs/siem.md what to do about it."),
            )
        return Standing(COLLECTORS, COLLECTORS_TITLE, State.LATE, waits, behind.waiting_since)
    delivered = max((one.delivered_at for one in found), default="")
    names = listed(one.target for one in found)
    return Standing(
        COLLECTORS,
        COLLECTORS_TITLE,
        State.OK,
        say("Every leaf was sent to {names}.", names=names),
        instant_of(delivered) if delivered else None,
    )
