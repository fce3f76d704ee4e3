"""What the ledger says that the node's evidence is: the fold of its leaves. Pure.

Kept in memory are a few dozen bytes a session and a permit, never what happened in them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.canonical import text_in
from domain.events import ENDS
from recorder.custody import KINDS, VIEWED
from recorder.ledger.reader import Kept


@dataclass(frozen=True, slots=True)
class By:
    """Who did something last, and the leaf that says so."""

    person: str = ""
    leaf: int = -1


NOBODY = By()


@dataclass(slots=True)
class Told:
    """After the leaves that were taken in."""

    recordings: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each session's sealed recording, in hex."""
    opened: set[str] = field(default_factory=set)
    gone: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What of a session's evidence two persons let go: deeds of ``domain.keeping``."""
    copies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of what was copied to the second store: its SHA-256, and its version there."""
    permits: dict[str, str] = field(default_factory=dict)
    """The digest of each permit's bytes."""
    states: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By permit, each approval's digest, and the trust file of its day."""
    charters: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Of each version that was in force: the digest of what its signers signed, and its own."""
    trusts: set[str] = field(default_factory=set)
    """Versions of the trust file that some process of this node went by."""
    announced: set[str] = field(default_factory=set)
    """Those, and what enrolling was to make of it."""
    stamps: dict[int, str] = field(default_factory=dict)
    """SHA-256 of the time-stamp of each head that has one."""
    hands: dict[tuple[str, str], By] = field(default_factory=dict)
    """Who had a thing last: by its kind and its id."""
    trust: str = ""

    def last(self, place: str, item: str) -> By:
        """Who had it last."""
        return self.hands.get((place, item), NOBODY)


def told_by(leaves: Iterable[Kept]) -> Told:
    """What these leaves, in their order, say. One whose text can't be read says nothing: the ledger's own check names it."""
    told = Told()
    for kept in leaves:
        _take(told, kept)
    return told


def _take(told: Told, kept: Kept) -> None:  # noqa: PLR0912, C901 - one case an event
    event, leaf = kept.event, kept.index
    name, session, permit = str(event.get("event", "")), text_in(event, "session"), text_in(event, "permit")
    if name in KINDS:
        of = text_in(event, "subject").removeprefix("session:") if name == VIEWED else session
        told.hands["recording", of] = By(text_in(event, "by"), leaf)
    elif name in ENDS:
        told.recordings[session] = text_in(event, "recording_sha256")
    else:
        match name:
            case "SessionOpened":
                told.opened.add(session)
            case "EvidenceErased":
                told.gone[session].add(text_in(event, "deed"))
            case "EvidenceStored":
                told.copies[session] = (text_in(event, "sha256"), text_in(event, "version"))
            case "PermitRequested":
                told.permits[permit] = text_in(event, "digest")
                told.states[permit] = "requested"
                told.hands["permit", permit] = By(text_in(event, "person"), leaf)
            case "PermitApproved":
                told.approvals[permit][text_in(event, "approval")] = told.trust
                told.hands["permit", permit] = By(text_in(event, "approver"), leaf)
            case "PermitChanged":
                told.states[permit] = text_in(event, "after")
                told.hands["permit", permit] = By(text_in(event, "by"), leaf)
            case "CharterApplied":
                version = event.get("version")
                number = version if isinstance(version, int) else 0
                told.charters[number] = (text_in(event, "application"), text_in(event, "digest"))
                told.hands["charter", str(number)] = By(text_in(event, "by"), leaf)
            case "NodeStarted" | "KeyEnrolled":
                told.trust = text_in(event, "trust")
                told.announced.add(told.trust)
                if name == "NodeStarted":
                    told.trusts.add(told.trust)
                else:
                    told.hands["trust", ""] = By(text_in(event, "by"), leaf)
            case "HeadStamped":
                size = event.get("size")
                told.stamps[size if isinstance(size, int) else 0] = text_in(event, "token")
            case _:
                pass
