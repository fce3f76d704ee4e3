"""Which keys may be read in a recording: those that write nothing. Pure.

Whether a field that is typed into is one for a password can't be told from pixels. A terminal's input without an echo
stays hidden for the same doubt, and here it always is in doubt: what was typed shows on the recorded screen, as far
as it showed. So of a key that writes a character the recording has that one was pressed, and not which.
"""

VOID = 0xFFFFFF
"""XK_VoidSymbol: no key has it."""

_MODIFIERS = range(0xFE00, 0xFE40)
_COMMANDS = range(0xFF00, 0x10000)
_KEYPAD = frozenset({0xFF80, *range(0xFFAA, 0xFFBE)})
"""XK_KP_Space, and XK_KP_Multiply to XK_KP_Equal: the digits among them."""


def tells(symbol: int) -> bool:
    """Whether the key is one that moves, commands or modifies, and writes nothing (X11's keysymdef.h)."""
    return symbol in _MODIFIERS or (symbol in _COMMANDS and symbol not in _KEYPAD)


_NAMES = {
    0xFF08: "BackSpace", 0xFF09: "Tab", 0xFF0D: "Return", 0xFF13: "Pause", 0xFF1B: "Escape", 0xFF50: "Home", 0xFF51: "Left",
    0xFF52: "Up", 0xFF53: "Right", 0xFF54: "Down", 0xFF55: "Page Up", 0xFF56: "Page Down", 0xFF57: "End",
    0xFF61: "Print", 0xFF63: "Insert", 0xFF67: "Menu", 0xFFE1: "Shift", 0xFFE2: "Shift", 0xFFE3: "Control", 0xFFE4: "Control",
    0xFFE9: "Alt", 0xFFEA: "Alt", 0xFE03: "AltGr", 0xFFEB: "Super", 0xFFEC: "Super", 0xFF8D: "Enter", 0xFFFF: "Delete",
    **{0xFFBE + at: f"F{at + 1}" for at in range(12)},
}  # fmt: skip


def named(symbol: int) -> str:
    """What is printed on such a key; empty of one that writes, and of a rare one."""
    return _NAMES.get(symbol, "")
