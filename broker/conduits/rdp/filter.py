"""What a vendor may do on a screen that the gate's own engine shows of an asset: VNC's messages, and fewer of them. Pure.

Between the asset and the engine RDP is spoken, which nothing but the engine takes part in. Toward the vendor it is RFB.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from broker.conduits.vnc.filter import VncFilter
from broker.conduits.vnc.functions import KEYS, POINTER, SCREEN, Function
from broker.conduits.vnc.functions import listed as vnc_messages
from domain.access import Action
from domain.output import Answer, Cut, Output, Withhold
from domain.plant import Protocol

PASSES = frozenset({SCREEN, KEYS, POINTER})
"""All that there is: the screen has one size, and neither what was copied nor the power button has a way to the asset."""


class RdpFilter(VncFilter):
    """One connection."""

    PROTOCOL = Protocol.RDP

    def _until_cut(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for one in super()._until_cut(outputs):
            match one:
                case Answer(code) | Cut(code) | Withhold(code):
                    yield replace(one, code=code.replace(Protocol.VNC, self.PROTOCOL, 1))
                case _:
                    yield one

    def _refusal(self, function: Function) -> str:
        if function not in PASSES:
            return f"Over RDP this never passes: {function.name}."
        return super()._refusal(function)


def listed() -> Iterator[tuple[str, str, Action]]:
    """Code, name and what it takes, of every message that may pass."""
    names = {one.name for one in PASSES}
    return (one for one in vnc_messages() if one[1] in names)
