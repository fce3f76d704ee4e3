"""Requests, decisions and disputes, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import DOORS, FACTORS, Naming, because, count, excepted, names, upper
from domain.canonical import Json, text_in

CHANGES = {
    "disputed": "With that it went to the arbiter; until they decide it opens nothing.",
    "requested": "With that the dispute was over, and the permit waited again.",
    "approved": "With that the permit was approved.",
    "active": "The permit came into use.",
    "lapsed": "The permit lapsed: its window passed undecided or unused.",
    "completed": "The permit's window closed; it was used and is completed.",
}
ESCALATED = {
    "permit": "a decision that nobody had made",
    "dispute": "a dispute that nobody had settled",
    "review": "a use of break-glass that nobody had reviewed",
}
DEEDS = {
    "refused": "refused the request",
    "withdrawn": "withdrew the request",
    "narrowed": "put a narrower permit in this one's place",
    "revoked": "revoked the permit",
}


def _changed(of: Naming, event: Mapping[str, Json]) -> str:
    after = text_in(event, "after")
    if after in DEEDS:
        return f"{of.person(text_in(event, 'by'))} {DEEDS[after]}{because(event)}"
    return CHANGES.get(after, f"The permit is {after} now.")


def _approved(of: Naming, event: Mapping[str, Json]) -> str:
    kind = FACTORS.get(text_in(event, "kind"), text_in(event, "kind"))
    return f"{of.person(text_in(event, 'approver'))} approved it by {kind}, under the right {text_in(event, 'right')}."


def _disputed(of: Naming, event: Mapping[str, Json]) -> str:
    return (
        f"There was a dispute under the right {text_in(event, 'right')}: {_positions(event)} "
        f"{of.person(text_in(event, 'arbiter'))} may settle it until {of.when(event, 'until')}; then it is refused."
    )


def _settled(of: Naming, event: Mapping[str, Json]) -> str:
    if text_in(event, "by") == "clock":
        return f"Nobody settled the dispute in time, which is a no. {_positions(event)}"
    deed = "let it happen" if event.get("allows") is True else "refused it"
    return f"{of.person(text_in(event, 'by'))} settled the dispute and {deed}{because(event)} {_positions(event)}"


def _positions(event: Mapping[str, Json]) -> str:
    said = []
    for name, verb in (("agreed", "agreed"), ("refused", "refused")):
        given = event.get(name)
        texts = [str(one) for one in given] if isinstance(given, list | tuple) else []
        said.append(f"{verb}: {'; '.join(texts) or 'nobody'}.")
    return " ".join(upper(one) for one in said)


def _escalated(of: Naming, event: Mapping[str, Json]) -> str:
    given = event.get("called")
    names = [of.person(str(one)) for one in given] if isinstance(given, list | tuple) else []
    kind, _, what = text_in(event, "about").partition(":")
    about = (
        f"the right {what.replace(':', ' over ')}, which nobody holds"
        if kind == "void"
        else ESCALATED.get(kind, kind)
    )
    who = " and ".join(names) or "nobody, for the charter names none,"
    return f"{who} {'were' if len(names) > 1 else 'was'} called as {text_in(event, 'level')}, about {about}."


def _asked(of: Naming, event: Mapping[str, Json]) -> str:
    door = DOORS.get(text_in(event, "door"), text_in(event, "door"))
    who, what = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    return f"{who} asked for access to {what}, at {door}.{excepted(event)}"


def _refused(of: Naming, event: Mapping[str, Json]) -> str:
    who, what = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    return f"{who} asked for access to {what} and was refused: {text_in(event, 'sentence')}"


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "PermitRequested": _asked,
    "RequestRefused": _refused,
    "PermitApproved": _approved,
    "PermitChanged": _changed,
    "PermitDisputed": _disputed,
    "Escalated": _escalated,
    "PermitSettled": _settled,
    "ApprovalRejected": lambda of, it: (
        f"A decision of {of.person(text_in(it, 'person'))} did not count: {text_in(it, 'sentence')}"
    ),
    "RefusalSigned": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} signed a no with their SSH key; whether it counted, the next line says."
    ),
    "GlassBroken": lambda of, it: (
        f"{names(of, it, 'by')} broke the glass past {names(of, it, 'skipped')}, until "
        f"{of.when(it, 'until')}{because(it)}"
    ),
    "GlassReviewed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} reviewed how the glass was broken: {text_in(it, 'finding')}"
    ),
    "TemplateWritten": lambda of, it: f"{of.person(text_in(it, 'by'))} wrote a standing template down.",
    "TemplateUsed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} confirmed a permit inside a standing template, use {count(it, 'use')} of {count(it, 'uses')}."
    ),
    "TemplateEnded": lambda of, it: f"{of.person(text_in(it, 'by'))} ended a standing template{because(it)}",
}
