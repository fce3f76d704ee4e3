"""How long a rectangle is, by its encoding: the least of it is read that tells. Pure.

Each script goes on behind a rectangle's twelve bytes of head, which are still to be passed. None of them unpacks
anything: what a viewer or a reader of the evidence makes of the contents is theirs.
"""

from collections.abc import Generator, Iterator

from broker.conduits.vnc.encodings import DRAWN, Encoding
from broker.conduits.vnc.stream import NoRfbError, Pass, Script
from broker.conduits.vnc.talk import LONGEST_NAME, Talk

HEAD = 12
TILE = 16
LONGEST_PACKED = 128 * 1024 * 1024
"""Bytes of one packed rectangle: twice a screen of 4096 by 4096 pixels."""

LEAST_PACKED = 12
"""Fewer bytes than this Tight does not pack."""

_RAW, _BACKGROUND, _FOREGROUND, _SUBRECTS, _COLOURED = 1, 2, 4, 8, 16
_FILL, _JPEG = 8, 9
_COPY, _PALETTE, _GRADIENT = 0, 1, 2


def body(encoding: int, box: tuple[int, int, int, int], talk: Talk) -> Script:
    """The rest of a rectangle at ``box`` (x, y, width, height); NoRfbError when it is none."""
    if encoding in DRAWN:
        talk.within(*box)
        return _drawn(encoding, box[2], box[3], talk)
    return _told(encoding, box, talk)


def _drawn(encoding: int, width: int, height: int, talk: Talk) -> Script:
    """What is drawn on the screen."""
    pixel = talk.pixel.size
    match encoding:
        case Encoding.ZRLE | Encoding.ZLIB:
            yield Pass(_packed((yield HEAD + 4)[HEAD:]))
        case Encoding.TIGHT:
            yield from _tight(width, height, talk.pixel.tight)
        case Encoding.COPY_RECT:
            at = yield HEAD + 4
            talk.within(int.from_bytes(at[HEAD : HEAD + 2]), int.from_bytes(at[HEAD + 2 :]), width, height)
            yield Pass()
        case Encoding.RRE:
            count = int.from_bytes((yield HEAD + 4)[HEAD:])
            if count > width * height:
                raise NoRfbError(f"A rectangle of {width} by {height} is said to have {count} parts.")
            yield Pass(pixel + count * (pixel + 8))
        case Encoding.HEXTILE:
            yield Pass()
            yield from _hextile(width, height, pixel)
        case _:
            yield Pass(width * height * pixel)


def _told(encoding: int, box: tuple[int, int, int, int], talk: Talk) -> Script:
    """What is said about the screen and the pointer, in the form of a rectangle."""
    _x, y, width, height = box
    match encoding:
        case Encoding.CURSOR:
            yield Pass(width * height * talk.pixel.size + (width + 7) // 8 * height)
        case Encoding.X_CURSOR:
            yield Pass(6 + 2 * ((width + 7) // 8 * height) if width * height else 0)
        case Encoding.DESKTOP_SIZE:
            talk.width, talk.height = width, height
            yield Pass()
        case Encoding.EXTENDED_DESKTOP_SIZE:
            screens = (yield HEAD + 4)[HEAD]
            if not y:  # else the server says that it did not do what was asked for
                talk.width, talk.height = width, height
            yield Pass(16 * screens)
        case Encoding.DESKTOP_NAME:
            count = int.from_bytes((yield HEAD + 4)[HEAD:])
            if count > LONGEST_NAME:
                raise NoRfbError(f"A name is said to have {count} bytes.")
            yield Pass(count)
        case Encoding.LED_STATE:
            yield Pass(1)
        case Encoding.POINTER_POSITION | Encoding.QEMU_KEYS | Encoding.LAST_RECT:
            yield Pass()
        case _:
            raise NoRfbError(f"Nobody here can tell how long a rectangle in the encoding {encoding} is.")


def _packed(wire: bytes) -> int:
    count = int.from_bytes(wire)
    if count > LONGEST_PACKED:
        raise NoRfbError(f"A rectangle is said to have {count} packed bytes.")
    return count


def _hextile(width: int, height: int, pixel: int) -> Script:
    """Tiles of 16 by 16, row by row (RFC 6143 section 7.7.4)."""
    for wide, high in _tiles(width, height):
        kind = (yield 1)[0]
        if kind > 31:
            raise NoRfbError(f"There is no Hextile {kind}.")
        if kind & _RAW:
            yield Pass(wide * high * pixel)
            continue
        colours = pixel * (bool(kind & _BACKGROUND) + bool(kind & _FOREGROUND))
        if not kind & _SUBRECTS:
            yield Pass(colours)
            continue
        count = (yield 2 + colours)[-1]
        yield Pass(count * (2 + (pixel if kind & _COLOURED else 0)))


def _tiles(width: int, height: int) -> Iterator[tuple[int, int]]:
    for y in range(0, height, TILE):
        high = min(TILE, height - y)
        for x in range(0, width, TILE):
            yield min(TILE, width - x), high


def _tight(width: int, height: int, pixel: int) -> Script:
    """One rectangle in Tight (rfbproto.rst, "Tight Encoding")."""
    at = HEAD + 1
    control = (yield at)[HEAD]
    kind = control >> 4
    if kind == _FILL:
        yield Pass(pixel)
        return
    if kind == _JPEG:
        yield Pass((yield from _compact(at))[0])
        return
    if kind > _JPEG:
        raise NoRfbError(f"There is no Tight {kind}.")
    filter_ = _COPY
    if kind & 4:
        at += 1
        filter_ = (yield at)[-1]
    if filter_ == _PALETTE:
        at += 1
        colours = (yield at)[-1] + 1
        at += colours * pixel
        yield at
        count = height * ((width + 7) // 8 if colours == 2 else width)
    elif filter_ in {_COPY, _GRADIENT}:
        count = width * height * pixel
    else:
        raise NoRfbError(f"There is no filter {filter_} in Tight.")
    if count < LEAST_PACKED:
        yield Pass(count)
        return
    yield Pass((yield from _compact(at))[0])


def _compact(at: int) -> Generator[int, bytes, tuple[int, int]]:
    """A length in one to three bytes, seven bits each but for the last, behind ``at`` bytes; and where it ends."""
    count = 0
    for place in range(3):
        at += 1
        byte = (yield at)[-1]
        count |= (byte if place == 2 else byte & 0x7F) << (7 * place)
        if place < 2 and not byte & 0x80:
            break
    return count, at
