"""The rows of the matrix: every passage that a client can ask for, and how it is tried."""

from dataclasses import dataclass

from broker.conduits.files import packets as sftp
from broker.conduits.files.packets import CREATES, READS, WRITES
from domain.access import Flow, Grant, PassageKind
from domain.plant import Protocol
from tests.broker.conduits.dnp3 import samples as dnp3
from tests.broker.conduits.enip import samples as enip
from tests.broker.conduits.iec104 import samples as iec104
from tests.broker.conduits.opcua import samples as opcua
from tests.broker.conduits.s7 import samples as s7
from tests.broker.conduits.samples import SAMPLES
from tests.broker.conduits.vnc import samples as vnc
from tests.matrix.attempts import (
    Desktop,
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
    flow: Flow = Flow.BOTH
    """Of what moves files: which way."""

    @property
    def grant(self) -> str:
        """What a permit has to name for it; empty where no permit can."""
        if isinstance(self.how, Never) or self.protocol is None:
            return ""
        return str(Grant(PassageKind.EXEC if self.kind is PassageKind.JUMP else self.kind, flow=self.flow))


def _spoken(protocol: Protocol, act: bytes) -> Row:
    samples = SAMPLES[protocol]
    opening = tuple(said for by_vendor, said in samples.talk[: samples.handshake] if by_vendor)
    return Row(f"-L {protocol}", PassageKind.FORWARD, Forward(opening, act), protocol=protocol)


FILE = "/tmp/penstock-matrix"


def _sftp(flags: int) -> Program:
    """A client of the subsystem that opens a file: by its flags it is seen which way that is to go."""
    begins = sftp.packet(sftp.INIT, sftp.number32(3))
    opens = (sftp.text(FILE.encode()), sftp.number32(flags), sftp.number32(0))
    return Program(subsystem="sftp", says=begins + sftp.request(sftp.OPEN, 1, *opens))


def _moved(kind: PassageKind, flow: Flow, command: str) -> Row:
    how = Program(command)
    return Row(f"{kind} {flow}", kind, how, protocol=Protocol.SSH, leaf=f"{kind}:{flow}", flow=flow)


POST = b"POST /set HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"
SCREEN = Forward((vnc.VERSION, b"\1", b"\0"), vnc.KEY_A, vnc.LOOK, spoken_to=True)
DESKTOP = Desktop(SCREEN.opening, SCREEN.act, SCREEN.then, spoken_to=True)
K = PassageKind
ROWS = (
    Row("shell", K.SHELL, Program(terminal=True), protocol=Protocol.SSH),
    Row("exec", K.EXEC, Program("sleep 600"), protocol=Protocol.SSH),
    Row("sftp get", K.SFTP, _sftp(READS), protocol=Protocol.SSH, flow=Flow.GET),
    Row("sftp put", K.SFTP, _sftp(WRITES | CREATES), protocol=Protocol.SSH, flow=Flow.PUT),
    _moved(K.SCP, Flow.GET, f"scp -f {FILE}"),
    _moved(K.SCP, Flow.PUT, f"scp -t {FILE}"),
    _moved(K.RSYNC, Flow.GET, f"rsync --server --sender -logDtpre.iLsfxCIvu . {FILE}"),
    _moved(K.RSYNC, Flow.PUT, f"rsync --server -logDtpre.iLsfxCIvu . {FILE}"),
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
    Row("-L rdp", K.FORWARD, DESKTOP, protocol=Protocol.RDP),
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
