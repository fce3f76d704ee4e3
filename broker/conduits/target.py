"""The gate's own leg to an asset's SSH endpoint: its address from the charter, its keys pinned, its credential ours.

Nothing of this machine's own SSH set-up is read: no config file, no known hosts, no agent, no
keys. The host key is compared before anything is sent that an impostor could use.
"""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol as Interface

import asyncssh

from broker.conduits.algorithms import (
    ENCRYPTION,
    HOST_KEY_ALGORITHMS,
    HOST_KEYS_BY_TYPE,
    KEY_EXCHANGE,
    MACS,
    SIGNATURES,
)
from broker.conduits.asyncssh_internals.asset import AssetChannel, AssetConnection
from broker.conduits.asyncssh_internals.certificate import Read
from domain.errors import PeerError
from domain.plant import Endpoint

CONNECT_S = 10.0
LOGIN_S = 20.0
KEEPALIVE_S = 30
KEEPALIVES_LOST = 4
LONGEST_WORDS = 200
"""How much an asset may say about why it turns us away."""


class Credential(Interface):
    """How the gate signs in at an asset. One of the two secrets is set."""

    @property
    def username(self) -> str:
        """The account at the asset."""
        ...

    @property
    def password(self) -> str | None:
        """Its password, when it signs in with one."""
        ...

    @property
    def private_key_pem(self) -> str | None:
        """Its private key in OpenSSH's PEM form, when it signs in with one."""
        ...


class UnreachableError(PeerError):
    """The asset can't be reached, or would not have us."""

    code = "asset_unreachable"


class HostKeyError(PeerError):
    """The asset showed a key that is not pinned, or none is pinned. Nothing was sent to it."""

    code = "host_key_mismatch"

    def __init__(self, fact: str, *, remedy: str = "", shown: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.shown = shown


@dataclass(slots=True)
class _Watch(asyncssh.SSHClient):
    """Sees a key that is not pinned, and says no."""

    name: str
    """The asset's id: the one name that a certificate must be for."""
    authority: str
    """The fingerprint of the key that signs them; empty where none counts."""
    now_s: float
    """Seconds since 1970."""
    shown: str = ""
    lost: bool = False

    def certified(self, found: Read | None) -> asyncssh.SSHKey | None:
        """The key that a certificate vouches for, where it is a host's, of that authority, for that name, now."""
        if found is None:
            self.shown = "a certificate that can't be read"
            return None
        self.shown = (
            f"{found.key.get_fingerprint()}, certified for {', '.join(found.principals)[:64] or 'nobody'}"
        )
        counts = (
            not found.persons
            and found.authority == self.authority
            and self.name in found.principals
            and found.begins_s <= self.now_s < found.ends_s
            and not found.options
        )
        if not counts:
            return None
        self.shown = ""
        return found.key

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's signature
        self.shown = key.get_fingerprint()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self.lost = True


@dataclass(slots=True)
class Target:
    """One signed-in connection to an asset; it carries all channels of one session."""

    connection: AssetConnection
    _watch: _Watch = field(repr=False)

    def channel(self) -> AssetChannel:
        """A new session channel, not opened yet; ChannelOpenError when the connection is gone."""
        return self.connection.create_asset_channel()

    def abort(self) -> None:
        """Close now; what was not sent yet is dropped."""
        self.connection.abort()

    def closed(self) -> bool:
        """Whether the connection has been seen closed."""
        return self._watch.lost or self.connection.is_closed()


async def connect(endpoint: Endpoint, credential: Credential, name: str, now: datetime) -> Target:
    """A signed-in connection to ``endpoint`` of the asset ``name``; HostKeyError or UnreachableError when there is none.

    ``now`` is for host certificates, where the charter names who signs them.
    """
    pinned = _pinned(endpoint)
    loop = asyncio.get_running_loop()
    sock = await reach(endpoint)
    authority = _authority(endpoint)
    watch = _Watch(name, authority.get_fingerprint() if authority else "", now.timestamp())
    try:
        options = _options(endpoint, credential, pinned, watch, loop)
        _, connection = await loop.create_connection(
            lambda: AssetConnection(loop, options, wait="auth"), sock=sock
        )
    except BaseException:
        sock.close()
        raise
    connection.set_extra_info(host=str(endpoint.address), port=endpoint.port)
    try:
        async with asyncio.timeout(LOGIN_S):
            await connection.established()
    except (OSError, asyncssh.Error, TimeoutError, ValueError) as error:
        # ValueError: asyncssh takes a version or packet apart before it doubts it.
        connection.abort()
        raise _refusal(error, watch, agreed=connection.agreed) from error
    except BaseException:
        connection.abort()
        raise
    return Target(connection, watch)


async def reach(endpoint: Endpoint) -> socket.socket:
    """A TCP connection to exactly ``endpoint``; UnreachableError when there is none. The caller closes it."""
    address, port = str(endpoint.address), endpoint.port
    family = socket.AF_INET if endpoint.address.version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(CONNECT_S):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        _verify_peer(sock, address, port)
    except (OSError, TimeoutError) as error:
        sock.close()
        why = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
        raise UnreachableError(
            f"The asset can't be reached: {why}.",
            remedy="Ask the plant whether it is switched on and connected.",
        ) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _verify_peer(sock: socket.socket, address: str, port: int) -> None:
    if sock.getpeername()[:2] != (address, port):
        raise OSError("the connection leads somewhere else")


def _pinned(endpoint: Endpoint) -> list[asyncssh.SSHKey]:
    try:
        keys = [asyncssh.import_public_key(line) for line in endpoint.host_keys]
    except asyncssh.KeyImportError as error:
        raise HostKeyError(
            f"A pinned host key can't be read: {error}.", remedy="Ask the plant to correct the charter."
        ) from error
    if not keys and not endpoint.host_authority:
        raise HostKeyError(
            "No host key of the asset is pinned.",
            remedy="Ask the plant to write its host key into the charter.",
        )
    return keys


def _authority(endpoint: Endpoint) -> asyncssh.SSHKey | None:
    try:
        return asyncssh.import_public_key(endpoint.host_authority) if endpoint.host_authority else None
    except asyncssh.KeyImportError as error:
        raise HostKeyError(
            f"The key that signs host certificates can't be read: {error}.",
            remedy="Ask the plant to correct the charter.",
        ) from error


def _options(
    endpoint: Endpoint,
    credential: Credential,
    pinned: list[asyncssh.SSHKey],
    watch: _Watch,
    loop: asyncio.AbstractEventLoop,
) -> asyncssh.SSHClientConnectionOptions:
    types = dict.fromkeys(key.get_algorithm() for key in pinned)
    # The pinned kinds first; the others too, so that a key of another kind is seen, named and refused.
    wanted = [name for kind in types for name in HOST_KEYS_BY_TYPE.get(kind, (kind,))]
    certified = (
        [f"{one}-cert-v01@openssh.com" for one in HOST_KEY_ALGORITHMS] if endpoint.host_authority else []
    )
    host_key_algorithms = list(dict.fromkeys([*wanted, *certified, *HOST_KEY_ALGORITHMS]))
    by_key = credential.private_key_pem is not None
    options = asyncssh.SSHClientConnectionOptions(
        loop=loop,
        config=None,
        host=str(endpoint.address),
        port=endpoint.port,
        client_factory=lambda: watch,
        client_version="Penstock",
        known_hosts=(pinned, [], []),
        server_host_key_algs=host_key_algorithms,
        kex_algs=list(KEY_EXCHANGE),
        encryption_algs=list(ENCRYPTION),
        mac_algs=list(MACS),
        signature_algs=list(SIGNATURES),
        compression_algs=None,
        username=credential.username,
        client_username="penstock",
        password=credential.password,
        client_keys=[asyncssh.import_private_key(credential.private_key_pem)]
        if credential.private_key_pem
        else None,
        preferred_auth="publickey" if by_key else "password,keyboard-interactive",
        host_based_auth=False,
        agent_path=None,
        agent_identities=None,
        agent_forwarding=False,
        pkcs11_provider=None,
        gss_host=None,
        gss_kex=False,
        gss_auth=False,
        x509_trusted_certs=None,
        x509_trusted_cert_paths=[],
        tunnel=None,
        proxy_command=None,
        disable_trivial_auth=True,
        encoding=None,
        login_timeout=LOGIN_S,
        keepalive_interval=KEEPALIVE_S,
        keepalive_count_max=KEEPALIVES_LOST,
    )
    options.waiter = loop.create_future()
    return options


def _refusal(error: Exception, watch: _Watch, *, agreed: bool) -> PeerError:
    if watch.shown or isinstance(error, asyncssh.HostKeyNotVerifiable):
        return HostKeyError(
            "The asset shows a host key that is not the pinned one.",
            remedy="Tell the plant; it may be another machine. Nothing was sent to it.",
            shown=watch.shown or str(error),
        )
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return HostKeyError(
            f"The asset offers no host key of a pinned kind, or no strong algorithm: {error}.",
            remedy="Tell the plant; it may be another machine. Nothing was sent to it.",
            shown="none of a pinned kind",
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return UnreachableError(
            "The asset did not accept the credential that the plant keeps for it.",
            remedy="Ask the plant to renew the credential in its vault.",
        )
    if isinstance(error, asyncssh.ConnectionLost) and not agreed:
        # Its refusal of our algorithms and its hanging up race each other: often only the latter is seen.
        return UnreachableError(
            "The asset hung up before keys were agreed.",
            remedy="Ask the plant whether it is an SSH server, and one that has a strong algorithm.",
        )
    if isinstance(error, TimeoutError):
        why = "it did not answer in time"
    elif isinstance(error, ValueError):
        why = "it does not speak SSH as it should"
    else:
        why = str(error)[:LONGEST_WORDS] or type(error).__name__
    return UnreachableError(
        f"The asset can't be reached: {why}.", remedy="Ask the plant whether it is switched on and connected."
    )


async def wait_closed(target: Target) -> None:
    """Return once the connection is closed; for tests and orderly ends."""
    with suppress(asyncssh.Error, OSError):
        await target.connection.wait_closed()
