"""What the gate offers to a client, as asyncssh understood it."""

import asyncio

import asyncssh

from broker.conduits.algorithms import KEY_EXCHANGE, MACS, VENDOR_ENCRYPTION
from broker.door.options import server_options


async def test_nothing_is_offered_that_is_not_named_here() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    options = server_options(asyncio.get_running_loop(), asyncssh.SSHServer, [key])
    assert [one.decode() for one in options.kex_algs] == list(KEY_EXCHANGE)
    assert [one.decode() for one in options.encryption_algs] == list(VENDOR_ENCRYPTION)
    assert [one.decode() for one in options.mac_algs] == list(MACS)
    assert options.compression_algs == [b"none"]
    assert not (
        options.password_auth or options.agent_forwarding or options.x11_forwarding or options.allow_scp
    )


async def test_a_certificate_is_offered_before_the_key_that_it_is_for() -> None:
    key, authority = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    certificate = authority.generate_host_certificate(key.convert_to_public(), "x", principals=["eng-ws-1"])
    options = server_options(asyncio.get_running_loop(), asyncssh.SSHServer, [(key, certificate)])
    offered = [name.decode() for name in options.server_host_keys]
    assert offered == ["ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"]
