import subprocess
from pathlib import Path

import pytest

from domain.errors import ConfigError, EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.log import Log, LogReader
from recorder.ledger.note import Note, VerifierKey
from recorder.ledger.policy import Policy
from recorder.ledger.proof import verify_proof
from recorder.signing import Signer, create_key, create_second_key, read_signer
from tests.recorder.ledger.logs import ORIGIN, SIGNER, batch

HEAD = Checkpoint(ORIGIN, 7, bytes(32))


def test_a_key_that_was_created_reads_back_and_signs(tmp_path: Path) -> None:
    key = create_key(tmp_path / "ledger.key", ORIGIN)
    signer: Signer = read_signer(tmp_path / "ledger.key", ORIGIN)
    assert signer.key == key == VerifierKey.of(key.text())
    (line,) = signer.note("message\n").lines
    assert key.verifies(line.signature, "message\n")
    assert not key.verifies(line.signature, "another message\n")
    assert not SIGNER.key.verifies(line.signature, "message\n")


def test_the_file_is_pkcs8_pem_for_its_owner_only_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    create_key(path, ORIGIN)
    before = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert before.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(FileExistsError):
        create_key(path, ORIGIN)
    assert path.read_bytes() == before


def test_openssl_reads_the_key_and_verifies_what_it_signed(tmp_path: Path) -> None:
    create_key(tmp_path / "key", ORIGIN)
    signer = read_signer(tmp_path / "key", ORIGIN)
    (tmp_path / "message").write_bytes(b"a tree head\n")
    (tmp_path / "signature").write_bytes(signer.note("a tree head\n").lines[0].signature)
    checked = subprocess.run(
        [
            "openssl",
            "pkeyutl",
            "-verify",
            "-rawin",
            "-inkey",
            "key",
            "-in",
            "message",
            "-sigfile",
            "signature",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verified Successfully" in checked.stdout, checked.stderr


def test_f20_a_second_suite_signs_the_same_head_and_each_is_read_without_the_other(tmp_path: Path) -> None:
    """F20: an old verifier goes on, and a new one needs the old suite no longer."""
    first, second = create_key(tmp_path / "key", ORIGIN), create_second_key(tmp_path / "second", ORIGIN)
    assert read_signer(tmp_path / "key", ORIGIN, tmp_path / "none").note(HEAD.body()).lines[1:] == ()
    signer = read_signer(tmp_path / "key", ORIGIN, tmp_path / "second")
    data = signer.note(HEAD.body()).text().encode()
    assert signer.key == first
    for known in ([first], [second], [first, second]):
        assert open_checkpoint(data, ORIGIN, known) == HEAD
    note = Note.of(data)
    spoiled = Note(note.body.replace("7", "8"), note.lines[1:])
    with pytest.raises(EvidenceError, match="does not verify"):
        spoiled.signed_by([second])
    policy = Policy.of(f"log {second.text()}\nquorum none")
    assert policy.check(data).head == HEAD


def test_f20_a_log_in_two_suites_grows_and_opens_again(tmp_path: Path) -> None:
    """F20: the whole log, not one head."""
    create_key(tmp_path / "key", ORIGIN)
    second = create_second_key(tmp_path / "second", ORIGIN)
    signer = read_signer(tmp_path / "key", ORIGIN, tmp_path / "second")
    log = Log.create(tmp_path / "ledger", signer)
    log.append(batch(0, 300))
    log.close()
    Log.open(tmp_path / "ledger", signer).close()
    reader = LogReader(tmp_path / "ledger")
    assert verify_proof(reader.prove(257), reader.leaf(257), ORIGIN, [second]).size == 300


def test_a_second_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path / "key", ORIGIN)
    create_key(tmp_path / "second", ORIGIN)
    with pytest.raises(ConfigError, match="not an ML-DSA-44 key"):
        read_signer(tmp_path / "key", ORIGIN, tmp_path / "second")


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path],
        check=True,
        capture_output=True,
    )
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="not an Ed25519 key"):
        read_signer(path, ORIGIN)


@pytest.mark.parametrize("content", [None, b"", b"not a key"])
def test_a_missing_or_broken_key_is_a_configuration_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(ConfigError, match="can't be read") as error:
        read_signer(path, ORIGIN)
    assert error.value.file == str(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    create_key(tmp_path / "key", ORIGIN)
    (tmp_path / "key").chmod(mode)
    with pytest.raises(ConfigError, match="Others may read"):
        read_signer(tmp_path / "key", ORIGIN)


@pytest.mark.parametrize("name", ["", "with space", "with+plus"])
def test_a_name_that_no_signature_line_could_carry_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="can't name a key"):
        read_signer(tmp_path / "key", name)
