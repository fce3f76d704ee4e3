"""What people are told of the node's own trouble. Pure."""

from collections.abc import Iterator

from broker.notices.audience import Audience
from broker.notices.memory import Leaf, Memory
from domain.canonical import text_in
from domain.notice import Notice, NoticeKind

TROUBLES = {
    "HostKeyMismatch": "An asset showed another key than the pinned one; nothing was sent to it",
    "ClockStepped": "This node's clock was moved",
    "HeadUnwitnessed": "No witness outside vouches for the ledger any more",
    "StampsLate": "The ledger waits for its time-stamps",
    "CollectorLate": "A collector of the SIEM does not get the ledger's leaves",
    "StampRefused": "A time-stamp of the ledger was not to be believed",
    "SessionEnded": "A session ended, and its two sides were not seen closed",
    "SessionInterrupted": "A session did not end in order; it was sealed afterwards",
    "EvidenceRoomAlarmed": "Room for evidence runs short, or copies of it wait too long",
    "EvidenceRoomRegained": "There is room for evidence again",
    "RecordingAltered": "A recording on this node is not what was sealed",
    "EvidenceFaultFound": "Evidence on this node is not what it was",
    "StoreProven": "The second store does not keep what it promised to lock",
}
"""A leaf, and what it is called to whoever leads incidents."""


def trouble(event: Leaf, index: int, _memory: Memory, audience: Audience) -> Iterator[Notice]:
    """The node's own trouble, to who leads incidents."""
    name = text_in(event, "event")
    if name == "StoreProven" and event.get("held") is True:
        return
    for person in audience.leads():
        yield Notice(
            key=f"trouble:{index}",
            to=person,
            kind=NoticeKind.TROUBLE,
            at=audience.at,
            subject=TROUBLES[name],
            sentences=("The ledger has what happened; whoever may read evidence finds it there.",),
            path="/evidence/standing" if name == "EvidenceFaultFound" else "/plant",
            urgent=name in {"HostKeyMismatch", "RecordingAltered", "EvidenceFaultFound", "SessionEnded"},
        )
