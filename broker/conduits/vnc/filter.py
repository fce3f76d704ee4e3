"""VNC, message by message: what a permit's actions do not cover never reaches the asset. Pure.

The gate stands between two connections of RFB: it signs in at the asset with the password that the plant keeps, and
takes the vendor's viewer in without one. From there on it reads every message of both, changes next to nothing, and
leaves out what is not permitted. What nobody can take apart ends the conduit.
"""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from broker.conduits.actions import permitted
from broker.conduits.far_end import FarEnd
from broker.conduits.vnc.functions import FROM_THE_PLANT, SCREEN, Function
from broker.conduits.vnc.server import from_server
from broker.conduits.vnc.stream import Stream
from broker.conduits.vnc.talk import Talk
from broker.conduits.vnc.viewer import from_viewer
from broker.conduits.within import Within
from domain.access import Action
from domain.output import Cut, Output, ToAsset, ToVendor
from domain.plant import Limit, Protocol

NOBODY = FarEnd()
"""An asset for which nothing is kept."""


class VncFilter:
    """One connection. Holds two unfinished messages, of which pixels and what was copied are never a part."""

    PROTOCOL: ClassVar[Protocol] = Protocol.VNC
    """As limits call it."""

    def __init__(
        self, actions: frozenset[Action], limits: tuple[Limit, ...] = (), end: FarEnd = NOBODY
    ) -> None:
        """``actions``: what the permit lets be done; ``limits``: by which functions, when it names any for VNC.

        ``end``: with the password that the asset is answered when it asks for one.
        """
        self._actions = actions
        self._within = Within(limits)
        self._over = False
        talk = Talk()
        self._vendor = Stream(
            from_viewer(talk, self._refusal), ToAsset, "What the vendor's viewer sent is no RFB."
        )
        copied = not self._refusal(FROM_THE_PLANT)
        self._asset = Stream(
            from_server(talk, end.password, clipboard=copied), ToVendor, "What the asset sent is no RFB."
        )

    def from_vendor(self, data: bytes) -> Iterator[Output]:
        """Messages that the permit covers go on to the asset."""
        return self._until_cut(self._vendor.feed(data))

    def from_asset(self, data: bytes) -> Iterator[Output]:
        """The screen goes on to the vendor; and the gate signs in at the asset."""
        return self._until_cut(self._asset.feed(data))

    def _until_cut(self, outputs: Iterable[Output]) -> Iterator[Output]:
        if self._over:
            return
        for one in outputs:
            self._over = isinstance(one, Cut)
            yield one

    def _refusal(self, function: Function) -> str:
        """Why the permit does not cover ``function``; empty when it does."""
        if not permitted(function.action, self._actions):
            return f"The permit is not for this, which is to {function.action}: {function.name}."
        free = function is SCREEN or not (self._within or function.listed)
        if free or (self._within and self._within.uses(None, function.name)):
            return ""
        return f"No limit of the permit names this: {self.PROTOCOL} use {function.name}."
