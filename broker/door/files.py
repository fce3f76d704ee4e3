"""Which filter a passage of files gets, by its permit and by the charter in force."""

from collections.abc import Mapping
from typing import Protocol

from broker.conduits.files.passage import FileFilter
from broker.conduits.files.roots import Roots
from broker.conduits.files.scp import ScpFilter
from broker.conduits.files.sftp import SftpFilter
from broker.conduits.files.tally import Tally
from broker.door.words import Refusal
from broker.quarantine.seams import Came
from domain.access import Flow, Grant, PassageKind, flows_of
from domain.ids import ConduitId, SessionId
from domain.limits import limits_of
from domain.permit import Permit
from domain.plant import Conduit, Screening

UNLED = {
    PassageKind.SCP: Refusal(
        "scp_not_within",
        "The permit says between which paths files go, and where scp -O's path leads at the asset nobody can say before it is opened.",
        "Leave out -O: scp then moves the same files by SFTP (with OpenSSH 8.7 to 8.9: scp -s).",
    ),
    PassageKind.RSYNC: Refusal(
        "rsync_not_within",
        "The permit says between which paths files go, and where rsync's paths lead at the asset nobody can say before they are opened.",
        "Move them by sftp or by scp -r.",
    ),
}
"""What asks for paths by a command, where they are held to limits."""


UNCOUNTED = Refusal(
    "rsync_not_counted",
    "The permit says how much may go, and what rsync moves is not counted file by file.",
    "Move them by sftp or by scp -r.",
)


class Conduits(Protocol):
    """The charter, as far as it says what becomes of files."""

    @property
    def conduits(self) -> Mapping[ConduitId, Conduit]: ...


def screened(permit: Permit, charter: Conduits) -> bool:
    """Whether what is put goes to the quarantine first; so it does where the charter does not say otherwise."""
    conduit = charter.conduits.get(permit.conduit)
    return conduit is None or conduit.files is not Screening.UNSCREENED


def file_filter(
    held: Grant, permit: Permit, charter: Conduits, tally: Tally | None = None
) -> FileFilter | None:
    """The filter of a passage, held to ``tally``; None for one that moves no files by a protocol that the gate reads."""
    if held.kind is PassageKind.SFTP:
        flows = flows_of(permit.grants, held.kind)
        return SftpFilter(flows, screened=screened(permit, charter), roots=roots_of(permit), tally=tally)
    if held.kind is PassageKind.SCP:
        return ScpFilter(held.flow, screened=screened(permit, charter), tally=tally)
    return None


def roots_of(permit: Permit) -> Roots:
    """Where files may come from and go to, and how many."""
    return Roots(limits_of(permit.limits))


def in_terminals(permit: Permit, charter: Conduits) -> frozenset[Flow]:
    """Which way files may go inside a terminal: what nobody can look at is not put where files are screened.

    None where paths or numbers are held to limits: nobody but the program knows in which folder it is, and how many come.
    """
    roots = roots_of(permit)
    flows = frozenset() if roots or roots.counted else flows_of(permit.grants, PassageKind.ZMODEM)
    return flows - {Flow.PUT} if screened(permit, charter) else flows


def unreadable(held: Grant, permit: Permit, charter: Conduits) -> Refusal | None:
    """Why a passage can't be let through although it is granted: what it puts could not be screened."""
    if held.kind is PassageKind.RSYNC and held.flow is not Flow.GET and screened(permit, charter):
        return Refusal(
            "rsync_not_screened",
            "Files that are put here are screened, and rsync sends parts of files that nobody can look at.",
            "Put them by sftp.",
        )
    roots = roots_of(permit)
    if held.kind is PassageKind.RSYNC and roots.counted:
        return UNCOUNTED
    return UNLED.get(held.kind) if roots else None


def coming(session: SessionId, permit: Permit, way: Grant, name: bytes) -> Came:
    """Where a file of that name comes from, and where it is to go."""
    return Came(session, permit.id, permit.person, permit.vendor, permit.asset, permit.conduit, way, name)
