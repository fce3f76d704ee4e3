"""A vendor's program that works by itself, a stock ssh with nobody before it: by its owner's certificate, for one permit."""

import asyncio
from dataclasses import replace
from pathlib import Path

from broker.governor import Cause
from domain.permit import PermitState
from tests.node_clients import started
from tests.openssh import Client, Result
from tests.peers.gate import PeerGate
from tests.sshd import Sshd

MEASURES = "echo begun; while :; do echo 4.2 bar; sleep 0.1; done"
BY_ITSELF = ("-o", "BatchMode=yes", "-o", "PreferredAuthentications=publickey")


def alone(owner: Client) -> Client:
    """The same key on a machine where nobody types a code."""
    return replace(owner, code=lambda: "")


async def tries(agent: Client, user: str) -> Result:
    return await agent.ssh(user, "echo 4.2 bar", options=list(BY_ITSELF))


async def test_a_telemetry_agent_without_a_permit_and_its_certificate_is_refused(
    gate: PeerGate, asset: Sshd
) -> None:
    """D18: the key alone opens nothing, nor does another permit, nor one that is over; each is in the ledger with its owner."""
    owner = gate.person("ana")
    agent, permit = alone(owner), gate.permit("ana", "eng-ws-1")
    assert [(await tries(agent, user)).out for user in ("ana+eng-ws-1", f"permit-{permit}")] == [b"", b""]
    told = await owner.ssh("ana", "certificate", permit)
    Path(f"{owner.key}-cert.pub").write_bytes(told.out)
    other = gate.permit("ana", "eng-ws-1")
    assert (await tries(agent, f"permit-{other}")).out == b""
    assert (await tries(agent, f"permit-{permit}")).out == b"4.2 bar\n"
    gate.plant.move(permit, PermitState.REVOKED)
    over = await tries(agent, f"permit-{permit}")
    assert (over.out, "refused [certificate_permit_over]" in over.complaint) == (b"", True)
    assert len(await gate.seen("SessionOpened")) == 1
    (issued,) = await gate.seen("CertificateIssued")
    assert (issued.person, issued.permit, issued.factor) == ("ana", permit, "code")


async def test_its_link_is_told_apart_from_a_person_s_session_and_the_kill_switch_ends_both(
    gate: PeerGate, asset: Sshd
) -> None:
    """D08, D18: the list says that a program came, and who answers for it; kill-all stops it like anybody."""
    owner = gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1")
    Path(f"{owner.key}-cert.pub").write_bytes((await owner.ssh("ana", "certificate", permit)).out)
    agent = alone(owner).command(f"permit-{permit}", MEASURES, options=BY_ITSELF)
    async with started(owner, agent) as link:
        await link.says(b"bar")
        ben = gate.person("ben")
        gate.permit("ben", "eng-ws-1")
        async with started(ben, ben.command("ben+eng-ws-1", MEASURES)) as work:
            await work.says(b"bar")
            listed = [one.document() for one in gate.supervisor.sessions()]
            assert {(one["person"], one["by_program"]) for one in listed} == {("ana", True), ("ben", False)}
            assert next(one for one in listed if one["by_program"])["permit"] == permit
            gate.supervisor.cut("all", Cause.KILLED)
            ends = await asyncio.gather(link.ends(), work.ends())
    assert [status for status, _out, _err in ends] == [77, 77]
    assert {one.cause for one in await gate.seen("SessionEnded", 2)} == {"killed"}
