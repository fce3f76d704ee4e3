"""Evidence on the command line, of a session that really was: each look is a leaf, nothing acts on the terminal."""

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from broker.ledger import append_now
from domain.ids import SessionId
from recorder.cli import main
from tests.clock import STARTS
from tests.node import Node, stopped
from tests.recorder.cases import permit
from tests.recorder.honest_files import DOWN_SHA, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

HANDLED = "EvidenceHandled"


def here(plant: Node) -> list[str]:
    return ["--dir", str(plant.layout.folder)]


async def test_the_list_names_each_session_and_how_it_ended(plant: Node, session: str) -> None:
    done = await plant.command("evidence", "list", "--json", *here(plant))
    assert done.exit_code == 0
    (one,) = [each for each in json.loads(done.output) if each["session"] == session]
    assert (one["asset"], one["end"]) == ("eng-ws-1", "finished")
    lines = await plant.command("evidence", "list", *here(plant))
    assert session in lines.output


async def test_every_look_is_itself_a_leaf(plant: Node, session: str) -> None:
    before = len(plant.events(HANDLED))
    await plant.command("evidence", "show", session, *here(plant))
    (looked,) = plant.events(HANDLED)[before:]
    assert (looked["session"], looked["deed"], looked["door"]) == (session, "view", "command line")
    assert looked["by"].startswith("local:")


async def test_the_custody_log_has_what_left_with_its_hash_and_what_for(
    plant: Node, session: str, tmp_path: Path
) -> None:
    case = tmp_path / "case.zip"
    await plant.command("evidence", "export", session, str(case), "--purpose", "yearly audit", *here(plant))
    done = await plant.command("evidence", "custody", session, "--json", *here(plant))
    last = json.loads(done.output)["custody"][-1]
    assert (last["deed"], last["purpose"]) == ("export", "yearly audit")
    assert last["copy_sha256"] == hashlib.sha256(case.read_bytes()).hexdigest()
    lines = await plant.command("evidence", "custody", session, *here(plant))
    assert last["copy_sha256"] in lines.output


async def test_nobody_looks_while_a_look_can_not_be_kept(plant: Node, session: str) -> None:
    with stopped(plant.pid("signer")):
        done = await plant.command("evidence", "replay", session, *here(plant))
    assert done.exit_code == 1
    assert "marker" not in done.output


async def test_what_is_searched_for_is_found_in_any_case_and_shown_inert(plant: Node, session: str) -> None:
    done = await plant.command("evidence", "search", session.upper(), "--json", *here(plant))
    assert {"SessionOpened", "SessionEnded"} <= {one["event"] for one in json.loads(done.output)}
    none = await plant.command("evidence", "search", "no such thing \x1b[2J", *here(plant))
    assert none.exit_code == 0
    assert "\x1b" not in none.output


async def test_a_session_is_shown_with_its_events_and_what_can_be_replayed(plant: Node, session: str) -> None:
    done = await plant.command("evidence", "show", session, "--json", *here(plant))
    shown = json.loads(done.output)
    assert shown["events"][0]["event"] == "SessionOpened"
    assert list(shown["channels"]) == ["1"]
    lines = await plant.command("evidence", "show", session, *here(plant))
    assert f"penstock evidence replay {session} --channel 1" in lines.output


async def test_a_replay_shows_the_terminal_and_lets_no_sequence_of_the_target_s_through(
    plant: Node, session: str
) -> None:
    done = await plant.command("evidence", "replay", session, *here(plant))
    assert done.exit_code == 0
    assert "marker" in done.output
    assert "\x1b]" not in done.output
    assert "\x07" not in done.output


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["replay", "{session}", "--channel", "9"], 1, id="a channel that is not there"),
        pytest.param(["show", "../../etc/passwd"], 2, id="no session's id"),
        pytest.param(["show", "z" * 26], 1, id="a session that never was"),
        pytest.param(["export", "{session}", "{taken}"], 2, id="a file that is there"),
        pytest.param(["export", "{session}", "{taken}.2", "--as", "pcapng"], 1, id="no native protocol"),
    ],
)
async def test_what_can_not_be_answered_is_a_sentence(
    plant: Node, session: str, tmp_path: Path, arguments: list[str], status: int
) -> None:
    taken = tmp_path / "case.zip"
    taken.write_bytes(b"mine")
    given = [one.format(session=session, taken=taken) for one in arguments]
    done = await plant.command("evidence", *given, *here(plant))
    assert done.exit_code == status, done.output
    assert done.stderr.startswith("penstock: ")
    assert "What to do:" in done.stderr
    assert taken.read_bytes() == b"mine"


async def test_a_session_without_a_protocol_that_the_gate_reads_has_no_transactions(
    plant: Node, session: str, tmp_path: Path
) -> None:
    said = await plant.command("evidence", "transactions", session, *here(plant))
    assert said.output.strip() == "No protocol that the gate reads was used in this session."
    out = tmp_path / "transactions.csv"
    done = await plant.command("evidence", "transactions", session, "--csv", str(out), "--json", *here(plant))
    assert json.loads(done.output) == {"file": str(out), "transactions": 0}
    assert out.read_text().startswith("at,channel,protocol,unit,function,action")


async def test_the_files_of_a_session_are_listed_and_taken_away(
    plant: Node, session: str, tmp_path: Path
) -> None:
    """D15: by the ledger, with their hashes; the custody log has who took the list."""
    none = await plant.command("evidence", "files", session, *here(plant))
    assert none.output.strip() == "The ledger knows no file of this session."
    moved = visit(STARTS, permit())[6]
    append_now(plant.layout.signer_socket, replace(moved, session=SessionId(session)))
    listed = await plant.command("evidence", "files", session, *here(plant))
    assert ("log.txt" in listed.output, "sftp:get" in listed.output) == (True, True)
    out = tmp_path / "files.csv"
    (one,) = json.loads((await plant.command("evidence", "files", session, "--json", *here(plant))).output)
    assert (one["sha256"], one["outcome"], one["kept"]) == (DOWN_SHA, "cut", "recording")
    done = await plant.command("evidence", "files", session, "--csv", str(out), "--json", *here(plant))
    assert json.loads(done.output) == {"file": str(out), "files": 1}
    assert out.read_text().startswith("at,what,way,name,size,sha256,verdict")
    assert plant.events(HANDLED)[-1]["copy_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (await plant.command("evidence", "files", "../x", *here(plant))).exit_code == 2


@pytest.mark.parametrize(("form", "version"), [("v2", 2), ("v3", 3)])
async def test_a_terminal_is_taken_away_as_asciicast(
    plant: Node, session: str, tmp_path: Path, form: str, version: int
) -> None:
    out = tmp_path / "one.cast"
    done = await plant.command("evidence", "export", session, str(out), "--as", form, *here(plant))
    assert done.exit_code == 0, done.output
    head, *events = out.read_text().splitlines()
    assert json.loads(head)["version"] == version
    assert any("marker" in json.loads(line)[2] for line in events)


async def test_a_redacted_copy_is_taken_away_and_is_checked_against_its_master(
    plant: Node, session: str, tmp_path: Path
) -> None:
    """G12: and the custody log says what was left out."""
    copy = tmp_path / "copy.cast"
    words = ["export", session, str(copy), "--as", "v2", "--without", "0-3600", "--because", "not theirs"]
    done = await plant.command("evidence", *words, *here(plant))
    assert done.exit_code == 0, done.output
    assert b"marker" not in copy.read_bytes()
    assert "without 0-3600 s: not theirs" in plant.events(HANDLED)[-1]["what"]
    master, key = plant.layout.recordings / f"{session}.pnr", plant.layout.recording_key
    assert main(["verify", str(copy), "--master", str(master), "--recording-key", str(key)], StringIO()) == 0
    words[4] = "v3"
    assert (await plant.command("evidence", *words, *here(plant))).exit_code == 2


async def test_a_case_file_verifies_here_and_without_this_node(
    plant: Node, session: str, tmp_path: Path
) -> None:
    case = tmp_path / "case.zip"
    done = await plant.command("evidence", "export", session, str(case), "--json", *here(plant))
    assert json.loads(done.output)["bytes"] == case.stat().st_size
    assert "manifest.json" in zipfile.ZipFile(case).namelist()
    mine = await plant.command("evidence", "verify", str(case), "--json", *here(plant))
    assert (mine.exit_code, json.loads(mine.output)["report"]["verdict"]) == (0, "PASS")
    alone = subprocess.run(
        [sys.executable, "-m", "recorder", "verify", str(case), "--key", str(plant.layout.ledger_vkey)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 0, alone.stdout
    live = await plant.command("evidence", "verify", session, *here(plant))
    assert (live.exit_code, "PASS" in live.output) == (0, True)
    data = bytearray(case.read_bytes())
    data[data.find(b"recording.pnr") + 1_000] ^= 1
    (tmp_path / "bad.zip").write_bytes(data)
    bad = await plant.command("evidence", "verify", str(tmp_path / "bad.zip"), *here(plant))
    assert (bad.exit_code, "FAIL" in bad.output) == (1, True)
