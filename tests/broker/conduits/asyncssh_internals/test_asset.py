"""What an asset may do to the gate."""

from ipaddress import ip_address

import asyncssh

from broker.vault.sealed import Credential
from domain.ids import AssetId
from domain.plant import Endpoint, Protocol
from tests.peers.gate import PeerGate

WHERE = "ana+eng-ws-1"


async def test_abuse_27_an_asset_that_takes_a_byte_at_a_time_is_left_alone(gate: PeerGate) -> None:
    started: list[str] = []

    class Open(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("ops", "x")

    async def program(process: asyncssh.SSHServerProcess[str]) -> None:
        started.append(process.command or "")
        process.exit(0)

    key = asyncssh.generate_private_key("ssh-ed25519")
    pinned = " ".join(key.export_public_key("openssh").decode().split()[:2])
    client = gate.person("ana")
    hostile = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[key], server_factory=Open, process_factory=program, max_pktsize=1
    )
    async with hostile:
        gate.place("eng-ws-1", Endpoint(Protocol.SSH, ip_address("127.0.0.1"), hostile.get_port(), (pinned,)))
        gate.credentials[AssetId("eng-ws-1")] = Credential("ops", password="x")
        gate.permit("ana", "eng-ws-1")
        result = await client.ssh(WHERE, "true")
    assert "its packets are too small" in result.complaint
    assert (result.status, started) == (69, [])
