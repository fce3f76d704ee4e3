"""What a forger has in hand: a case file taken apart, and ways to put it together again so that less shows.

Whoever forges repairs what is not signed, and some hold the ledger's own key as well. What comes out is the same
bytes each time.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from domain.canonical import Json, canonical, parse
from domain.proof import Approval
from recorder import case
from recorder.format.archive import Archive, ArchiveWriter
from recorder.format.frame import HEAD, LINK_BYTES, Kind
from recorder.format.header import SEAL, encode_seal
from recorder.format.reader import Reader, Stored
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.leaf import SCHEMA, Text, salt_for
from recorder.ledger.merkle import leaf_hash, node_of, prove_inclusion, root
from recorder.signing import Ed25519Signer
from tests.recorder.ledger.logs import SIGNER

VECTORS = Path(__file__).parents[1] / "vectors"
HONEST = VECTORS / "honest"


@dataclass(frozen=True)
class Case:
    """A case file's members, to be changed and packed again."""

    members: Mapping[str, bytes]

    @classmethod
    def of(cls, data: bytes) -> Self:
        archive = Archive(BytesIO(data))
        return cls({name: archive.read(name, 1 << 30) for name in archive.members})

    @classmethod
    def honest(cls, name: str) -> Self:
        """One of the honest vectors."""
        return cls.of((HONEST / f"{name}.zip").read_bytes())

    def with_(self, name: str, data: bytes) -> Self:
        """The same with one member changed or added."""
        return replace(self, members={**self.members, name: data})

    def without(self, *names: str) -> Self:
        return replace(self, members={name: data for name, data in self.members.items() if name not in names})

    def edited(self, name: str, change: Callable[[bytes], bytes]) -> Self:
        before = self.members[name]
        after = change(before)
        assert after != before, name
        return self.with_(name, after)

    def document(self, name: str) -> Any:
        return json.loads(self.members[name])

    def rewritten(self, name: str, change: Callable[[Any], object]) -> Self:
        """A JSON member, changed in place by ``change`` and written in its canonical form again."""
        document = self.document(name)
        change(document)
        return self.edited(name, lambda _: canonical(document))

    def packed(self, *, honest: bool = True, manifest: Mapping[str, object] | None = None) -> bytes:
        """The zip; with ``honest`` its manifest is made right again."""
        members = dict(self.members)
        if honest:
            document = json.loads(members[case.MANIFEST])
            document["files"] = {
                name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in members.items()
                if name != case.MANIFEST
            }
            members[case.MANIFEST] = canonical(document | dict(manifest or {}))
        out = BytesIO()
        archive = ArchiveWriter(out)
        for name in sorted(members, key=lambda name: (name != case.MANIFEST, name)):
            archive.add(name, [members[name]], len(members[name]), zlib.crc32(members[name]))
        archive.close()
        return out.getvalue()

    # The ledger.

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.members[case.EVENTS].splitlines()]

    def with_lines(self, lines: list[dict[str, Any]]) -> Self:
        return self.with_(case.EVENTS, b"".join(canonical(one) + b"\n" for one in lines))

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Every event, in order; the honest vectors hold their whole ledger."""
        return [dict(Text.of(one["text"].encode()).document()) for one in self.lines]

    def find(self, name: str) -> int:
        """Where the first event of this name stands."""
        return next(at for at, one in enumerate(self.events) if one["event"] == name)

    def relogged(self, events: list[dict[str, Any]], signer: Ed25519Signer = SIGNER) -> Self:
        """A whole new ledger of ``events``, signed: what only its signer could do."""
        return self._logged([_text(index, one) for index, one in enumerate(events)], signer)

    def retold(self, change: Callable[[list[dict[str, Any]]], object]) -> Self:
        """The same with ``change`` made in the list of events."""
        events = [dict(one) for one in self.events]
        change(events)
        assert events != self.events
        return self.relogged(events)

    def _logged(self, texts: list[Text], signer: Ed25519Signer) -> Self:
        entries = [_entry(one) for one in texts]
        node, size = node_of([leaf_hash(one) for one in entries]), len(entries)
        head = Checkpoint(signer.key.name, size, root(size, node))
        lines = b"".join(
            case.LedgerEvent(index, entry, text.line(), prove_inclusion(index, size, node)).line()
            for index, (entry, text) in enumerate(zip(entries, texts, strict=True))
        )
        members = {
            case.EVENTS: lines,
            case.CHECKPOINT: signer.note(head.body()).text().encode(),
            case.VKEY: f"{signer.key.text()}\n".encode(),
        }
        return replace(self, members={**self.members, **members})

    def reapproved(self, change: Callable[[Approval], Approval], which: int = 0) -> Self:
        """One approval changed, and everything that names it: the list, the ledger, its head."""
        documents = self.document(case.APPROVALS)
        before = _digest(documents[which])
        documents[which] = change(Approval.of(documents[which])).document()
        after = _digest(documents[which])
        told = {"approver", "right", "kind"}

        def tell(events: list[dict[str, Any]]) -> None:
            for one in events:
                if one["event"] == "PermitApproved" and one["approval"] == before:
                    one.update({"approval": after} | {name: documents[which][name] for name in told})
                if before in (one.get("approvals") or []):
                    one["approvals"] = [after if each == before else each for each in one["approvals"]]

        return self.with_(case.APPROVALS, canonical(documents)).retold(tell)

    # The recording.

    @cached_property
    def frames(self) -> list[Stored]:
        return list(Reader(BytesIO(self.members[case.RECORDING])).frames())

    def rechained(
        self, frames: list[tuple[bytes, bytes]], header: Callable[[dict[str, Any]], object] = lambda _: None
    ) -> Self:
        """A recording of these heads and bodies with a chain, an end and a seal of its own: no key is needed."""
        data = self.members[case.RECORDING]
        start = self.frames[0].offset
        text = json.loads(data[16:start])
        header(text)
        written = canonical(text)
        out = bytearray(data[:12] + len(written).to_bytes(4, "big") + written)
        for head, body in frames:
            out += head + body
            out += hashlib.sha256(out).digest()
        out += encode_seal(len(frames), bytes(out[-LINK_BYTES:]))
        return self.with_(case.RECORDING, bytes(out))

    def raw(self) -> list[tuple[bytes, bytes]]:
        """Heads and bodies as they are stored."""
        return [(one.head.encode(), one.body) for one in self.frames]

    def frame_bytes(self, number: int) -> tuple[int, int]:
        """Where a frame begins and ends in the recording."""
        one = self.frames[number]
        return one.offset, one.offset + HEAD.size + len(one.body) + LINK_BYTES


def ended_early(made: Case, keep: int) -> list[tuple[bytes, bytes]]:
    """The first ``keep`` frames and an end frame that counts them rightly."""
    kept = made.frames[:keep]
    to_asset = sum(one.head.plain_bytes for one in kept if one.head.kind is Kind.TO_ASSET)
    to_vendor = sum(
        one.head.plain_bytes for one in kept if one.head.kind in {Kind.TO_VENDOR, Kind.TO_VENDOR_ERR}
    )
    body = canonical(
        {"cause": "finished", "frames": keep, "bytes_to_asset": to_asset, "bytes_to_vendor": to_vendor}
    )
    elapsed = kept[-1].head.elapsed_us
    head = HEAD.pack(Kind.END, 0, 0, 0, keep, elapsed, len(body), len(body))
    return [*((one.head.encode(), one.body) for one in kept), (head, body)]


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


SEAL_BYTES = SEAL.size


def _text(index: int, event: Mapping[str, Json]) -> Text:
    request = f"r{index}"
    return Text(index, request, salt_for(request, index.to_bytes(16, "big")), canonical(event))


def _entry(text: Text) -> bytes:
    event: Any = parse(text.event)
    return canonical(
        {
            "schema": SCHEMA,
            "number": event["number"],
            "event": event["event"],
            "commitment": text.commitment(),
            "session": event.get("session") or None,
        }
    )


def _digest(document: Json) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()
