"""The signer prunes only what its own ledger says that a second person agreed to, and goes on when it is killed in between."""

import json
import secrets
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.ledger import append_now
from domain.canonical import Json
from domain.events import KeepingAgreed, LedgerPruned, document
from domain.ids import PersonId
from tests.broker.signers import SignerAt, close
from tests.recorder.ledger.logs import BEGAN, heartbeat

IRIS, PETRA = PersonId("iris"), PersonId("petra")
AGREED = KeepingAgreed(
    at=BEGAN, ask="ab" * 32, deed="prune", subject="ledger:512", session="", asked_by=IRIS, by=PETRA,
    reason="its term is over", term="seven-years", charter="cd" * 32, signed="{}",
)  # fmt: skip
PRUNED = LedgerPruned(
    at=BEGAN, ask="ab" * 32, first=IRIS, second=PETRA, term="seven-years", below=512, kept=(0,)
)


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[SignerAt]:
    one = SignerAt(tmp_path)
    one.start()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(one.socket))
        lines = [{"id": f"w{number}", "event": document(heartbeat(number))} for number in range(700)]
        line.sendall(b"".join(json.dumps(each).encode() + b"\n" for each in lines))
        with line.makefile("rb") as answers:
            assert all("index" in json.loads(answers.readline()) for _ in lines)
    yield one
    close([one])


def ask(signer: SignerAt, **asked: Json) -> dict[str, Json]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(signer.socket))
        line.sendall(json.dumps({"id": secrets.token_hex(8), **asked}).encode() + b"\n")
        with line.makefile("rb") as answers:
            found: dict[str, Json] = json.loads(answers.readline())
            return found


def test_f09_nothing_is_pruned_that_no_second_person_agreed_to(signer: SignerAt) -> None:
    """F09: neither as an event like others, nor by another leaf, nor for something else than was agreed."""
    agreed = append_now(signer.socket, AGREED, timeout_s=60)
    assert "line of its own" in str(ask(signer, event=document(PRUNED))["error"])
    wrong = (
        (replace(PRUNED, below=256), agreed),
        (replace(PRUNED, ask="ef" * 32), agreed),
        (replace(PRUNED, first=PETRA), agreed),
        (replace(PRUNED, term="another"), agreed),
        (PRUNED, 3),
        (PRUNED, agreed + 1),
        (PRUNED, -1),
        (PRUNED, "1"),
    )
    for event, leaf in wrong:
        assert "No two persons" in str(ask(signer, prune=document(event), agreed=leaf)["error"])
    assert "error" in ask(signer, prune=document(AGREED), agreed=agreed)
    assert not (signer.ledger / "pruned").exists()
    assert signer.reader.event(300)["event"] == "SessionHeartbeat"


def test_f09_what_was_agreed_goes_and_a_kill_in_between_is_made_good(signer: SignerAt) -> None:
    """F09: and the log takes events all the while."""
    agreed = append_now(signer.socket, AGREED, timeout_s=60)
    told = ask(signer, prune=document(PRUNED), agreed=agreed)
    signer.kill()
    assert signer.reader.event(int(str(told["index"])))["event"] == "LedgerPruned"
    signer.start()
    assert not (signer.ledger / "events/001").exists()
    assert (signer.ledger / "events/000").exists()
    assert append_now(signer.socket, heartbeat(900), timeout_s=60) == signer.reader.size - 1
    assert signer.reader.check(signer.key).size == signer.reader.size
    assert signer.stop() == 0
