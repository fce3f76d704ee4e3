"""Files of one session, as a ledger tells of them: one held and later released, one released before that passes now, a download, one turned away."""

from datetime import datetime, timedelta

from domain.ids import PersonId, SessionId
from domain.permit import Permit
from domain.quarantine_events import (
    FileDelivered,
    FileMoved,
    FileNotTaken,
    FileReleased,
    FileScreened,
    FileTakenIn,
)
from tests.recorder.recordings import SESSION

BEFORE = SessionId("b" * 26)
"""The session in which the file that passes now was brought."""
EARLIER, NOW = "e" * 26, "n" * 26
EARLIER_SHA, NOW_SHA, DOWN_SHA = "ea" * 32, "0b" * 32, "d0" * 32
FORMULA = '=HYPERLINK("x")'
Told = FileTakenIn | FileScreened | FileReleased | FileDelivered | FileMoved | FileNotTaken


def taken(at: datetime, permit: Permit, file: str, session: SessionId, name: str, sha256: str) -> FileTakenIn:
    return FileTakenIn(
        at=at, file=file, session=session, permit=permit.id, person=permit.person, vendor=permit.vendor,
        asset=permit.asset, conduit=permit.conduit, passage="sftp:put", name=name, size=2048, sha256=sha256,
        whole=True, cause="",
    )  # fmt: skip


def screened(
    at: datetime, permit: Permit, file: str, session: SessionId, name: str, sha256: str
) -> FileScreened:
    return FileScreened(
        at=at, file=file, session=session, permit=permit.id, person=permit.person, asset=permit.asset,
        conduit=permit.conduit, name=name, sha256=sha256, state="held", code="file_waits", kind="elf",
        scans=("clamav 1.4: clean",), contents=0, charter=permit.charter_digest.hex(),
    )  # fmt: skip


def released(
    at: datetime, permit: Permit, file: str, session: SessionId, sha256: str, by: str = "olga"
) -> FileReleased:
    return FileReleased(
        at=at, file=file, session=session, asset=permit.asset, permit=permit.id, sha256=sha256, by=PersonId(by),
        right="connect", until=at + timedelta(days=7), reason="on the vendor's list", signed="{}",
    )  # fmt: skip


def delivered(at: datetime, permit: Permit, outcome: str = "whole") -> FileDelivered:
    return FileDelivered(
        at=at, file=EARLIER, session=SESSION, permit=permit.id, asset=permit.asset, passage="scp:put",
        name="fw.bin", size=2048, sha256=EARLIER_SHA, outcome=outcome,
    )  # fmt: skip


def visit(at: datetime, permit: Permit) -> tuple[Told, ...]:
    """All of them, in their order."""
    before = at - timedelta(hours=1)
    return (
        taken(before, permit, EARLIER, BEFORE, "fw.bin", EARLIER_SHA),
        screened(before, permit, EARLIER, BEFORE, "fw.bin", EARLIER_SHA),
        released(before, permit, EARLIER, BEFORE, EARLIER_SHA),
        delivered(at, permit),
        taken(at, permit, NOW, SESSION, FORMULA, NOW_SHA),
        screened(at, permit, NOW, SESSION, FORMULA, NOW_SHA),
        FileMoved(
            at=at, session=SESSION, permit=permit.id, person=permit.person, asset=permit.asset,
            conduit=permit.conduit, passage="sftp:get", name="log.txt", size=7, sha256=DOWN_SHA, outcome="cut",
        ),
        FileNotTaken(
            at=at, session=SESSION, permit=permit.id, person=permit.person, asset=permit.asset,
            passage="sftp:put", name="holes.bin", code="file_sparse", sentence="It has holes.",
        ),
        released(at, permit, NOW, SESSION, NOW_SHA),
    )  # fmt: skip
