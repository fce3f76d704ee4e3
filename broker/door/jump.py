"""``ssh -J gate asset``: the gate ends the inner connection itself, in the asset's place.

What the client takes for the asset's own SSH server is the gate's. So a jump is no passage past the gate: each channel
inside is asked for, decided, recorded and cut as one that names the asset in its user name. The gate shows its own
host key there, with a certificate of the plant's host authority for the asset's name (OpenSSH PROTOCOL.certkeys):
a client that trusts that authority asks nothing, and one that does not is shown the key that it knows from the gate.
"""

import asyncio
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import asyncssh

from broker.conduits.asyncssh_internals.inner_connection import InnerConnection, Inside
from broker.door.address import Direct, Pinned
from broker.door.connection import Connection
from broker.door.entry import RefusedError
from broker.door.house import House
from broker.door.options import server_options
from broker.door.words import Refusal
from domain.access import AccessRequest
from domain.ids import AssetId

EARLIER = timedelta(minutes=10)
"""A vendor's clock that is slow by less takes the certificate."""

CERTIFIED_FOR = timedelta(hours=1)
"""A client looks at it when it connects, and at the key alone afterwards."""

BEYOND = Refusal(
    "jump_refused",
    "A jump onwards from here could not be recorded.",
    "Name the asset itself: ssh -J you@gate asset.",
)


class Jumped(Connection):
    """A connection inside another vendor's connection, to one asset. Who it is was proved outside."""

    def __init__(self, house: House, outer: Connection, asset: AssetId) -> None:
        super().__init__(house)
        person, asked = outer.sign_in.person, outer.sign_in.asked
        assert person is not None
        pinned = isinstance(asked, Pinned)
        self.sign_in = replace(outer.sign_in, asked=asked if pinned else Direct(person, asset))
        self.source = outer.source
        self.entry = outer.entry
        self._asset = asset

    def arrived(self, source: str) -> bool:  # noqa: ARG002 - the address is that of the connection around
        """There is room: the connection around this one counts its jumps."""
        return True

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - whose name a client gives there says nothing
        return False

    def asked_to_sign_in(self) -> bool:
        """It asks once, and is let in."""
        return True

    async def placed(self, wish: AccessRequest) -> AccessRequest:
        """The wish with the asset that was jumped to, and the permit that was pinned outside, if one was."""
        asked = self.sign_in.asked
        return replace(wish, asset=self._asset, permit=asked.permit if isinstance(asked, Pinned) else None)

    async def jump(self, wish: AccessRequest) -> Any:
        """Never: from inside a jump there is no further one."""
        await self._parts.admission.through(wish)
        raise RefusedError(BEYOND, wish=wish)


@dataclass(frozen=True, slots=True)
class Jumps:
    """Makes the connections inside."""

    host_keys: Sequence[asyncssh.SSHKey]
    """The gate's own."""
    authority: asyncssh.SSHKey
    """Signs for the names of assets."""

    def to(self, house: House, outer: Connection, asset: AssetId) -> Inside:
        """What a channel of ``outer`` is connected to in place of ``asset``."""
        loop = asyncio.get_running_loop()
        now = house.parts.clock.now()
        keys = [(key, self.certificate(key, asset, now)) for key in self.host_keys]
        return Inside(InnerConnection(loop, server_options(loop, lambda: Jumped(house, outer, asset), keys)))

    def certificate(self, key: asyncssh.SSHKey, asset: AssetId, now: datetime) -> asyncssh.SSHCertificate:
        """That ``key`` is ``asset``'s, for a client that connects about ``now``."""
        return self.authority.generate_host_certificate(
            key.convert_to_public(),
            f"penstock {asset}",
            principals=[asset],
            valid_after=now - EARLIER,
            valid_before=now + CERTIFIED_FOR,
        )

    def known_hosts(self, assets: Iterable[AssetId]) -> str:
        """The line for a vendor's ``known_hosts`` by which these names are this plant's, and no other (sshd(8))."""
        key = self.authority
        return (
            f"@cert-authority {','.join(sorted(assets))} {key.get_algorithm()}"
            f" {b64encode(key.public_data).decode('ascii')} penstock"
        )
