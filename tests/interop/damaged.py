"""Case files that somebody or something damaged: drawn from a seed, the same ones each time.

Half of them are damaged as bytes. In the other half one member is, and then container and manifest are made again around
it, so that what lies further in has to notice.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from random import Random
from struct import pack
from typing import Any
from zipfile import ZipFile
from zlib import crc32

Members = dict[str, bytes]

READ_AS_JSON = ("permit.json", "approvals.json", "charter.json", "recording.key.json")
READ_AS_LINES = ("ledger/events.jsonl", "trust/attestations.jsonl", "trust/templates.jsonl")


def damaged(random: Random, honest: Mapping[str, bytes]) -> bytes:
    """One case file, made of one of the honest ones."""
    name = random.choice(sorted(honest))
    if random.random() < 0.5:
        return spoiled(random, honest[name])
    members = members_of(honest[name])
    other = members_of(honest[random.choice(sorted(honest))])
    for _ in range(random.choice((1, 1, 1, 2))):
        random.choice(
            (one_spoiled, one_spoiled, one_told_otherwise, one_told_otherwise, one_of_another, one_left_out)
        )(random, members, other)
    return packed(members)


def members_of(file: bytes) -> Members:
    with ZipFile(BytesIO(file)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(members: Members) -> bytes:
    """The container in its one form (SPEC 2), around a manifest that is true again."""
    manifest = json.loads(members["manifest.json"])
    others = {name: held for name, held in members.items() if name != "manifest.json"}
    manifest["files"] = {
        name: {"bytes": len(held), "sha256": sha256(held).hexdigest()} for name, held in others.items()
    }
    body, directory = b"", b""
    for name, held in {"manifest.json": canonical(manifest), **others}.items():
        sums = pack("<LLLHH", crc32(held), len(held), len(held), len(name), 0)
        directory += (
            b"PK\1\2"
            + pack("<HHHHHH", 0x031E, 20, 0, 0, 0, 0x21)
            + sums
            + pack("<HHHLL", 0, 0, 0, 0x81240000, len(body))
        )
        directory += name.encode()
        body += b"PK\3\4" + pack("<HHHHH", 20, 0, 0, 0, 0x21) + sums + name.encode() + held
    count = len(others) + 1
    return body + directory + b"PK\5\6" + pack("<HHHHLLH", 0, 0, count, count, len(directory), len(body), 0)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def spoiled(random: Random, held: bytes) -> bytes:
    """Bytes flipped, cut off, cut out, doubled or exchanged."""
    if not held:
        return b"\0"
    at, end = sorted(random.randrange(len(held) + 1) for _ in range(2))
    short = min(end, at + random.randrange(1, 40))
    return random.choice(
        (
            lambda: flipped(random, held),
            lambda: flipped(random, held),
            lambda: flipped(random, held),
            lambda: held[:at],
            lambda: held[:at] + held[short:],
            lambda: held[:short] + held[at:],
            lambda: held[:at] + random.randbytes(short - at) + held[short:],
        )
    )()


def flipped(random: Random, held: bytes) -> bytes:
    changed = bytearray(held)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        changed[random.randrange(len(held))] ^= random.choice(
            (1 << random.randrange(8), random.randrange(1, 256))
        )
    return bytes(changed)


def one_spoiled(random: Random, members: Members, other: Members) -> None:
    name = random.choice(sorted(set(members) - {"manifest.json"}))
    members[name] = spoiled(random, members[name])


def one_of_another(random: Random, members: Members, other: Members) -> None:
    """A member of another honest case file in this one's place, or beside it."""
    name = random.choice(sorted(set(other) - {"manifest.json"}))
    members[name] = other[name]


def one_left_out(random: Random, members: Members, other: Members) -> None:
    name = random.choice(sorted(set(members) - {"manifest.json"}))
    if len(members) > 2:
        del members[name]


def one_told_otherwise(random: Random, members: Members, other: Members) -> None:
    """A document that stays canonical and says something else."""
    name = random.choice(
        [one for one in (*READ_AS_JSON, *READ_AS_LINES, "manifest.json") if members.get(one)]
    )
    try:
        if name in READ_AS_LINES:
            lines = members[name].splitlines(keepends=True)
            at = random.randrange(len(lines))
            lines[at] = told_otherwise(random, lines[at]) + b"\n"
            random.choice((lambda: None, lambda: random.shuffle(lines), lambda: lines.append(lines[at])))()
            members[name] = b"".join(lines)
        else:
            members[name] = told_otherwise(random, members[name])
    except ValueError:
        one_spoiled(random, members, other)


def told_otherwise(random: Random, held: bytes) -> bytes:
    document = json.loads(held)
    places: list[Callable[[Any], None]] = []
    values: list[Any] = [
        None,
        True,
        False,
        0,
        1,
        -1,
        2**53 - 1,
        "",
        "connect",
        "2026-03-02T07:30:00Z",
        [],
        {},
    ]
    walk(document, places, values)
    if places:
        change = random.choice(places)
        one = random.choice(values)
        change(random.choice((one, flipped_text(random, one), LEFT_OUT)))
    return canonical(document)


LEFT_OUT = object()


def flipped_text(random: Random, one: object) -> object:
    if isinstance(one, int):
        return int(one) + 1
    if not isinstance(one, str) or not one:
        return "x"
    at = random.randrange(len(one))
    return one[:at] + random.choice((*"0a-Z é\n\u200b", "")) + one[at + 1 :]


def walk(document: Any, places: list[Callable[[Any], None]], values: list[Any]) -> None:
    """Everything that can be changed in a document, and everything that it says."""
    keys = (
        list(document)
        if isinstance(document, dict)
        else list(range(len(document)))
        if isinstance(document, list)
        else []
    )
    for key in keys:

        def change(value: Any, inside: Any = document, key: Any = key) -> None:
            if value is LEFT_OUT:
                del inside[key]
            else:
                inside[key] = value

        places.append(change)
        values.append(document[key])
        walk(document[key], places, values)
