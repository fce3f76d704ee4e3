"""Nothing but the plant: the console, which is what IT sees of a node, hangs; decision, session, kill and proof go on."""

import json
from pathlib import Path

import pytest

from broker.charter.trust_files import TrustFiles
from broker.cli.enrolling import CODES
from domain.ids import PersonId
from tests.node import Node
from tests.node_clients import stopped
from tests.peers.node.charters import founder

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_with_the_console_gone_a_local_holder_decides_and_everything_else_goes_on(
    plant: Node, tmp_path: Path
) -> None:
    """H05, S-28: asked for at the SSH door, approved by a file at the node, used, cut, and proven, all on site."""
    person = plant.fresh()
    here = ["--dir", str(plant.layout.folder)]
    with stopped(plant.pid("console")):
        asked = await plant.client(person).ssh(
            person, "ask eng-ws-1 --for 1h --purpose drive tuning --work-order WO-1 --json"
        )
        permit = json.loads(asked.out)["permit"]
        bundle = str(tmp_path / "petra.bundle")
        made = await plant.command("permits", "bundle", permit, "--for", "petra", "--out", bundle, *here)
        assert made.exit_code == 0, made.output
        words = ["approve", bundle, "--sign", str(founder(plant))]
        signed = await plant.command(*words, given="eng-ws-1\n")
        assert signed.exit_code == 0, signed.output
        taken = await plant.command("approve", "--take", f"{bundle}.answer", "--json", *here)
        assert json.loads(taken.output)["state"] == "approved", taken.output

        used = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo on site")
        assert (used.status, used.out) == (0, b"on site\n"), used
        ended = await plant.event("SessionEnded", permit=permit)
        report = (await plant.here("evidence", "verify", ended["session"]))["report"]
        assert all(step["verdict"] == "PASS" for step in report["steps"]), report

        await plant.outside("isolate", f"person:{person}", "--reason", "drill")
        refused = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
        assert (refused.status, "isolated" in refused.complaint) == (77, True), refused
        await plant.outside("restore", f"person:{person}", "--reason", "drill over")
    # Back together: the console shows what was decided without it, from the same ledger.
    told = (await plant.api("petra", "GET", f"/permits/{permit}")).json()
    assert [one["kind"] for one in told["approvals"]] == ["sshsig"]


async def test_whoever_owns_the_console_and_every_password_makes_nobody_an_approver(plant: Node) -> None:
    """J17: a token of the one who decides, their password, the rows: without a factor of the plant's no yes counts."""
    person = plant.fresh()
    permit = await plant.ask(person)
    stolen = await plant.token("petra")
    before = TrustFiles(plant.layout, with_codes=True)()
    with plant.database() as rows:
        rows.execute("INSERT INTO people_pending_passkey VALUES ('x','petra','00','00',0,'aaaaa','mine',0)")
        rows.commit()
    async with plant._browser({"authorization": f"Bearer {stolen}"}) as thief:
        digest = (await thief.get(f"/api/v1/permits/{permit}")).json()["digest"]
        body = {"right": "connect", "code": "000000", "digest": digest}
        assert (await thief.post(f"/api/v1/permits/{permit}/approve", json=body)).status_code == 403
    assert plant.events("PermitApproved", permit=permit) == []
    done = await plant.command(
        "people", "code", "petra", "--as", "olga", "--dir", str(plant.layout.folder), given="000000\n"
    )
    assert (done.exit_code, "refused [wrong_code]" in done.stderr) == (77, True)
    after = TrustFiles(plant.layout, with_codes=True)()
    assert (after.codes[PersonId("petra")], after.digest()) == (
        before.codes[PersonId("petra")],
        before.digest(),
    )
    assert plant.events("KeyEnrolled", person="petra", fingerprint=CODES) == []
    # And the plant's own hand still ends it.
    await plant.outside("isolate", "all", "--reason", "the office is not ours any more")
    refused = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert refused.status == 77, refused
    await plant.outside("restore", "all", "--reason", "drill over")
