"""The rows of the matrix: every passage that a client can ask for, and how it is tried."""

from dataclasses import dataclass

from domain.access import PassageKind
from domain.plant import Protocol
from tests.broker.conduits.dnp3 import samples as dnp3
from tests.broker.conduits.enip import samples as enip
from tests.broker.conduits.iec104 import samples as iec104
from tests.broker.conduits.opcua import samples as opcua
from tests.broker.conduits.s7 import samples as s7
from tests.broker.conduits.samples import SAMPLES
from tests.broker.conduits.vnc import samples as vnc
from tests.matrix.attempts import (
    Forward,
    Jump,
    Letters,
    Never,
    Program,
    agent,
    reverse,
    socket_there,
    tunnel,
    unheard_of,
    variable,
    x11,
)
from tests.matrix.plant import BROWSED, SERIAL, STATION, TELNET

How = Program | Forward | Jump | Letters | Never


@dataclass(frozen=True, slots=True)
class Row:
    """One passage."""

    name: str
    kind: PassageKind
    how: How
    asset: str = STATION
    """The kind of asset that it leads to."""
    protocol: Protocol | None = None
    """What is spoken there."""
    leaf: str = ""
    """How the ledger calls the passage, where not by its kind; a forward's port is added."""

    @property
    def grant(self) -> str:
        """What a permit has to name for it; empty where no permit can."""
        if isinstance(self.how, Never) or self.protocol is None:
            return ""
        return str(PassageKind.EXEC if self.kind is PassageKind.JUMP else self.kind)


def _spoken(protocol: Protocol, act: bytes) -> Row:
    samples = SAMPLES[protocol]
    opening = tuple(said for by_vendor, said in samples.talk[: samples.handshake] if by_vendor)
    return Row(f"-L {protocol}", PassageKind.FORWARD, Forward(opening, act), protocol=protocol)


POST = b"POST /set HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"
SCREEN = Forward((vnc.VERSION, b"\1", b"\0"), vnc.KEY_A, vnc.LOOK, spoken_to=True)
K = PassageKind
ROWS = (
    Row("shell", K.SHELL, Program(terminal=True), protocol=Protocol.SSH),
    Row("exec", K.EXEC, Program("sleep 600"), protocol=Protocol.SSH),
    Row("sftp", K.SFTP, Program(subsystem="sftp"), protocol=Protocol.SSH),
    Row("scp", K.SCP, Program("scp -t /tmp/penstock-matrix"), protocol=Protocol.SSH, leaf="scp:put"),
    Row(
        "rsync",
        K.RSYNC,
        Program("rsync --server -logDtpre.iLsfxCIvu . /tmp/penstock-matrix"),
        protocol=Protocol.SSH,
        leaf="rsync:put",
    ),
    Row("zmodem in a shell", K.ZMODEM, Letters(), protocol=Protocol.SSH, leaf="shell"),
    Row("-J, and a command behind it", K.JUMP, Jump(), protocol=Protocol.SSH, leaf="exec"),
    Row("shell over telnet", K.SHELL, Program(terminal=True), TELNET, Protocol.TELNET),
    Row("shell over a serial line", K.SHELL, Program(terminal=True), SERIAL, Protocol.SERIAL),
    _spoken(Protocol.MODBUS, bytes.fromhex("0002 0000 0006 01 06 0028 015e")),
    _spoken(Protocol.OPC_UA, opcua.message(opcua.writes(), 2)),
    _spoken(Protocol.S7, s7.job(3, s7.WRITE, "00040010015e")),
    _spoken(Protocol.IEC_104, iec104.told(0, 0, iec104.SWITCH_ON)),
    _spoken(Protocol.DNP3, dnp3.asked(f"c2 05 0c01 17 01 03 {dnp3.LATCH_ON} 00")),
    _spoken(Protocol.ETHERNET_IP, enip.unconnected(enip.sent_on(enip.WRITE), 3)),
    Row("-L http", K.FORWARD, Forward(act=POST), protocol=Protocol.HTTP),
    Row("-L vnc", K.FORWARD, SCREEN, protocol=Protocol.VNC),
    Row("-L to an opaque port", K.FORWARD, Forward(), TELNET, Protocol.TCP),
    Row("a terminal in a browser", K.SHELL, Program(terminal=True), BROWSED, Protocol.SSH),
    Row("a panel's page in a browser", K.FORWARD, Forward(act=POST), BROWSED, Protocol.HTTP),
    Row("a screen in a browser", K.FORWARD, SCREEN, BROWSED, Protocol.VNC),
    Row("-D, to anywhere", K.FORWARD, Forward(to=("10.9.8.7", 80)), leaf="forward:80"),
    Row("-R", K.REVERSE_FORWARD, Never(reverse)),
    Row("agent", K.AGENT, Never(agent)),
    Row("X11", K.X11, Never(x11)),
    Row("streamlocal", K.STREAMLOCAL, Never(socket_there)),
    Row("tun", K.TUN, Never(tunnel)),
    Row("another subsystem", K.SUBSYSTEM, Program(subsystem="netconf")),
    Row("another variable", K.ENVIRONMENT, Never(variable)),
    Row("another request", K.OTHER, Never(unheard_of)),
)
