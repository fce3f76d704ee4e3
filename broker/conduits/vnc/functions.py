"""What a viewer's messages do at the asset, and what each takes. Pure.

RFC 6143 section 7.5; beyond it the list that the RFB community keeps (rfbproto.rst). What does not stand here has no
length that is known, or moves files: it ends the connection.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.access import Action
from domain.vocabulary import COPIED_IN, COPIED_OUT


@dataclass(frozen=True, slots=True)
class Function:
    """One message, or one of those that share a number."""

    name: str
    """As a limit says it: ``vnc use pointer``. Looking takes no limit."""
    action: Action
    listed: bool = False
    """Passes only where a limit of the permit names it, whatever its actions: data goes with it."""


SCREEN = Function("screen", Action.VIEW)
KEYS = Function("keys", Action.OPERATE)
POINTER = Function("pointer", Action.OPERATE)
RESIZE = Function("resize the screen", Action.CONFIGURE)
POWER = Function("power", Action.OVERRIDE)
TO_THE_PLANT = Function(COPIED_IN, Action.OPERATE, listed=True)
FROM_THE_PLANT = Function(COPIED_OUT, Action.VIEW, listed=True)

SET_PIXEL_FORMAT, SET_ENCODINGS, UPDATE_REQUEST, KEY, POINTING, CUT_TEXT = 0, 2, 3, 4, 5, 6
CONTINUOUS, FENCE, XVP, SET_DESKTOP_SIZE, QEMU = 150, 248, 250, 251, 255

FUNCTIONS: Mapping[int, Function] = {
    SET_PIXEL_FORMAT: SCREEN,
    SET_ENCODINGS: SCREEN,
    UPDATE_REQUEST: SCREEN,
    KEY: KEYS,
    POINTING: POINTER,
    CUT_TEXT: TO_THE_PLANT,
    CONTINUOUS: SCREEN,
    FENCE: SCREEN,
    XVP: POWER,
    SET_DESKTOP_SIZE: RESIZE,
    QEMU: KEYS,
}
"""By the message's number. Of QEMU's messages only its keys (0)."""

NEVER: Mapping[int, str] = {
    7: "UltraVNC's file transfer",
    11: "UltraVNC's chat",
    252: "TightVNC's file transfer",
    **dict.fromkeys(range(130, 137), "TightVNC's file transfer"),
}
"""What is refused by its name."""

_NAMES = {
    SET_PIXEL_FORMAT: "SetPixelFormat", SET_ENCODINGS: "SetEncodings", UPDATE_REQUEST: "FramebufferUpdateRequest",
    KEY: "KeyEvent", POINTING: "PointerEvent", CUT_TEXT: "ClientCutText", CONTINUOUS: "EnableContinuousUpdates",
    FENCE: "ClientFence", XVP: "xvp", SET_DESKTOP_SIZE: "SetDesktopSize", QEMU: "QEMU key event",
}  # fmt: skip


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every message."""
    for code, one in sorted(FUNCTIONS.items()):
        yield f"{code} {_NAMES[code]}", one.name, one.action
    yield "server 3 ServerCutText", FROM_THE_PLANT.name, FROM_THE_PLANT.action
