"""A real node: a session's contents go by two persons' SSH keys, and what is left of it still verifies."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recorder.ledger.reader import LogReader
from tests.broker.cli.test_permit_commands import as_
from tests.node import Node
from tests.peers.node.charters import signing_key

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_persons_erase_a_session_and_the_rest_of_it_still_verifies(
    plant: Node, tmp_path: Path
) -> None:
    """F12: on a real node the gate destroys, the ledger says who and why, and the case file says so offline."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    done = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo through")
    assert done.out == b"through\n", done
    opened = await plant.event("SessionOpened", permit=permit)
    session = str(opened["session"])
    await plant.event("SessionEnded", session=session)
    recording = (plant.layout.recordings / f"{session}.pnr").read_bytes()
    keys = {one: await signing_key(plant, one) for one in ("iris", "petra")}
    iris, petra = [await as_(plant, one, tmp_path) for one in keys]
    command = ("evidence", "retention")
    asked = await plant.command(
        *command,
        "erase",
        session,
        "--reason",
        "its term is over",
        "--sign",
        str(keys["iris"]),
        "--json",
        *iris,
    )
    assert asked.exit_code == 0, asked.output
    ask = json.loads(asked.stdout)["signed"]
    assert (plant.layout.recordings / f"{session}.key").exists()
    alone = await plant.command(*command, "agree", ask, "--sign", str(keys["iris"]), *iris)
    assert (alone.exit_code, "[same_person]" in alone.output or "two persons" in alone.output) == (
        77,
        True,
    ), alone.output
    agreed = await plant.command(*command, "agree", ask, "--sign", str(keys["petra"]), *petra)
    assert agreed.exit_code == 0, agreed.output
    assert "It is done." in agreed.output
    gone = await plant.event("EvidenceErased", session=session)
    assert (gone["deed"], gone["ask"]) == ("erase", ask)
    assert not (plant.layout.recordings / f"{session}.key").exists()
    shown = await plant.here("evidence", "show", session)
    assert shown["channels"] == {}
    case = tmp_path / "case.zip"
    await plant.here("evidence", "export", session, str(case))
    verified = subprocess.run(
        [
            sys.executable,
            "-m",
            "recorder",
            "verify",
            str(case),
            "--key",
            str(plant.layout.ledger_vkey),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(verified.stdout)
    (step,) = [one for one in report["steps"] if one["title"] == "erasure"]
    assert (step["verdict"], report["verdict"]) == ("PASS", "PASS"), report
    assert "iris" in step["sentence"]
    assert "petra" in step["sentence"]
    assert (plant.layout.recordings / f"{session}.pnr").read_bytes() == recording
    log = LogReader(plant.layout.ledger)
    index = next(one.index for one in log.find(event="SessionEnded", session=session))
    assert log.prove(index)
    listed = await plant.command(*command, "list", "--json", *petra)
    assert session not in [one["session"] for one in json.loads(listed.stdout)["sessions"]]
