"""Crimes against evidence: each made from an honest vector, with what the verifier must say of it and where.

``python -m tests.recorder.crimes`` writes them to ``tests/vectors/crimes``; a test makes them again and compares.
"""

import json
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from recorder import case
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note, SignatureLine
from tests.recorder.forging import HONEST, VECTORS, Case, ended_early, flipped
from tests.recorder.ledger.logs import ORIGIN, SIGNER, STRANGER

CRIMES = VECTORS / "crimes"
OTHER = "several-channels"


@dataclass(frozen=True)
class Crime:
    """``make`` commits it on the honest vector ``base``; the verifier must name step, code and ``names``."""

    base: str
    make: Callable[[Case], Case | bytes]
    step: str
    code: str
    names: tuple[str, ...] = ()
    key: str = "ledger.vkey"
    policy: str = ""
    roots: str = ""

    @property
    def verdict(self) -> str:
        return "INCOMPLETE" if self.code in MISSING else "FAIL"

    def data(self) -> bytes:
        """The vector's bytes."""
        made = self.make(Case.honest(self.base))
        return made if isinstance(made, bytes) else made.packed()


MISSING = frozenset(
    {"end_missing", "witness_missing", "stamp_missing", "trust_unnamed", "recording_key_missing"}
)
"""Crimes that only leave something out: nothing contradicts, and nothing passes."""


# The container.


def bytes_of(made: Case) -> bytes:
    return made.packed()


def unrepaired(name: str, change: Callable[[bytes], bytes]) -> Callable[[Case], bytes]:
    """A member changed where it lies in the zip, its checksum left as it was."""

    def make(made: Case) -> bytes:
        data = made.packed()
        at = data.index(made.members[name])
        return data[:at] + change(made.members[name]) + data[at + len(made.members[name]) :]

    return make


def second(name: str) -> Callable[[Case], bytes]:
    """A second member of that name, with other bytes, behind the first: programs differ on which they show."""

    def make(made: Case) -> bytes:
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for each, data in sorted(made.members.items()):
                archive.writestr(_info(each), data)
            with_warning = _info(name)
            archive._didModify = True  # type: ignore[attr-defined] # a second of one name is what this is about
            archive.NameToInfo.pop(name)
            archive.writestr(with_warning, flipped(made.members[name], 0))
        return out.getvalue()

    return make


def deflated(made: Case) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(made.members.items()):
            archive.writestr(_info(name, zipfile.ZIP_DEFLATED), data)
    return out.getvalue()


def renamed(made: Case) -> bytes:
    """The directory, which most programs read, calls the charter otherwise than its own header does."""
    data = made.packed()
    at = data.rindex(b"charter.json")
    return data[:at] + b"charter.jsom" + data[at + 12 :]


def climbing(made: Case) -> bytes:
    data = made.packed()
    for before in (b"\0\0charter.json{", b"\0\0charter.jsonPK"):
        assert before in data
        data = data.replace(before, before.replace(b"charter.json", b"../arter.sh."))
    return data


def _info(name: str, how: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    found.compress_type, found.external_attr, found.create_system = how, 0o100444 << 16, 3
    return found


# Ledger.


def resigned(made: Case, body: str | None = None, name: str = ORIGIN) -> Case:
    """The checkpoint under the stranger's key, which is enclosed as the ledger's."""
    body = Note.of(made.members[case.CHECKPOINT]).body if body is None else body
    note = Note(body, (SignatureLine(name, STRANGER.key.id, STRANGER.sign(body.encode())),))
    return made.with_(case.CHECKPOINT, note.text().encode()).with_(
        case.VKEY, f"{STRANGER.key.text()}\n".encode()
    )


def under_its_name(made: Case) -> Case:
    """The same, and a line under the plant's own name and key id, made by the stranger."""
    stranger = resigned(made)
    note = Note.of(stranger.members[case.CHECKPOINT])
    forged = SignatureLine(ORIGIN, SIGNER.key.id, STRANGER.sign(note.body.encode()))
    return stranger.with_(case.CHECKPOINT, Note(note.body, (*note.lines, forged)).text().encode())


def other_origin(made: Case) -> Case:
    """A head of another log of the plant, under the same key."""
    head = Checkpoint.of(Note.of(made.members[case.CHECKPOINT]).body)
    body = replace(head, origin="plant.example/another/1").body()
    line = SignatureLine(ORIGIN, SIGNER.key.id, SIGNER.sign(body.encode()))
    return made.with_(case.CHECKPOINT, Note(body, (line,)).text().encode())


def smaller(made: Case) -> Case:
    """An older head of the same log, honestly signed then."""
    lines = [b64decode(one["path"][0]) for one in made.lines]
    assert lines
    size = len(made.lines) - 3
    older = made.relogged(made.events[:size])
    return made.with_(case.CHECKPOINT, older.members[case.CHECKPOINT])


def rolled_back(made: Case) -> Case:
    """The ledger as it was before the session ended, and nothing else."""
    return made.relogged(made.events[: made.find("SessionEnded")])


def changed_line(which: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Case], Case]:
    def make(made: Case) -> Case:
        lines = [dict(one) for one in made.lines]
        change(lines[made.find(which)])
        return made.with_lines(lines)

    return make


def moved(which: str, onto: str, field_name: str) -> Callable[[Case], Case]:
    """One event's field taken from another's line."""

    def make(made: Case) -> Case:
        lines = [dict(one) for one in made.lines]
        lines[made.find(which)][field_name] = lines[made.find(onto)][field_name]
        return made.with_lines(lines)

    return make


def lines_as(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Case], Case]:
    def make(made: Case) -> Case:
        lines = [dict(one) for one in made.lines]
        change(lines)
        return made.with_lines(lines)

    return make


def grafted_event(made: Case) -> Case:
    """The end of another session, under its own proof, in the place of this one's."""
    other = Case.honest(OTHER)
    lines = [dict(one) for one in made.lines]
    at = made.find("SessionEnded")
    lines[at] = {**other.lines[other.find("SessionEnded")], "index": lines[at]["index"]}
    return made.with_lines(lines)


def deleted_leaf(made: Case) -> Case:
    """An event taken out, those behind it moved up; the proofs are the tree's without it, the head is the old one."""
    at = made.find("SessionHeartbeat")
    shorter = made.relogged(made.events[:at] + made.events[at + 1 :])
    return shorter.with_(case.CHECKPOINT, made.members[case.CHECKPOINT])


def edited_leaf(made: Case) -> Case:
    """The text and the leaf that commits to it, both changed."""
    other = made.retold(lambda events: events[made.find("SessionEnded")].update({"cause": "idle"}))
    lines = [dict(one) for one in made.lines]
    at = made.find("SessionEnded")
    lines[at] |= {name: other.lines[at][name] for name in ("leaf", "text")}
    return made.with_lines(lines)


# The recording.


def in_recording(change: Callable[[Case], Callable[[bytes], bytes]]) -> Callable[[Case], Case]:
    return lambda made: made.edited(case.RECORDING, change(made))


def swapped(made: Case) -> bytes:
    data = made.members[case.RECORDING]
    (one, stop), (_, end) = made.frame_bytes(2), made.frame_bytes(3)
    return data[:one] + data[stop:end] + data[one:stop] + data[end:]


def replayed(made: Case) -> bytes:
    data = made.members[case.RECORDING]
    start, stop = made.frame_bytes(2)
    return data[:stop] + data[start:stop] + data[stop:]


def dropped(made: Case) -> bytes:
    data = made.members[case.RECORDING]
    start, stop = made.frame_bytes(2)
    return data[:start] + data[stop:]


def grafted_frame(made: Case) -> bytes:
    data, other = made.members[case.RECORDING], Case.honest(OTHER)
    start, stop = made.frame_bytes(2)
    first, last = other.frame_bytes(2)
    return data[:start] + other.members[case.RECORDING][first:last] + data[stop:]


def body_rechained(made: Case) -> Case:
    frames = made.raw()
    head, body = frames[1]
    return made.rechained([*frames[:1], (head, flipped(body, 3)), *frames[2:]])


def back_in_time(made: Case) -> Case:
    frames = made.raw()
    head, body = frames[3]
    frames[3] = (head[:16] + bytes(8) + head[24:], body)
    return made.rechained(frames)


def cut_short(made: Case) -> bytes:
    return made.members[case.RECORDING][: made.frame_bytes(3)[0] + 40]


def unsealed(made: Case) -> bytes:
    return made.members[case.RECORDING][: made.frame_bytes(3)[0]]


# Other members.


def wider(document: Any) -> None:
    document["actions"] = ["configure", *document["actions"]]


def longer(document: Any) -> None:
    document["window"]["end"] = "2026-03-02T23:00:00Z"


def holder(document: Any) -> None:
    document["files"]["rights.toml"]["right"][0]["holder"] = "mallory"


def keys_swapped(data: bytes) -> bytes:
    text = data.decode()
    return text.replace('"petra"', '"\0"').replace('"deniz"', '"petra"').replace('"\0"', '"deniz"').encode()


def keyed(made: Case) -> Case:
    return made.with_(
        case.KEY, made.members[case.KEY].replace(made.document(case.KEY)["key"].encode(), b"ab" * 32)
    )


def casts_swapped(made: Case) -> Case:
    second_, third = sorted(name for name in made.members if name.startswith("exports/"))[:2]
    return made.with_(second_, made.members[third]).with_(third, made.members[second_])


def head_of(made: Case, name: str) -> Note:
    return Note.of(made.members[name])


def cosignature_edited(made: Case) -> Case:
    """The witness is said to have signed a year earlier."""
    note = head_of(made, case.WITNESSED)
    line = note.lines[1]
    year = (int.from_bytes(line.signature[:8], "big") - 31_536_000).to_bytes(8, "big")
    forged = replace(line, signature=year + line.signature[8:])
    lines = (note.lines[0], forged, *note.lines[2:])
    return made.with_(case.WITNESSED, Note(note.body, lines).text().encode())


def cosignature_dropped(made: Case) -> Case:
    note = head_of(made, case.WITNESSED)
    return made.with_(case.WITNESSED, Note(note.body, note.lines[:-1]).text().encode())


def second_suite_broken(made: Case) -> Case:
    note = head_of(made, case.CHECKPOINT)
    line = note.lines[1]
    lines = (note.lines[0], replace(line, signature=flipped(line.signature, 100)))
    return made.with_(case.CHECKPOINT, Note(note.body, lines).text().encode())


def other_proof(made: Case) -> Case:
    def swap(data: bytes) -> bytes:
        lines = data.splitlines()
        return b"".join(b64encode(bytes(32)) + b"\n" for _ in lines) or b64encode(bytes(32)) + b"\n"

    return made.edited(case.CONSISTENCY, swap)


def without_head(made: Case) -> Case:
    return made.without(case.WITNESSED, case.CONSISTENCY)


def table() -> Mapping[str, Crime]:
    """Every crime, by the name of its vector."""
    from tests.recorder.crimes_of_keeping import ERASURE  # noqa: PLC0415 -- they are written with what is here
    from tests.recorder.crimes_of_people import PEOPLE, STAMPS  # noqa: PLC0415 -- so are these

    all_ = CONTAINER | LEDGER | RECORDING | PEOPLE | STAMPS | ERASURE | CAPTURES
    return {f"{number:02}-{name}": one for number, (name, one) in enumerate(all_.items(), 1)}


CONTAINER = {
    "byte-flipped": Crime("plain", unrepaired(case.RECORDING, lambda data: flipped(data, 700)), "container", "malformed", ("recording.pnr",)),
    "zip-cut": Crime("plain", lambda made: made.packed()[:-30], "container", "malformed", ("From byte",)),
    "bytes-behind": Crime("plain", lambda made: made.packed() + b"PK", "container", "malformed", ("From byte",)),
    "bytes-before": Crime("plain", lambda made: b"#!/bin/sh\n" + made.packed(), "container", "malformed", ("does not begin",)),
    "member-twice": Crime("plain", second(case.PERMIT), "container", "malformed", ("permit.json", "twice")),
    "manifest-twice": Crime("plain", second(case.MANIFEST), "container", "malformed", ("manifest.json", "twice")),
    "deflated": Crime("plain", deflated, "container", "malformed", ("VERIFY.md",)),
    "two-names": Crime("plain", renamed, "container", "malformed", ("From byte",)),
    "climbing-name": Crime("plain", climbing, "container", "malformed", ("name",)),
    "manifest-stale": Crime("plain", lambda made: made.with_(case.PERMIT, made.members[case.PERMIT].replace(b"view", b"over")).packed(honest=False), "manifest", "manifest_hash", ("permit.json",)),
    "manifest-says-more": Crime("plain", lambda made: made.packed(manifest={"verified": True}), "manifest", "manifest_schema"),
    "member-added": Crime("plain", lambda made: made.with_("approved.txt", b"yes"), "manifest", "manifest_members", ("approved.txt",)),
    "member-left-out": Crime("plain", lambda made: made.without(case.RECORDING), "manifest", "manifest_lacks", ("recording.pnr",)),
    "another-session-named": Crime("plain", lambda made: made.packed(manifest={"session": "b" * 26}), "session", "session_events", ("0 are here",)),
    "another-permit-named": Crime("plain", lambda made: made.packed(manifest={"permit": "b" * 26}), "permit", "permit_other", ("b" * 26,)),
    "permit-wider": Crime("plain", lambda made: made.rewritten(case.PERMIT, wider), "session", "session_other", ("digest",)),
    "permit-longer": Crime("plain", lambda made: made.rewritten(case.PERMIT, longer), "session", "session_other", ("digest",)),
    "permit-spaced": Crime("plain", lambda made: made.edited(case.PERMIT, lambda data: data.replace(b",", b", ", 1)), "permit", "malformed", ("canonical",)),
}  # fmt: skip
LEDGER = {
    "checkpoint-edited": Crime("plain", lambda made: made.edited(case.CHECKPOINT, lambda data: data.replace(data.split(b"\n")[1], b"99", 1)), "checkpoint", "signature_false", (ORIGIN,)),
    "checkpoint-unsigned": Crime("plain", lambda made: made.edited(case.CHECKPOINT, lambda data: data.replace(ORIGIN.encode() + b" ", b"nobody ")), "checkpoint", "signature_missing"),
    "checkpoint-resigned": Crime("plain", resigned, "ledger key", "signature_missing"),
    "wrong-key-same-id": Crime("plain", under_its_name, "ledger key", "signature_false", (SIGNER.key.id.hex(),)),
    "wrong-origin": Crime("plain", other_origin, "checkpoint", "checkpoint_origin", ("plant.example/another/1",)),
    "checkpoint-smaller": Crime("plain", smaller, "events", "events_path", ("Event 0",)),
    "rolled-back": Crime("plain", rolled_back, "session", "end_missing", ("end",)),
    "rolled-back-under-witnesses": Crime("witnessed", rolled_back, "witnesses", "witness_fork", ("two of it",)),
    "forked-under-witnesses": Crime("witnessed", lambda made: made.retold(lambda events: events[made.find("SessionEnded")].update({"cause": "idle"})), "witnesses", "witness_fork", ("two of it",)),
    "heartbeat-removed": Crime("witnessed", lambda made: made.retold(lambda events: events.pop(made.find("SessionHeartbeat"))), "witnesses", "witness_fork", ("two of it",)),
    "consistency-forged": Crime("witnessed", lambda made: other_proof(made.with_(case.CONSISTENCY, b"x")), "witnesses", "witness_fork"),
    "cosignature-edited": Crime("witnessed", cosignature_edited, "witnesses", "signature_false", ("corporate.example/w",), policy="witnesses.policy"),
    "cosignature-dropped": Crime("witnessed", cosignature_dropped, "witnesses", "witness_quorum", ("corporate", "quorum outside"), policy="witnesses.policy"),
    "policy-downgraded": Crime("witnessed", without_head, "witnesses", "witness_missing", ("policy",), policy="witnesses.policy"),
    "ml-dsa-broken": Crime("second-suite", second_suite_broken, "ledger key", "signature_false", (ORIGIN,), key="second.vkey"),
    "event-edited": Crime("plain", changed_line("SessionEnded", lambda one: one.update({"text": one["text"].replace("finished", "finishes")})), "events", "events_commitment", ("Event",)),
    "event-and-leaf-edited": Crime("plain", edited_leaf, "events", "events_path", ("Event",)),
    "leaf-deleted": Crime("plain", deleted_leaf, "events", "events_path", ("Event 0",)),
    "path-of-another-leaf": Crime("plain", moved("SessionEnded", "SessionOpened", "path"), "events", "events_path", ("Event",)),
    "events-reordered": Crime("plain", lines_as(lambda lines: lines.insert(0, lines.pop(1))), "events", "events_order", ("Event 0", "event 1")),
    "event-replayed": Crime("plain", lines_as(lambda lines: lines.insert(2, lines[2])), "events", "events_order", ("Event 2",)),
    "event-grafted": Crime("plain", grafted_event, "events", "events_commitment", ("Event",)),
    "end-removed": Crime("plain", lambda made: made.with_lines([one for at, one in enumerate(made.lines) if at != made.find("SessionEnded")]), "session", "end_missing", ("end",)),
    "two-ends": Crime("plain", lambda made: made.retold(lambda events: events.append({**events[made.find("SessionEnded")], "cause": "idle"})), "session", "session_events", ("2 are here",)),
    "opened-late": Crime("plain", lambda made: made.retold(lambda events: events[made.find("SessionOpened")].update({"at": "2026-03-02T11:00:00Z"})), "session", "session_window", ("window",)),
}  # fmt: skip
RECORDING = {
    "recording-flipped": Crime("plain", in_recording(lambda made: lambda data: flipped(data, made.frame_bytes(2)[0] + 40)), "recording", "recording_broken", ("frame 2", "byte")),
    "recording-frames-swapped": Crime("plain", in_recording(lambda made: lambda _: swapped(made)), "recording", "recording_broken", ("frame 2",)),
    "recording-frame-replayed": Crime("plain", in_recording(lambda made: lambda _: replayed(made)), "recording", "recording_broken", ("frame 3",)),
    "recording-frame-dropped": Crime("plain", in_recording(lambda made: lambda _: dropped(made)), "recording", "recording_broken", ("frame 2",)),
    "recording-frame-grafted": Crime("plain", in_recording(lambda made: lambda _: grafted_frame(made)), "recording", "recording_broken", ("frame 2",)),
    "recording-cut": Crime("plain", in_recording(lambda made: lambda _: cut_short(made)), "recording", "recording_cut", ("frame 3", "byte")),
    "recording-unsealed": Crime("plain", in_recording(lambda made: lambda _: unsealed(made)), "recording", "recording_unsealed", ("frame 3",)),
    "last-chunk-truncated": Crime("plain", lambda made: made.rechained(ended_early(made, len(made.frames) - 2)), "recording in the ledger", "recording_other", ("recording_sha256",)),
    "recording-rechained": Crime("plain", body_rechained, "recording in the ledger", "recording_other", ("recording_sha256",)),
    "recording-of-another-session": Crime("plain", lambda made: made.rechained(made.raw(), lambda header: header.update({"session": "b" * 26})), "recording", "recording_session", ("b" * 26,)),
    "recording-under-another-permit": Crime("plain", lambda made: made.rechained(made.raw(), lambda header: header["about"].update({"digest": "00" * 32})), "recording", "recording_permit"),
    "recording-back-in-time": Crime("plain", back_in_time, "recording", "recording_broken", ("frame 3", "backwards")),
    "heartbeat-forged": Crime("plain", lambda made: made.retold(lambda events: events[made.find("SessionHeartbeat")].update({"head": "00" * 32})), "heartbeats", "heartbeat_other", ("frame 0",)),
    "heartbeat-ahead": Crime("plain", lambda made: made.retold(lambda events: events[made.find("SessionHeartbeat")].update({"frames": 999})), "heartbeats", "heartbeat_ahead", ("999",)),
    "exports-swapped": Crime("plain", casts_swapped, "exports", "exports_other", ("exports/terminal-1",)),
    "export-edited": Crime("plain", lambda made: made.edited("exports/terminal-1.v2.cast", lambda data: data.replace(b"shell", b"sh")), "exports", "exports_other", ("terminal-1.v2",)),
    "export-invented": Crime("plain", lambda made: made.with_("exports/terminal-9.v2.cast", b"{}\n"), "exports", "exports_other", ("terminal-9",)),
    "recording-key-swapped": Crime("plain", keyed, "exports", "recording_key_other"),
    "recording-key-withheld": Crime("plain", lambda made: made.without(case.KEY), "exports", "recording_key_missing"),
}  # fmt: skip
CAPTURES = {
    "capture-edited": Crime("captured", lambda made: made.edited("exports/channel-1.pcapng", lambda data: flipped(data, len(data) // 2)), "exports", "exports_other", ("channel-1",)),
    "capture-of-another-channel": Crime("captured", lambda made: made.with_("exports/channel-1.pcapng", made.members["exports/channel-3.pcapng"]), "exports", "exports_other", ("channel-1",)),
    "capture-left-out": Crime("captured", lambda made: made.without("exports/channel-3.pcapng"), "exports", "exports_other", ("channel-3",)),
    "capture-invented": Crime("several-channels", lambda made: made.with_("exports/channel-9.pcapng", b"x"), "exports", "exports_other", ("channel-9",)),
    "transactions-of-another-name": Crime("captured", lambda made: made.with_("derived/all.csv", b"x"), "manifest", "manifest_members", ("derived/all.csv",)),
}  # fmt: skip


def write() -> None:
    """Every vector and the index."""
    CRIMES.mkdir(parents=True, exist_ok=True)
    index = {}
    for name, one in table().items():
        (CRIMES / f"{name}.zip").write_bytes(one.data())
        index[f"{name}.zip"] = {
            "base": f"{one.base}.zip",
            "verdict": one.verdict,
            "step": one.step,
            "code": one.code,
            "names": list(one.names),
            "key": one.key,
            "policy": one.policy,
            "roots": one.roots,
        }
    (CRIMES / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    for shared in ("ledger.vkey", "second.vkey", "witnesses.policy", "stamps.pem"):
        (CRIMES / shared).write_bytes((HONEST / shared).read_bytes())


if __name__ == "__main__":
    write()
