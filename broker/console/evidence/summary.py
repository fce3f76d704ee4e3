"""One session at a glance, from the ledger's own events and the permit that it rested on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.console import words
from broker.console.evidence.naming import instant_in
from broker.console.evidence.sayings.sessions import ENDS
from domain.canonical import Json
from domain.permit import Permit


@dataclass(frozen=True, slots=True)
class Summary:
    """What an auditor wants to know before any detail. Ids; a page puts the charter's names to them."""

    person: str
    asset: str
    source: str
    opened_at: datetime | None
    ended_at: datetime | None
    lasted: str
    ending: str
    """Why it ended, in words; empty while it lives."""
    to_asset: str
    to_vendor: str
    approvers: tuple[str, ...]
    permit: Permit | None
    """As the database has it, if it is the very permit that the ledger names; else None."""
    permit_differs: bool
    """The database has another text under this permit's id than the one that the ledger names."""


def summary(events: Iterable[Mapping[str, Json]], filed: Permit | None) -> Summary:
    """The session that ``events`` tell, which are in the ledger's order; ``filed`` is what the database has."""
    told = list(events)
    began, ended = _of("SessionOpened", told), _of("SessionEnded", told)
    interrupted = _of("SessionInterrupted", told)
    opened_at, ended_at = instant_in(began, "at"), instant_in(ended, "at")
    cause = str(ended.get("cause", ""))
    same = filed is not None and filed.digest().hex() == began.get("digest")
    return Summary(
        person=str(began.get("person", "")),
        asset=str(began.get("asset", "")),
        source=str(began.get("source", "")),
        opened_at=opened_at,
        ended_at=ended_at,
        lasted=words.span(ended_at - opened_at) if opened_at and ended_at else "",
        ending="the node stopped before it could end in order" if interrupted else ENDS.get(cause, cause),
        to_asset=_octets(ended, "bytes_to_asset"),
        to_vendor=_octets(ended, "bytes_to_vendor"),
        approvers=tuple(
            dict.fromkeys(str(one.get("approver")) for one in told if one.get("event") == "PermitApproved")
        ),
        permit=filed if same else None,
        permit_differs=filed is not None and not same,
    )


def _of(name: str, told: Iterable[Mapping[str, Json]]) -> Mapping[str, Json]:
    return next((one for one in told if one.get("event") == name), {})


def _octets(event: Mapping[str, Json], name: str) -> str:
    count = event.get(name)
    return words.octets(count) if isinstance(count, int) else ""
