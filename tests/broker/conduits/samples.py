"""What the shared tests of every filter begin from. Each protocol gives its own in ``<protocol>/samples.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from broker.conduits.far_end import FarEnd
from domain.plant import Protocol
from tests.broker.conduits.dnp3 import samples as dnp3
from tests.broker.conduits.enip import samples as enip
from tests.broker.conduits.http import samples as http
from tests.broker.conduits.iec104 import samples as iec104
from tests.broker.conduits.modbus import samples as modbus
from tests.broker.conduits.opcua import samples as opcua
from tests.broker.conduits.s7 import samples as s7
from tests.broker.conduits.vnc import samples as vnc


@dataclass(frozen=True, slots=True)
class Samples:
    """Of one protocol, for a permit for ``view`` alone."""

    talk: tuple[tuple[bool, bytes], ...]
    """A whole conversation, in order: True is what the vendor's tool sends, False what the device does. With what is
    permitted, what is not, and what is malformed at the end; all that it takes before anything else is permitted
    (a handshake) stands first, with nothing refused."""
    handshake: int
    """How many of ``talk`` that is."""
    may_reach: Callable[[bytes], bool]
    """Whether bytes that went on to the device at once are whole messages that only look."""
    mended: Callable[[bytes], bytes] = bytes
    """The same with its checksums right, where the protocol has any: else none but the link would meet what is fuzzed."""
    end: FarEnd | None = None
    """What the filter is told of the asset, where it is told anything."""
    greets: Callable[[bytes], bool] = lambda _said: False
    """Whether the gate itself says that, to the vendor's tool or to the device, while it lets the one in and signs in at the
    other, or where it says no only once all of a refused request came."""


SAMPLES: Mapping[Protocol, Samples] = {
    Protocol.MODBUS: Samples(modbus.TALK, 0, modbus.may_reach),
    Protocol.DNP3: Samples(dnp3.TALK, 0, dnp3.may_reach, dnp3.mended),
    Protocol.IEC_104: Samples(iec104.TALK, len(iec104.HANDSHAKE), iec104.may_reach),
    Protocol.S7: Samples(s7.TALK, len(s7.HANDSHAKE), s7.may_reach),
    Protocol.ETHERNET_IP: Samples(enip.TALK, 4, enip.may_reach),
    Protocol.OPC_UA: Samples(opcua.TALK, 4, opcua.may_reach, greets=opcua.own),
    Protocol.HTTP: Samples(http.TALK, 0, http.may_reach),
    Protocol.VNC: Samples(
        vnc.TALK, vnc.HANDSHAKE, vnc.may_reach, end=FarEnd(password="a password"), greets=vnc.greets
    ),
    # The engine asks for no password.
    Protocol.RDP: Samples(vnc.TALK_WITHOUT, vnc.HANDSHAKE_WITHOUT, vnc.may_reach, greets=vnc.greets),
}
