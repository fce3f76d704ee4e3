"""Break-glass from a terminal, on a whole node: used by two, seen by the gate, reviewed by the holder."""

import json
from pathlib import Path

import pytest

from tests.broker.cli.test_permit_commands import as_
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_glass_is_broken_by_two_opens_a_session_and_is_reviewed_h13(
    plant: Node, tmp_path: Path
) -> None:
    """H13: on a real node; the gate itself judges the use, and the ledger names who was skipped."""
    person = plant.fresh()
    permit = await plant.ask(person, for_s=3600)
    before = len(plant.events("GlassBroken"))
    for lead in ("sven", "milo"):
        options = await as_(plant, lead, tmp_path)
        done = await plant.command(
            "break-glass",
            "use",
            permit,
            "--reason",
            "nobody answers",
            *options,
            given=plant.code(lead) + "\n",
        )
        assert done.exit_code == 0, done.output
    (leaf,) = plant.events("GlassBroken")[before:]
    assert (leaf["permit"], leaf["skipped"]) == (permit, ["petra", "deniz"])
    done_ssh = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo through")
    assert (done_ssh.status, done_ssh.out) == (0, b"through\n"), done_ssh
    again = await plant.command(
        "break-glass",
        "use",
        permit,
        "--reason",
        "again",
        *await as_(plant, "sven", tmp_path),
        given="000000\n",
    )
    assert again.exit_code in {1, 77}
    holder = await as_(plant, "petra", tmp_path)
    listed = await plant.command("break-glass", "list", *holder)
    assert "waits for a review" in listed.output
    code = plant.code("petra") + "\n"
    seen = await plant.command("break-glass", "review", permit, "--finding", "needed", *holder, given=code)
    assert seen.exit_code == 0, seen.output
    assert "reviewed by petra" in seen.output
    shown = await plant.command("break-glass", "list", "--json", *holder)
    assert json.loads(shown.output)[0]["use"]["review"]["by"] == "petra"
    opened = await plant.event("SessionOpened", permit=permit)
    await plant.event("SessionEnded", session=opened["session"])
    report = (await plant.here("evidence", "verify", opened["session"]))["report"]
    assert report["verdict"] == "PASS", report


async def test_a_review_is_signed_with_an_ssh_key_and_the_gate_believes_it_h13(
    plant: Node, tmp_path: Path
) -> None:
    """H13: on a real node; the stock tool signs the statement, and the next use on the boundary is free."""
    holder = await as_(plant, "petra", tmp_path)
    for _ in range(2):
        permit = await plant.ask(plant.fresh(), for_s=3600)
        for lead in ("sven", "milo"):
            options = await as_(plant, lead, tmp_path)
            use = ["break-glass", "use", permit, "--reason", "nobody answers", *options]
            done = await plant.command(*use, given=plant.code(lead) + "\n")
            assert done.exit_code == 0, done.output
        key = str(plant.scratch / "people" / "founder")
        review = ["break-glass", "review", permit, "--finding", "needed", *holder]
        wrong = await plant.command(*review, "--sign", str(plant.scratch / "people" / "v01"))
        assert (wrong.exit_code, "unknown_signing_key" in wrong.stderr) == (77, True), wrong.output
        seen = await plant.command(*review, "--sign", key)
        assert seen.exit_code == 0, seen.output
        assert "petra reviews the use over riverside" in seen.stderr
        leaf = await plant.event("GlassReviewed", permit=permit)
        assert (leaf["by"], leaf["kind"], len(leaf["statement"])) == ("petra", "sshsig", 64)
