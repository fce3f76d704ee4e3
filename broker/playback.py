"""One session's evidence, opened for the console and the command line: replay, case file, verification.

Everything here reads. It runs off the event loop, because a recording can be large.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar, cast

from approvals.filed import Filed
from approvals.trust import Trust, read_trust
from broker.charter.store import document_of
from broker.charter.trust_files import past_versions
from broker.layout import Layout
from broker.stamping.chosen import chosen, stamping_asked
from broker.stamping.shelf import CHAIN, CHECKPOINT, CRLS, TOKEN, Shelf
from broker.witness.asking import read_policy
from domain.canonical import text_in
from domain.clock import Clock
from domain.errors import EvidenceError
from domain.events import ENDS
from domain.ids import PermitId, PersonId, SessionId
from domain.keeping import SignedKeeping
from domain.proof import Approval, PasskeyProof, Proof
from recorder.attested import attested_in
from recorder.export.asciicast import Cast, casts_of, version_2, version_3
from recorder.export.case_file import Agreed, CaseContents, Stamped, agreed_permits, write_case
from recorder.export.pcapng import capture, captured
from recorder.export.redacted import Removed, redacted
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.format.header import Header
from recorder.format.reader import Reader
from recorder.keyring import Keyring
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader
from recorder.playback import Playback as Opened
from recorder.replay import inert
from recorder.report import Report
from recorder.stores.local import LocalStore
from recorder.verify import verify_case

Made = TypeVar("Made")
Table = Callable[[Iterable[Frame], datetime], bytes]
"""The transactions in a recording's frames as a list, for a case file; empty where there are none."""

LONGEST_NAME = 60
ERASED = "EvidenceErased"
SIGNED = ("KeepingAsked", "KeepingAgreed")


class Playback:
    """The evidence of one session of this node. EvidenceError when it can't be had, and why."""

    def __init__(
        self,
        layout: Layout,
        session: SessionId,
        filed: Callable[[PermitId], Filed | None],
        clock: Clock,
        table: Table | None = None,
    ) -> None:
        self._table = table
        self._layout = layout
        self._session = session
        self._filed = filed
        self._clock = clock
        self._store = LocalStore(layout.recordings, reserve_bytes=0)

    def casts(self) -> Mapping[int, str]:
        """The channels that can be replayed: number, and what was opened: ``shell``, ``exec: uname -a``.

        None of a session whose contents were erased.
        """
        if self._erased():
            return {}
        with self._recording() as recording:
            frames = Opened(recording, self._key()).frames()
            opened = {
                frame.channel: _name(payloads.read(frame.payload))
                for frame in frames
                if frame.kind is Kind.CHANNEL_OPENED
            }
        return {channel: opened.get(channel, "") for channel in self._casts()}

    def cast(self, channel: int, *, version: int = 2) -> Iterable[bytes]:
        """One channel as asciicast lines, sanitised; KeyError when it is not a terminal channel."""
        cast = self._casts()[channel]
        return version_2(cast) if version == 2 else version_3(cast)

    def shown(self, channel: int) -> tuple[tuple[int, str, str], ...]:
        """What a terminal channel showed: microseconds since the start, asciicast code, sanitised text."""
        return self._casts()[channel].events

    def captures(self) -> Mapping[int, int]:
        """The channels that carried a native protocol: number, and the asset's port."""
        with self.opened() as opened:
            return captured(opened.frames())

    def capture(self, channel: int) -> bytes:
        """One of them as pcapng, for Wireshark; KeyError when it carried none."""
        with self.opened() as opened:
            header = opened.reader.header
            return b"".join(capture(opened.frames(), channel, header.started_at, header.session))

    def read(self, reader: Callable[[Iterable[Frame], datetime], Made]) -> Made:
        """What ``reader`` makes of the recording's frames and its beginning."""
        with self.opened() as opened:
            return reader(opened.frames(), opened.reader.header.started_at)

    def stream(self, reader: Callable[[Iterable[Frame]], Iterator[bytes]]) -> Iterator[bytes]:
        """What ``reader`` makes of the recording's frames, piece by piece; the recording is held open meanwhile."""
        with self.opened() as opened:
            yield from reader(opened.frames())

    def redacted(self, channel: int, removed: Sequence[Removed], reason: str) -> bytes:
        """A copy of a terminal channel with spans left out, which names its master and says so (G12)."""
        with self._recording() as recording:
            return redacted(recording, self._key(), channel, removed, reason)

    def case_file(self) -> BinaryIO:
        """The zip that an auditor takes away, from its first byte on; gone once it is closed. It is as large as the recording, and more."""
        out = cast("BinaryIO", TemporaryFile(dir=self._layout.run))  # noqa: SIM115 - whoever asked closes it
        try:
            self.case_into(out)
        except BaseException:
            out.close()
            raise
        out.seek(0)
        return out

    def case_into(self, out: BinaryIO) -> None:
        """Write that zip to ``out``."""
        with self._recording() as recording:
            write_case(out, self._contents(recording), recording, LogReader(self._layout.ledger))

    def verify(self) -> Report:
        """Make the case file, and judge it as an outsider would: against the ledger's key, and the node's witnesses."""
        key = VerifierKey.of(_read(self._layout.ledger_vkey).decode("utf-8", "replace"))
        stamping = stamping_asked(self._layout.stamp_roots, self._clock.now())
        policy = read_policy(self._layout.witness_policy)
        with self.case_file() as file:
            return verify_case(file, key, policy, stamping)

    def header(self) -> Header:
        """What the recording says about itself in clear."""
        with self._recording() as recording:
            return Reader(recording).header

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """The recording in clear, for as long as it is held open."""
        with self._recording() as recording:
            yield Opened(recording, self._key())

    def _casts(self) -> Mapping[int, Cast]:
        with self._recording() as recording:
            opened = Opened(recording, self._key())
            header = opened.reader.header
            return casts_of(opened.frames(), header.started_at, f"session {header.session}")

    def _contents(self, recording: BinaryIO) -> CaseContents:
        key = None if self._erased() else self._key()
        header = Reader(recording).header
        filed = self._filed(PermitId(str(header.about["permit"])))
        if filed is None:
            raise EvidenceError(
                f"The permit of session {self._session} is not in the database.",
                remedy="Restore the database, or verify the recording alone: python -m recorder verify FILE.",
            )
        agreed = tuple(self._agreed())
        seconds = [yes for one in agreed for yes in one.approvals]
        attestations = _whole(self._layout.attestations)
        return CaseContents(
            session=self._session,
            permit=filed.permit,
            approvals=filed.approvals,
            trust=_trust_then(self._layout, (*filed.approvals, *seconds), attestations),
            charter=document_of(self._layout, filed.permit.charter_digest),
            vkey=_read(self._layout.ledger_vkey).decode("utf-8", "replace"),
            key=key,
            created_at=self._clock.now(),
            agreed=agreed,
            attestations=attestations,
            templates=_whole(self._layout.templates),
            witnessed=_whole(self._layout.witnessed),
            stamps=self._stamps(),
            transactions=b"" if key is None else self._transactions(),
            keeping=self._keeping() if key is None else {},
        )

    def _transactions(self) -> bytes:
        return b"" if self._table is None else self.read(self._table)

    def _stamps(self) -> tuple[Stamped, ...]:
        """What an authority says of the session's end, as far as it has said anything."""
        log = LogReader(self._layout.ledger)
        ends = (one.index for one in log.find(event=ENDS, session=self._session))
        end = next(ends, None)
        kept = () if end is None else chosen(Shelf(self._layout.stamps), end, self._clock.now())
        return tuple(
            Stamped(one.read(CHECKPOINT), one.read(TOKEN), one.read(CRLS), one.read(CHAIN), one.leaf)
            for one in kept
        )

    def _agreed(self) -> Iterator[Agreed]:
        """The permits under which it went on; one that is in no database any more leaves the verdict open."""
        for name in agreed_permits(LogReader(self._layout.ledger), self._session):
            filed = self._filed(PermitId(name))
            if filed is not None:
                charter = document_of(self._layout, filed.permit.charter_digest)
                yield Agreed(filed.permit, filed.approvals, charter)

    def _keeping(self) -> dict[str, bytes]:
        """The trust files in which those stand who had the contents erased, by their digests."""
        log = LogReader(self._layout.ledger)
        told = [one.event for one in log.find(event=SIGNED, session=self._session)]
        wanted = {
            SignedKeeping.of_text(text_in(one, "signed")).statement.trust for one in told if one.get("signed")
        }
        versions = {read_trust(one).digest().hex(): one for one in past_versions(self._layout)}
        return {digest: versions[digest] for digest in sorted(wanted & versions.keys())}

    def _erased(self) -> bool:
        """Whether two persons had the key destroyed: then there are no contents, and that is no fault."""
        log = LogReader(self._layout.ledger)
        return next(log.find(event=ERASED, session=self._session, limit=1), None) is not None

    def _key(self) -> bytes:
        return Keyring(self._layout.recording_key).unwrapped(self._store.read_key, self._session)

    @contextmanager
    def _recording(self) -> Iterator[BinaryIO]:
        recording = self._store.source(self._session)
        try:
            yield recording
        finally:
            recording.close()


def playback_of(
    layout: Layout, filed: Callable[[PermitId], Filed | None], clock: Clock, table: Table | None = None
) -> Callable[[SessionId], Playback | None]:
    """Finds a session's evidence; None when this node has no sealed recording of it.

    ``table`` is who reads native protocols; without it a case file has no list of transactions.
    """

    def find(session: SessionId) -> Playback | None:
        if session not in LocalStore(layout.recordings, reserve_bytes=0).sealed():
            return None
        return Playback(layout, session, filed, clock, table)

    return find


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            f"{path} can't be read: {error.strerror}.", remedy="Restore it from the plant's backup."
        ) from error


def _whole(path: Path) -> bytes:
    return _read(path) if path.exists() else b""


def _name(told: payloads.Told) -> str:
    passage, command = str(told.get("passage", "")), str(told.get("command", ""))
    return f"{passage}: {inert(command, LONGEST_NAME)}" if command else passage


def _trust_then(layout: Layout, approvals: tuple[Approval, ...], attestations: bytes) -> bytes:
    """The newest trust file that knows every key that approved, and of those one that knows most that attested.

    Today's when none does, and it shows.
    """
    versions = past_versions(layout)
    yes = [(one.approver, one.proof) for one in approvals]
    said = [(one.statement.person, one.proof) for one in attested_in(attestations)]
    able = [version for version in versions if all(_knows(read_trust(version), *one) for one in yes)]
    return max(able, key=lambda it: sum(_knows(read_trust(it), *one) for one in said), default=versions[0])


def _knows(trust: Trust, person: PersonId, proof: Proof) -> bool:
    if not isinstance(proof, PasskeyProof):
        return True
    return trust.passkey(person, proof.credential_id) is not None
