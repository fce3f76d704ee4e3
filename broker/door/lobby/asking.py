"""What is meant where a wish leaves something open. Pure."""

from collections.abc import Mapping

from broker.door.lobby.commands import Ask
from broker.door.seams import Charter
from domain.access import Grant, PassageKind, RequestField
from domain.ids import PersonId
from domain.plant import LINES, Asset, Protocol

USUAL = (PassageKind.SHELL, PassageKind.EXEC, PassageKind.SFTP, PassageKind.SCP)
QUESTIONS: Mapping[RequestField, str] = {
    RequestField.PURPOSE: "What you will do",
    RequestField.WORK_ORDER: "Work order or change",
    RequestField.BACK_OUT: "How it is undone",
    RequestField.FAILURE: "What would be seen first if it went wrong",
}


def usual(known: Asset | None) -> tuple[Grant, ...]:
    """What is meant when nothing is named: the SSH passages, a shell on a line, or the asset's own ports without either."""
    terminal = known.terminal() if known is not None else None
    if terminal is not None and terminal.protocol in LINES:
        return (Grant(PassageKind.SHELL),)
    if known is not None and known.endpoint(Protocol.SSH) is None and known.endpoints:
        return tuple(Grant(PassageKind.FORWARD, one.port) for one in known.endpoints)
    return tuple(Grant(kind) for kind in USUAL)


def blank(charter: Charter, said: Ask, person: PersonId) -> tuple[RequestField, ...]:
    """What every way there wants to know, and was not said."""
    vendor = charter.people[person].vendor if person in charter.people else None
    ways = charter.conduits_for(vendor, said.asset) if vendor is not None else ()
    wanted = [way.requires for way in ways if said.conduit in {None, way.id}]
    return tuple(
        said.stated.blank(frozenset.intersection(*wanted) | {RequestField.PURPOSE} if wanted else ())
    )
