"""How a telnet or serial endpoint is spoken to, and what may cross in the clear or unread: tables to domain values."""

from domain.line import Echoed, Enter, Flow, Line, LogIn, Parity, SerialSettings
from domain.plant import LINES, UNREAD, Protocol, Tunnel
from policies.charter.table import Table

FASTEST_BAUD = 4_000_000


def read_line(table: Table, protocol: Protocol) -> Line | None:
    """``[asset.endpoint.line]``; None when it is left out."""
    inner = table.table("line", "line")
    if inner is None:
        return None
    if protocol not in LINES:
        table.fault(
            "line", f"an endpoint of {protocol} is no line.", "Remove 'line'; telnet and serial have one."
        )
    line = Line(
        enter=inner.choice("enter", Enter) if inner.has("enter") else Enter.CR,
        echo=inner.choice("echo", Echoed) if inner.has("echo") else Echoed.LINE,
        binary=inner.claim("binary"),
        log_in=_log_in(inner),
        settings=_settings(inner),
    )
    if line.binary and protocol is not Protocol.TELNET:
        inner.fault("binary", "only telnet has to be asked for eight bits.", "Remove 'binary'.")
    if line.settings is not None and protocol is not Protocol.SERIAL:
        inner.fault(
            "settings", "only a serial line has settings.", 'Write protocol = "serial", or remove them.'
        )
    if not inner.done():
        table.sound = False
    return line


def read_cleartext(table: Table, carries: frozenset[Protocol]) -> frozenset[Protocol]:
    """``cleartext`` of a conduit: exactly those of its protocols that a listener inside the plant could read along."""
    named = table.choices("cleartext", Protocol) if table.has("cleartext") else frozenset[Protocol]()
    for one in sorted((carries & LINES) - named):
        table.fault(
            "cleartext" if named else "",
            f"it carries {one}, which crosses the plant's network in the clear, and does not allow that by name.",
            f'Write cleartext = ["{one}"] if the plant accepts it, or take {one} out of [conduit.protocols].',
        )
    for one in sorted(named - (carries & LINES)):
        table.fault(
            "cleartext",
            f"'{one}' is allowed in the clear and {'is never so here' if one in carries else 'not carried'}.",
            "Name only telnet and serial, and only where the conduit carries them.",
            one,
        )
    return named


def read_not_recordable(table: Table, carries: frozenset[Protocol]) -> frozenset[Tunnel]:
    """``not_recordable`` of a conduit: tunnels that may run inside what the gate passes on unread. None, when left out."""
    if not table.has("not_recordable"):
        return frozenset()
    named = table.choices("not_recordable", Tunnel)
    if not carries & UNREAD:
        table.fault(
            "not_recordable",
            "it allows tunnels by name, and carries nothing that is passed on unread.",
            "Remove 'not_recordable'; only what is called tcp is not read.",
        )
    return named


def _log_in(table: Table) -> LogIn | None:
    inner = table.table("log_in", "log-in")
    if inner is None:
        return None
    found = LogIn(
        inner.text("prompt", optional=True).strip(),
        inner.text("password").strip(),
        inner.text("ready").strip(),
    )
    if inner.sound and found.prompt == found.password:
        inner.fault(
            "prompt",
            "the name and the password are asked for alike.",
            "Write each line as the asset shows it.",
        )
    if not inner.done():
        table.sound = False
    return found


def _settings(table: Table) -> SerialSettings | None:
    inner = table.table("settings", "settings")
    if inner is None:
        return None
    usual = SerialSettings(0)
    found = SerialSettings(
        baud=inner.number("baud", 50, FASTEST_BAUD),
        data_bits=inner.number("data_bits", 5, 8) if inner.has("data_bits") else usual.data_bits,
        parity=inner.choice("parity", Parity) if inner.has("parity") else usual.parity,
        stop_bits=inner.number("stop_bits", 1, 2) if inner.has("stop_bits") else usual.stop_bits,
        flow=inner.choice("flow", Flow) if inner.has("flow") else usual.flow,
    )
    if not inner.done():
        table.sound = False
    return found
