"""A ledger to collect from: events as leaves, in the order in which they are given."""

from datetime import datetime, timedelta
from typing import Any

from domain.events import (
    CharterApplied,
    Event,
    PassageOpened,
    PermitApproved,
    PermitRequested,
    SessionEnded,
    SessionOpened,
    SignedIn,
    StateChanged,
    document,
)
from domain.ids import AssetId, PermitId, PersonId, SessionId
from policies.assurance.collection import Collection, Leaf
from tests.policies.plant import NOW, charter

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERSON, ASSET = PersonId("ana"), AssetId("eng-ws-1")


def collection(*events: Event) -> Collection:
    found = Collection()
    for index, event in enumerate(events):
        found.take(Leaf(index, document(event)))
    return found


def applied(at: datetime = NOW - 200 * DAY, *changes: str, **more: Any) -> CharterApplied:
    given: dict[str, Any] = {
        "at": at,
        "version": 2,
        "digest": charter().digest.hex(),
        "previous": "0" * 64,
        "reason": "r",
        "by": "olga",
        "signers": (),
        "changes": changes,
        "application": "1" * 64,
    }
    return CharterApplied(**given | more)


def a_session(name: str = "s", at: datetime = NOW - 5 * HOUR, **more: Any) -> tuple[Event, ...]:
    """One session as it ought to be, on eng-ws-1, over an hour after ``at``."""
    session, permit = SessionId(name * 26), PermitId(name * 26)
    ended: dict[str, Any] = {
        "at": at + HOUR,
        "session": session,
        "permit": permit,
        "cause": "left",
        "frames": 3,
        "bytes_to_asset": 1,
        "bytes_to_vendor": 2,
        "head": "2" * 64,
        "recording_sha256": "3" * 64,
        "verified": True,
        "remote_job": "none",
    }
    return (
        StateChanged(at=at - 3 * HOUR, zone="operations", before="running", after="maintenance", by="milo"),
        PermitRequested(
            at=at - 2 * HOUR,
            permit=permit,
            digest="4" * 64,
            person=PERSON,
            asset=ASSET,
            door="ssh",
            actions=("view", "operate"),
        ),
        PermitApproved(
            at=at - HOUR,
            permit=permit,
            digest="4" * 64,
            right="connect",
            approver=PersonId("petra"),
            kind="passkey",
            approval="5" * 64,
        ),
        SignedIn(at=at, door="ssh", person=PERSON, source="192.0.2.9", factors=("publickey", "code")),
        SessionOpened(
            at=at,
            session=session,
            permit=permit,
            digest="4" * 64,
            person=PERSON,
            asset=ASSET,
            source="192.0.2.9",
            deadline=at + 3 * HOUR,
            approvals=("5" * 64,),
            charter=charter().digest.hex(),
        ),
        PassageOpened(at=at, session=session, channel=0, passage="shell", detail=""),
        SessionEnded(**ended | more),
    )
