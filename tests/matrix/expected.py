"""What every cell of the matrix has to be, and the page that says so. The test in tests/peers/node plays each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.access import PassageKind
from domain.plant import Protocol
from tests.matrix.attempts import Forward, Letters, Never, Program
from tests.matrix.passages import ROWS, Row
from tests.matrix.plant import BROWSED


class Condition(StrEnum):
    """The columns: what is wrong. In this order they are played: the short windows end meanwhile, and the last takes all permits away."""

    NO_PERMIT = "no permit"
    WRONG_ASSET = "wrong asset"
    WRONG_PROTOCOL = "wrong protocol"
    WRONG_ACTION = "wrong action"
    WRONG_STATE = "state wrong"
    RECORDER_DOWN = "recorder down"
    WINDOW_OVER = "window over"
    REVOKED = "revoked mid-way"


class At(StrEnum):
    """Where the plant says no."""

    DOOR = "door"
    """Before anything connects to the asset."""
    CERTIFICATE = "certificate"
    """When a browser's key is to be certified: it has no way to the door."""
    ASKING = "asking"
    """When a permit is asked for: it is never filed."""
    INSIDE = "inside"
    """At the function: the asset is connected to, and is not told."""
    END = "end"
    """A session that runs is ended, on both sides."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one passage comes to under one condition."""

    at: At
    code: str
    """In the ledger; the cause of the session's end where one is ended."""
    status: int
    """What the client ends with: an exit status, an HTTP status while asking, -1 where the protocol has none."""
    told: bool
    """Whether the client reads the code: a refused request of SSH has no place for one."""


REFUSED, FORBIDDEN = 77, 403

DOOR: Mapping[Condition, str] = {
    Condition.NO_PERMIT: "no_permit",
    Condition.WRONG_ASSET: "no_permit",
    Condition.WRONG_PROTOCOL: "passage_not_in_permit",
    Condition.WRONG_STATE: "operating_state",
    Condition.RECORDER_DOWN: "node_not_sound",
    Condition.WINDOW_OVER: "window_over",
}
"""What is answered for whatever could be granted."""

ALWAYS: Mapping[PassageKind, str] = {
    PassageKind.REVERSE_FORWARD: "reverse_forwarding_refused",
    PassageKind.AGENT: "agent_forwarding_refused",
    PassageKind.X11: "x11_forwarding_refused",
    PassageKind.STREAMLOCAL: "streamlocal_refused",
    PassageKind.TUN: "tun_refused",
    PassageKind.SUBSYSTEM: "subsystem_refused",
    PassageKind.ENVIRONMENT: "environment_refused",
    PassageKind.OTHER: "unknown_passage_refused",
    PassageKind.FORWARD: "bad_destination",
}
"""What is answered for what no permit can name, in every column."""

INSIDE: Mapping[Protocol, str] = {
    Protocol.MODBUS: "modbus_function_not_permitted",
    Protocol.OPC_UA: "opc_ua_service_not_permitted",
    Protocol.S7: "s7_function_not_permitted",
    Protocol.IEC_104: "iec_104_function_not_permitted",
    Protocol.DNP3: "dnp3_function_not_permitted",
    Protocol.ETHERNET_IP: "ethernet_ip_service_not_permitted",
    Protocol.HTTP: "http_method_not_permitted",
    Protocol.VNC: "vnc_function_not_permitted",
    Protocol.RDP: "rdp_function_not_permitted",
}
"""What a write is answered under a permit that only looks."""

UNCERTIFIED = frozenset(
    {Condition.NO_PERMIT, Condition.WRONG_STATE, Condition.RECORDER_DOWN, Condition.WINDOW_OVER}
)
"""Under what the gate certifies no key of a browser; it says what the door says to others."""

ASKED = "action_not_in_conduit"
"""What a request for an action is answered that the conduit does not let the protocol be used for."""


def expected(row: Row, condition: Condition) -> Cell:
    """The cell."""
    program = not isinstance(row.how, Forward | Never)
    status = REFUSED if program else -1
    if not row.grant:
        told = isinstance(row.how, Program | Forward)
        return Cell(At.DOOR, ALWAYS[row.kind], status, told)
    if row.asset == BROWSED and condition in UNCERTIFIED:
        return Cell(At.CERTIFICATE, DOOR[condition], -1, told=True)
    if condition is Condition.REVOKED:
        return Cell(At.END, "revoked", status, told=False)
    if condition is Condition.WRONG_ACTION:
        if isinstance(row.how, Letters):
            return Cell(At.INSIDE, "zmodem_refused", -1, told=True)
        if row.protocol in INSIDE:
            return Cell(At.INSIDE, INSIDE[row.protocol], -1, told=False)
        return Cell(At.ASKING, ASKED, FORBIDDEN, told=True)
    return Cell(At.DOOR, DOOR[condition], status, told=True)


def page(note: str) -> str:
    """docs/matrix.md: every passage under every condition, for who audits the gate."""
    lines = [
        "# What is refused, and with which code",
        "",
        note.format(source="`tests/matrix`, which is played cell by cell against a whole node"),
        "Each cell is one attempt by a client at the door of a node that runs. The test looks at what the client saw, at the",
        "ledger, and at the target, which counts connections and bytes. A plain code: exit status 77 or a channel that does",
        "not open, a leaf `PassageRefused` with that code, and nothing reached the target.",
        "",
        "- *certificate:* the gate certifies no key for the browser's tab, which so has no way in; leaf `CertificateRefused`.",
        "- *asking:* a permit for such an action can't even be asked for (HTTP 403, leaf `RequestRefused`), for over this protocol",
        "  the gate does not look at single functions.",
        "- *inside:* the session is open; the function is answered in the device's place, with a leaf, and no byte of it arrived.",
        "- *ends:* what was open is closed on both sides, with exit status 77 where there is one; leaf `SessionEnded`, cause `revoked`.",
        "",
        "| passage | " + " | ".join(Condition) + " |",
        "|---|" + "---|" * len(Condition),
    ]
    for row in ROWS:
        cells = [_shown(expected(row, one)) for one in Condition]
        lines.append(f"| {row.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _shown(cell: Cell) -> str:
    match cell.at:
        case At.DOOR:
            return f"`{cell.code}`"
        case At.END:
            return "*ends*"
        case at:
            return f"*{at}:* `{cell.code}`"
