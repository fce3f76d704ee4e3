"""The two programs of an engine, and how they are started: TigerVNC's X server, and FreeRDP's client in it. Pure.

The server listens nowhere for viewers: it speaks RFB over the socket it is given, and ends with it. The client looks nothing
up and connects to nothing: it is given the connection. Everything that could move data beside the screen is off.
"""

import re
import struct
from collections.abc import Mapping

SERVER, CLIENT = "Xtigervnc", "xfreerdp"
PACKAGES: Mapping[str, str] = {SERVER: "tigervnc-standalone-server", CLIENT: "freerdp2-x11"}
"""Debian's, by program."""

FIRST_DISPLAY, DISPLAYS = 1000, 50_000
"""Out of so many one is drawn, from that number on: nobody counts on it, and two at once don't meet."""

NOTHING_NEW = (
    "-AcceptSetDesktopSize=0",
    "-AcceptCutText=0",
    "-SendCutText=0",
    "-SendPrimary=0",
    "-SetPrimary=0",
)
OFF = (
    "-clipboard",
    "-multitransport",
    "-heartbeat",
    "-auto-reconnect",
    "-home-drive",
    "-drives",
    "-async-channels",
)
"""Beside these, drives, printers, sound, smart cards, USB and ports are only there for whoever asks for them."""

PATH = "/usr/bin:/bin"
"""Where the programs are looked for."""

NO_NAME = re.compile(r"[\x00-\x1f\x7f]")


def server(display: int, display_fd: int, authority: str, width: int, height: int) -> tuple[str, ...]:
    """The X server ``display``. It writes that number to ``display_fd`` once it is there; its standard input is the viewer."""
    return (
        # Before -inetd, which looks for a free number by opening ports.
        SERVER, f":{display}", "-inetd", "-displayfd", str(display_fd), "-auth", authority, "-SecurityTypes", "None",
        "-geometry", f"{width}x{height}", "-depth", "24", "-nolisten", "tcp", "-noclipboard", "-desktop", "rdp",
        "-extension", "GLX", "-UseBlacklist=0", *NOTHING_NEW,
    )  # fmt: skip


def client(asset_fd: int, username: str, certificate: str, width: int, height: int) -> tuple[str, ...]:
    """The client, over the connection ``asset_fd``. It reads the password from its standard input."""
    pairs = ":".join(certificate[at : at + 2] for at in range(0, len(certificate), 2))
    return (
        # FreeRDP takes a descriptor for a port where the host is a bar.
        CLIENT, "/v:|", f"/port:{asset_fd}", f"/u:{username}", "/from-stdin:force",
        f"/cert:deny,fingerprint:sha256:{pairs}", "-sec-rdp", f"/size:{width}x{height}", "/f", "-decorations",
        "-grab-keyboard", "/kbd:0x00000409", "/audio-mode:2", "/network:lan", "/log-level:INFO", *OFF,
    )  # fmt: skip


def environment(home: str, display: str = "", authority: str = "") -> Mapping[str, str]:
    """All that the programs find there: no secret is."""
    shown = {"DISPLAY": f":{display}", "XAUTHORITY": authority} if display else {}
    return {"HOME": home, "PATH": PATH, "LANG": "C.UTF-8", **shown}


def authority(cookie: bytes) -> bytes:
    """An X authority file for one server, whatever its number (Xau(3)): only who reads it may connect."""
    wild = 0xFFFF
    parts = (b"", b"", b"MIT-MAGIC-COOKIE-1", cookie)
    return struct.pack(">H", wild) + b"".join(struct.pack(">H", len(one)) + one for one in parts)
