"""What a viewer says, message by message (RFC 6143 section 7.5), and what of it the asset gets. Pure.

A message that the permit does not cover is left out, and the session goes on: a viewer waits for no answer to it.
"""

import struct
from collections import Counter
from collections.abc import Callable, Generator

from broker.conduits.vnc.encodings import MOST, kept
from broker.conduits.vnc.functions import (
    CUT_TEXT,
    FUNCTIONS,
    NEVER,
    QEMU,
    Function,
)
from broker.conduits.vnc.keys import VOID, tells
from broker.conduits.vnc.server import MOST_FENCE, NONE, VERSION, VERSION_BYTES, version_of
from broker.conduits.vnc.stream import Drop, NoRfbError, Pass, Script
from broker.conduits.vnc.talk import Talk, pixel_format
from domain.output import Answer, Cut, Output, ToAsset, ToVendor, Withhold

MOST_CLIPBOARD = 1024 * 1024
MOST_TOLD = 1000
"""Messages of one kind that were left out, each with a mark of its own; from there on one mark tells of so many."""

_LENGTHS = {0: 20, 3: 10, 4: 8, 5: 6, 6: 8, 150: 10, 250: 4}

Refusal = Callable[[Function], str]
"""Why a permit does not cover a function, in a sentence; empty when it does."""


def from_viewer(talk: Talk, refusal: Refusal) -> Script:
    """Everything a viewer says."""
    yield from _begin(talk)
    left_out: Counter[str] = Counter()
    while True:
        yield from _message(talk, refusal, left_out)


def _begin(talk: Talk) -> Script:
    """Version, security and ClientInit."""
    said = yield VERSION_BYTES
    version = version_of(said)
    if not talk.asset_version:
        raise NoRfbError("It spoke before its turn.")
    talk.vendor_version = version
    yield Drop()
    yield ToAsset(VERSION % talk.asset_version, said)
    first = (yield 1)[0]
    if not talk.offered:
        raise NoRfbError("It spoke before its turn.")
    if version > 3:
        if first != NONE:
            raise NoRfbError(f"It chose the way {first} to sign in, which was not offered.")
        yield Drop()
        yield ToAsset(b"", bytes((NONE,)))
        if version == 8:
            yield ToVendor(bytes(4))
        yield 1
    talk.begun = True
    yield Drop()
    # Always shared (section 7.3.1): else every other viewer, the control room's own among them, loses the screen.
    yield ToAsset(b"\1")


def _message(talk: Talk, refusal: Refusal, left_out: Counter[str]) -> Script:
    kind = (yield 1)[0]
    if not talk.ready:
        raise NoRfbError("It spoke before its turn.")
    if name := unknown(kind):
        yield _ended_at(name)
    seen = yield from whole(kind)
    if kind == QEMU and seen[1]:
        yield _ended_at(f"QEMU message {seen[1]}")
    behind = behind_of(kind, seen)
    function = FUNCTIONS[kind]
    if why := refusal(function):
        yield from _left_out(function, why, len(seen) + behind, left_out)
        yield Drop(behind)
    elif (changed := _changed(talk, kind, seen)) is not None:
        yield Drop()
        yield changed
    else:
        yield Pass(behind)


def unknown(kind: int) -> str:
    """What a message is called that never passes; empty where its length is known."""
    return "" if kind in FUNCTIONS else NEVER.get(kind, f"message {kind}")


def whole(kind: int) -> Generator[int, bytes, bytes]:
    """A message, of which the first byte says ``kind``; without what was copied, and but the beginning of QEMU's own."""
    match kind:
        case 2:
            count = int.from_bytes((yield 4)[2:])
            if count > MOST:
                raise NoRfbError(f"It names {count} encodings.")
            return (yield 4 + 4 * count)
        case 248:
            count = (yield 9)[8]
            if count > MOST_FENCE:
                raise NoRfbError(f"A fence is said to have {count} bytes.")
            return (yield 9 + count)
        case 251:
            return (yield 8 + 16 * (yield 8)[6])
        case 255:
            seen = yield 2
            return seen if seen[1] else (yield 12)
        case _:
            return (yield _LENGTHS[kind])


def _ended_at(name: str) -> Cut:
    return Cut("vnc_message_unknown", f"The connection ended at a VNC viewer's {name}, which never passes.")


def behind_of(kind: int, seen: bytes) -> int:
    """How many bytes follow a message that need not be seen."""
    if kind != CUT_TEXT:
        return 0
    count = int.from_bytes(seen[4:])
    if count > MOST_CLIPBOARD:
        raise NoRfbError(f"It says that {count} bytes were copied.")
    return count


def _changed(talk: Talk, kind: int, seen: bytes) -> Output | None:
    """What goes on in a message's place; None where it goes on as it is. A key that may write a secret is not recorded."""
    match kind:
        case 0:
            talk.asked = pixel_format(seen[4:])
        case 150:
            talk.continuous = talk.continuous or bool(seen[1])
        case 2:
            return ToAsset(kept(struct.unpack(f">{len(seen) // 4 - 1}i", seen[4:])))
        case 4 if not tells(int.from_bytes(seen[4:])):
            return ToAsset(seen, seen[:4] + VOID.to_bytes(4))
        case 255 if not tells(int.from_bytes(seen[4:8])):
            return ToAsset(seen, seen[:4] + VOID.to_bytes(4) + bytes(4))
        case _:
            pass
    return None


def _left_out(function: Function, why: str, count: int, left_out: Counter[str]) -> Script:
    """Tell that a message did not pass: the first of its kind in the ledger too, the others in the recording."""
    left_out[function.name] += 1
    times = left_out[function.name]
    code = "vnc_clipboard_not_permitted" if function.listed else "vnc_function_not_permitted"
    if times == 1:
        yield Answer(code, why, b"")
    elif times <= MOST_TOLD:
        yield Withhold(code, count)
    elif times % MOST_TOLD == 0:
        yield Withhold(code, count * MOST_TOLD)
