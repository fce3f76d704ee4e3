"""A screen that is live in a house: the permit, what its gate reports, and the recording that grows."""

from dataclasses import replace

from domain.access import Action, Grant, PassageKind
from domain.ids import AssetId
from domain.plant import Endpoint, Protocol
from recorder.format.frame import Kind
from recorder.format.payloads import channel_opened, mark
from recorder.writer import Recording
from tests.broker.console.cast import SCREEN
from tests.broker.console.house import House
from tests.policies.plant import charter, charter_with

HMI = AssetId("hmi-1")


def begin(recording: Recording, channel: int) -> None:
    """A screen of 64 by 48 on this channel, up to its first picture, which is orange."""
    recording.write(Kind.CHANNEL_OPENED, channel, channel_opened("forward:5900"))
    recording.write(Kind.MARK, channel, mark("filter", protocol="vnc", actions=["view"]))
    for frame in SCREEN[:8]:
        recording.write(frame.kind, channel, frame.payload)


async def goes_live(house: House) -> Recording:
    """A session for the operator panel's screen; nothing is open in it yet but a shell that the permit does not name."""
    panel = charter().assets[HMI]
    (way,) = panel.endpoints
    permit = await house.ask(
        "ben", "hmi-1", passage=(Grant(PassageKind.FORWARD, way.port),), actions=frozenset({Action.VIEW})
    )
    screen = replace(panel, endpoints=(Endpoint(Protocol.VNC, way.address, way.port),))
    house.charter = charter_with(assets={**charter().assets, HMI: screen})
    house.go_live(permit)
    return house.recording()
