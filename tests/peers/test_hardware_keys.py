"""Where the plant asks for a key that can't be copied: stock OpenSSH with a security key, and with a key in a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from domain.ids import PermitId, PersonId
from tests.approvals.ssh import HardKey
from tests.openssh import Client, Result
from tests.peers.gate import PeerGate, with_changes
from tests.security_keys import line_of, plugged_in
from tests.sshd import Sshd

ANA = PersonId("ana")


@dataclass(frozen=True, slots=True)
class Engineer:
    """Ana, who has a key in a file and one in a security key; both stand in the charter."""

    key: HardKey
    soft: Client
    permit: PermitId
    agent: Path

    async def by_hardware(
        self, *arguments: str, user: str = "ana+eng-ws-1", options: list[str] | None = None
    ) -> Result:
        hard = replace(self.soft, key=self.soft.folder / "id_sk.pub")
        return await hard.ssh(
            user, *arguments, options=["-o", f"IdentityAgent={self.agent}", *(options or [])]
        )


@pytest_asyncio.fixture
async def ana(gate: PeerGate, asset: Sshd, tmp_path: Path) -> AsyncIterator[Engineer]:
    key, soft = HardKey(), gate.person("ana")
    charter = gate.plant.charter
    person = charter.people[ANA]
    person = replace(person, ssh_keys=(*person.ssh_keys, line_of(key)))
    gate.plant.charter = with_changes(charter, people={**charter.people, ANA: person})
    (soft.folder / "id_sk.pub").write_text(f"{line_of(key)}\n")
    async with plugged_in(key, tmp_path / "agent"):
        yield Engineer(key, soft, gate.permit("ana", "eng-ws-1"), tmp_path / "agent")


@pytest.mark.parametrize("of_the_zone", [False, True])
async def test_a_key_that_can_be_copied_is_refused_where_the_plant_asks_for_one_that_can_not(
    gate: PeerGate, ana: Engineer, of_the_zone: bool
) -> None:
    """A08: the software-only key has a reason code of its own; the same person's security key comes through."""
    before = await ana.soft.ssh("ana+eng-ws-1", "echo in")
    assert (before.status, before.out) == (0, b"in\n"), "nobody asks for it yet"
    gate.demand(hardware_keys=True, of_the_zone=of_the_zone)
    no = await ana.soft.ssh("ana+eng-ws-1", "echo in")
    assert (no.status, no.out) == (77, b"")
    assert "refused [key_in_software]" in no.complaint
    assert "ssh -i ~/.ssh/id_ed25519_sk" in no.complaint
    yes = await ana.by_hardware("echo in")
    assert (yes.status, yes.out) == (0, b"in\n"), yes.complaint
    (refused,) = await gate.seen("PassageRefused")
    assert (refused.person, refused.code) == ("ana", "key_in_software")


async def test_a_certificate_counts_there_for_a_key_in_hardware_alone(gate: PeerGate, ana: Engineer) -> None:
    """A08: certificates on hardware keys alone: a key in a file gets none, and what one was given before lets nothing through."""
    early = await ana.soft.ssh("ana", "certificate", ana.permit)
    Path(f"{ana.soft.key}-cert.pub").write_bytes(early.out)
    gate.demand(hardware_keys=True, of_the_zone=True)
    alone = ["-o", "PreferredAuthentications=publickey"]
    no = await ana.soft.ssh("ana", "certificate", ana.permit)
    assert (no.status, "refused [key_in_software]" in no.complaint) == (77, True), no.complaint
    no = await ana.soft.ssh(f"permit-{ana.permit}", "echo in", options=alone)
    assert (no.status, "refused [key_in_software]" in no.complaint) == (77, True), no.complaint
    told = await ana.by_hardware("certificate", ana.permit, user="ana")
    assert told.status == 0, told.complaint
    held = ana.soft.folder / "held-cert.pub"
    held.write_bytes(told.out)
    yes = await ana.by_hardware(
        "echo in", user=f"permit-{ana.permit}", options=[*alone, "-o", f"CertificateFile={held}"]
    )
    assert (yes.status, yes.out) == (0, b"in\n"), yes.complaint
    (uncertified,), (barred,) = await gate.seen("CertificateRefused"), await gate.seen("PassageRefused")
    assert (uncertified.code, barred.code) == ("key_in_software", "key_in_software")
    assert (await gate.seen("SignedIn", 5))[-1].factors == ("certificate", "code")


async def test_a_signature_that_nobody_touched_the_security_key_for_is_none(
    gate: PeerGate, ana: Engineer
) -> None:
    """A08: else a program on the laptop could use a key that is plugged in."""
    gate.demand(hardware_keys=True)
    ana.key.flags = 0
    no = await ana.by_hardware("echo in")
    assert (no.status, no.out) == (255, b"")
    assert not await gate.seen("SignedIn", 0)
