"""Somebody else's code reads our ledger: an independent implementation of signed notes and inclusion proofs."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from recorder.cosigning import Ed25519Cosigner, MlDsaCosigner
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.proof import Proof
from recorder.ledger.reader import LogReader
from tests.recorder.ledger.logs import ORIGIN, SIGNER, new_log

SCRIPT = Path(__file__).with_name("tlog.cjs")
SIZES = (1, 2, 3, 7, 256, 257, 700)


def judged(cases: Sequence[Mapping[str, object]], key: VerifierKey = SIGNER.key) -> list[dict[str, object]]:
    """What the other implementation says of each; one process for all of them."""
    public = Ed25519PublicKey.from_public_bytes(key.public_key)
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked = {
        "key": b64encode(spki).decode(),
        "keyId": key.id.hex(),
        "origin": ORIGIN,
        "cases": cases,
    }
    done = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60
    )
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def case(log: LogReader, index: int) -> dict[str, object]:
    proof = Proof.of(log.prove(index))
    return {
        "checkpoint": proof.checkpoint,
        "index": index,
        "leaf": b64encode(log.leaf(index)).decode(),
        "path": [b64encode(one).decode() for one in proof.path],
    }


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[LogReader]:
    return [LogReader(new_log(tmp_path_factory.mktemp("interop") / "ledger", size)) for size in SIZES]


def test_f08_another_implementation_verifies_our_checkpoints_and_proofs(logs: list[LogReader]) -> None:
    """F08: by code that is not ours."""
    cases, sizes = [], []
    for log in logs:
        for index in sorted({0, log.size // 2, 255, 256, log.size - 1}):
            if index < log.size:
                cases.append(case(log, index))
                sizes.append(log.size)
    assert judged(cases) == [{"origin": ORIGIN, "size": size} for size in sizes]


def test_f20_it_still_does_under_the_lines_of_witnesses_in_suites_that_it_does_not_know(
    logs: list[LogReader],
) -> None:
    """F20: unknown suites are passed over."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    cosigners = (
        Ed25519Cosigner("corporate.example/w", Ed25519PrivateKey.generate()),
        MlDsaCosigner("corporate.example/w", MLDSA44PrivateKey.generate()),
    )
    one = case(logs[-1], 300)
    note = Note.of(str(one["checkpoint"]).encode())
    lines = tuple(cosigner.cosign(note.body, at) for cosigner in cosigners)
    cosigned = Note(note.body, (*lines, *note.lines)).text()
    assert judged([one | {"checkpoint": cosigned}]) == [{"origin": ORIGIN, "size": 700}]


def test_what_is_spoiled_it_refuses_as_we_do(logs: list[LogReader]) -> None:
    one = case(logs[-1], 300)
    path = [*one["path"]] if isinstance(one["path"], list) else []
    checkpoint = str(one["checkpoint"])
    spoiled = [
        one | {"checkpoint": checkpoint.replace("\n700\n", "\n701\n")},
        one | {"index": 301},
        one | {"leaf": b64encode(logs[-1].leaf(301)).decode()},
        one | {"path": path[:-1]},
        one | {"path": [path[1], path[0], *path[2:]]},
    ]
    assert all("fault" in told for told in judged(spoiled))
