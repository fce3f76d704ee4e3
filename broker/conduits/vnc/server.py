"""What a VNC server says, message by message (RFC 6143 sections 7.1 to 7.3 and 7.6), and what of it the viewer gets. Pure.

The gate comes in at the server before the viewer is let in at the gate: what a viewer is offered is the way without a
password, or the sentence that says why there is none.
"""

import struct

from broker.conduits.vnc.encodings import Encoding
from broker.conduits.vnc.rectangles import HEAD, body
from broker.conduits.vnc.security import CHALLENGE_BYTES, answer
from broker.conduits.vnc.stream import Drop, NoRfbError, Pass, Script
from broker.conduits.vnc.talk import LONGEST_NAME, Talk, pixel_format
from domain.output import Cut, ToAsset, ToVendor, Withhold

VERSION = b"RFB 003.00%d\n"
VERSION_BYTES = 12
NONE, VNC_AUTHENTICATION = 1, 2
SECURITY = {
    5: "RA2", 6: "RA2ne", 13: "RSA-AES", 16: "Tight", 17: "Ultra", 18: "TLS", 19: "VeNCrypt", 20: "SASL", 21: "MD5",
    22: "xvp", 30: "Apple's own", 35: "Apple's own", 113: "MS-Logon", 129: "RSA-AES-256", 130: "RSA-AES-256",
}  # fmt: skip

LONGEST_REASON = 2048
LONGEST_SHOWN = 100
MOST_CLIPBOARD = 16 * 1024 * 1024
MOST_FENCE = 64


def version_of(wire: bytes) -> int:
    """The minor version that ``RFB 003.008`` says, as one of 3, 7 and 8: of what is newer the last that is public."""
    major, minor = wire[4:7], wire[8:11]
    if wire[:4] != b"RFB " or wire[7:8] != b"." or wire[11:] != b"\n" or not (major + minor).isdigit():
        raise NoRfbError("It does not begin with a version of RFB.")
    if (int(major), int(minor)) >= (3, 8):
        return 8
    if int(major) < 3:
        raise NoRfbError(f"Its version of RFB is {int(major)}.{int(minor)}.")
    return 7 if int(minor) == 7 else 3  # section 7.1.1: any other is to be taken for 3.3


def refusal(version: int, sentence: str) -> bytes:
    """Instead of an offer: why there is none, as a viewer of that ``version`` shows it."""
    said = sentence.encode("ascii", "replace")
    return bytes(4 if version == 3 else 1) + len(said).to_bytes(4) + said


def from_server(talk: Talk, password: str | None, *, clipboard: bool) -> Script:
    """Everything a server says. ``clipboard``: whether what it puts there may reach the vendor."""
    talk.asset_version = version_of((yield VERSION_BYTES))
    yield Drop()
    yield ToVendor(VERSION % 8)
    yield from _let_in(talk, password)
    yield ToVendor(b"\0\0\0\1" if talk.vendor_version == 3 else b"\1\1")
    talk.offered = True
    yield from screen(talk)
    while True:
        yield from message(talk, clipboard=clipboard)


def screen(talk: Talk) -> Script:
    """ServerInit (section 7.3.2)."""
    head = yield 24
    if not talk.begun:
        raise NoRfbError("It spoke before its turn.")
    count = int.from_bytes(head[20:])
    if count > LONGEST_NAME:
        raise NoRfbError(f"Its name is said to have {count} bytes.")
    talk.width, talk.height = int.from_bytes(head[:2]), int.from_bytes(head[2:4])
    talk.pixel = pixel_format(head[4:20])
    talk.name = (yield 24 + count)[24:].decode("utf-8", "replace")
    talk.ready = True
    yield Pass()


def _let_in(talk: Talk, password: str | None) -> Script:
    """Security, up to where the server has let the gate in; or else the end."""
    if talk.asset_version == 3:
        kind = int.from_bytes((yield 4))
        types = bytes((kind,)) if 0 < kind < 256 else b""
        at = 4
    else:
        count = (yield 1)[0]
        types = (yield 1 + count)[1:]
        at = 1
    if not talk.vendor_version:
        raise NoRfbError("It spoke before its turn.")
    if not types:
        yield from _turned_away(talk, at)
    elif VNC_AUTHENTICATION in types and password is not None:
        yield Drop()
        yield from _answered(talk, password)
    elif NONE in types:
        yield Drop()
        if talk.asset_version > 3:
            yield ToAsset(bytes((NONE,)), b"")
        if talk.asset_version == 8:
            yield from _result(talk)
    elif VNC_AUTHENTICATION in types:
        said = "The asset asks for a VNC password, and the plant keeps none for it in its vault."
        yield from _refused(talk, "vnc_no_password", said)
    else:
        named = ", ".join(sorted({SECURITY.get(one, str(one)) for one in types}))
        said = f"The asset offers only ways to sign in that the gate does not speak: {named}. It speaks VNC authentication and none."
        yield from _refused(talk, "vnc_security_unknown", said)


def _answered(talk: Talk, password: str) -> Script:
    if talk.asset_version > 3:
        yield ToAsset(bytes((VNC_AUTHENTICATION,)), b"")
    challenge = yield CHALLENGE_BYTES
    yield Drop()
    yield ToAsset(answer(challenge, password), b"", "the password from the vault")
    yield from _result(talk)


def _result(talk: Talk) -> Script:
    """SecurityResult (section 7.1.3)."""
    result = int.from_bytes((yield 4))
    if not result:
        yield Drop()
    elif result > 2:
        raise NoRfbError(f"There is no result {result} of a sign-in.")
    elif talk.asset_version == 8:
        yield from _turned_away(talk, 4)
    else:
        said = "The asset did not accept the password that the plant keeps for it."
        yield from _refused(talk, "vnc_not_let_in", said)


def _turned_away(talk: Talk, at: int) -> Script:
    """The server says why it lets nobody in."""
    count = int.from_bytes((yield at + 4)[at:])
    if count > LONGEST_REASON:
        raise NoRfbError(f"Its reason is said to have {count} bytes.")
    reason = (yield at + 4 + count)[at + 4 :].decode("ascii", "replace")
    shown = "".join(one for one in reason if one.isascii() and one.isprintable())[:LONGEST_SHOWN]
    said = f"The asset does not let the gate in: {shown.rstrip('.') or 'it says no reason'}."
    yield from _refused(talk, "vnc_not_let_in", said)


def _refused(talk: Talk, code: str, sentence: str) -> Script:
    yield Drop()
    yield ToVendor(refusal(talk.vendor_version, sentence))
    yield Cut(code, sentence)


def message(talk: Talk, *, clipboard: bool) -> Script:
    """One message of a server that is at work."""
    kind = (yield 1)[0]
    match kind:
        case 0:
            count = int.from_bytes((yield 4)[2:])
            yield Pass()
            talk.update_begins()
            yield from _update(talk, count)
        case 1:
            yield Pass(6 * int.from_bytes((yield 6)[4:]))
        case 2:
            yield Pass()
        case 3:
            yield from _copied(clipboard=clipboard)
        case 150:
            talk.updates_ended()
            yield Pass()
        case 248:
            count = (yield 9)[8]
            if count > MOST_FENCE:
                raise NoRfbError(f"A fence is said to have {count} bytes.")
            yield Pass(count)
        case 250:
            yield 4
            yield Pass()
        case _:
            raise NoRfbError(f"Nobody here can tell how long a server's message {kind} is.")


def _copied(*, clipboard: bool) -> Script:
    """ServerCutText."""
    count = int.from_bytes((yield 8)[4:])
    if count > MOST_CLIPBOARD:
        raise NoRfbError(f"It says that {count} bytes were copied.")
    if clipboard:
        yield Pass(count)
    else:
        yield Withhold("vnc_clipboard_not_permitted", 8 + count)
        yield Drop(count)


_RECTANGLE = struct.Struct(">HHHHi")


def _update(talk: Talk, count: int) -> Script:
    """The rectangles of one FramebufferUpdate; LastRect may end one early."""
    while count:
        x, y, width, height, encoding = _RECTANGLE.unpack((yield HEAD))
        yield from body(encoding, (x, y, width, height), talk)
        if encoding == Encoding.LAST_RECT:
            return
        count -= 1
