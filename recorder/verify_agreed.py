"""A session that went on in a state which its permit does not name: was that state agreed to, by whom?

While it ran, whoever decides was asked again, for that state alone, with a permit of its own (``SessionReleased``).
That permit must be the same work in every other respect, and have approvals of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from domain.canonical import Json
from domain.errors import EvidenceError
from domain.permit import Permit
from domain.proof import Approval
from recorder.snapshots import CharterSnapshot, TrustSnapshot
from recorder.verify_approvals import check_approvals

Event = Mapping[str, Json]

ITS_OWN = frozenset(
    {"id", "window", "states", "charter_digest", "requested_at", "nonce", "keys", "safety_record", "template"}
)
"""What a permit of the same work may say otherwise: the last two are what the charter said when it was asked for."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A second permit as the case file carries it, with the charter under which it was asked for."""

    permit: Permit
    approvals: tuple[Approval, ...]
    charter: CharterSnapshot


def check_agreed(
    permit: Permit,
    released: Sequence[tuple[Event, Sequence[Event]]],
    agreement_of: Callable[[str], Agreement],
    trust: TrustSnapshot,
    note: Callable[[str], None],
) -> str:
    """A sentence once every release is one that ``permit`` or an agreement covers; EvidenceError or ProofError if not.

    ``released`` are the session's releases, each with the events ahead of it in the ledger.
    """
    told = []
    for event, before in released:
        if event.get("hold") != "state":
            continue
        state, named = str(event.get("state")), str(event.get("agreed") or "")
        if not named:
            if state not in permit.states:
                raise EvidenceError(
                    f"The session went on in the state {state}, to which nobody is said to have agreed.",
                    code="agreed_nobody",
                )
            continue
        one = agreement_of(named)
        _check_same_work(permit, one, event, state)
        sentence = check_approvals(one.permit, one.approvals, event, before, one.charter, trust, note)
        told.append(f"{state} under {named}: {sentence}")
    return " ".join(told) or "It went on in no state but those that its permit names."


def _check_same_work(permit: Permit, one: Agreement, event: Event, state: str) -> None:
    again = one.permit
    if again.id != event.get("agreed") or again.digest().hex() != event.get("digest"):
        raise EvidenceError(
            f"The permit for the state {state} is not the one that the session went on under.",
            code="agreed_other",
        )
    if again.states != {state} or again.window.end > permit.window.end:
        raise EvidenceError(
            f"The permit for the state {state} names other states, or lasts longer.", code="agreed_wider"
        )
    for name in (each.name for each in fields(Permit) if each.name not in ITS_OWN):
        if getattr(again, name) != getattr(permit, name):
            raise EvidenceError(
                f"The permit for the state {state} has another {name}: it is for other work.",
                code="agreed_work",
            )
    if one.charter.digest != again.charter_digest:
        raise EvidenceError(
            f"The charter snapshot is not the one that the permit for {state} names.", code="charter_other"
        )
