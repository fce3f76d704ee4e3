"""How the gate speaks SSH to a vendor's client: hardened by what is named here and in ``conduits/algorithms.py``.

asyncssh's defaults are for a lab.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import asyncssh

from broker.conduits.algorithms import KEY_EXCHANGE, MACS, SIGNATURES, VENDOR_ENCRYPTION
from broker.door.limits import GRACE_S

KEEPALIVE_S = 30
KEEPALIVES_LOST = 4


def server_options(
    loop: asyncio.AbstractEventLoop,
    owner: Callable[[], asyncssh.SSHServer],
    host_keys: Sequence[Any],
) -> asyncssh.SSHServerConnectionOptions:
    """For connections that ``owner`` makes an owner for. ``host_keys``: keys, or pairs of a key and its certificate."""
    return asyncssh.SSHServerConnectionOptions(
        loop=loop,
        config=None,
        server_factory=owner,
        server_version="Penstock",
        server_host_keys=list(host_keys),
        kex_algs=list(KEY_EXCHANGE),
        encryption_algs=list(VENDOR_ENCRYPTION),
        mac_algs=list(MACS),
        signature_algs=list(SIGNATURES),
        compression_algs=None,
        host_based_auth=False,
        public_key_auth=True,
        kbdint_auth=True,
        password_auth=False,
        gss_host=None,
        x509_trusted_certs=None,
        login_timeout=GRACE_S,
        keepalive_interval=KEEPALIVE_S,
        keepalive_count_max=KEEPALIVES_LOST,
        allow_pty=True,
        line_editor=False,
        rdns_lookup=False,
        x11_forwarding=False,
        agent_forwarding=False,
        allow_scp=False,
        encoding=None,
    )
