"""A witness as whoever runs it meets it: founded, told of a log, served over real HTTP, looked at."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from broker.cli.root import penstock
from broker.demo.ports import free_port
from recorder.ledger.note import VerifierKey
from recorder.ledger.witness import Submission, cosignatures
from tests.broker.witness.test_service import wish
from tests.node_clients import listens
from tests.recorder.ledger.logs import ORIGIN, SIGNER

NAME = "corporate.example/witness/1"


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(penstock, ["witness", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    status, _, said = run("init", str(tmp_path / "witness"), "--name", NAME)
    assert status == 0, said
    return tmp_path / "witness"


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    (folder / "logs.policy").write_text(f"log {SIGNER.key.text()}\nquorum none\n")
    number = free_port()
    command = [sys.executable, "-m", "broker", "witness", "serve", str(folder), "--port", str(number)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield number
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM


def test_founding_one_prints_the_keys_and_what_comes_next(tmp_path: Path) -> None:
    status, said, _ = run("init", str(tmp_path / "w"), "--name", NAME)
    assert status == 0
    assert said.count(NAME + "+") == 2
    assert "logs.policy" in said
    status, _, trouble = run("init", str(tmp_path / "w"), "--name", NAME)
    assert (status, "a witness here already" in trouble) == (2, True)
    status, said, _ = run("show", str(tmp_path / "w"))
    assert "It knows no log yet." in said


async def test_f06_it_vouches_over_http_and_shows_how_far(folder: Path, port: int) -> None:
    await listens(port)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        granted = await http.post("/add-checkpoint", content=wish(0, 9))
    keys = [VerifierKey.of(text) for text in json.loads(run("show", str(folder), "--json")[1])["keys"]]
    body = Submission.of(wish(0, 9)).note.body
    assert len(cosignatures(body, granted.content, keys)) == 2
    assert json.loads(run("show", str(folder), "--json")[1])["logs"] == [{"origin": ORIGIN, "size": 9}]
    assert f"{ORIGIN}: 9 leaves" in run("show", str(folder))[1]
    status, _, said = await asyncio.to_thread(run, "serve", str(folder), "--port", str(free_port()))
    assert (status, "Another process" in said) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["--host", "0.0.0.0"], "Without a certificate"),
        (["--tls-key", __file__], "go together"),
    ],
)
def test_it_is_not_served_to_others_in_clear(folder: Path, arguments: list[str], fact: str) -> None:
    status, _, said = run("serve", str(folder), *arguments)
    assert (status, fact in said) == (2, True)
