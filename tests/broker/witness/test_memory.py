import stat
from pathlib import Path

import pytest

from broker.witness.memory import EMPTY_POLICY, WitnessFolder, hashed
from domain.errors import ConfigError, EvidenceError
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import EMPTY_ROOT
from recorder.ledger.note import sign
from recorder.ledger.suites import Suite
from recorder.ledger.witness import Seen
from tests.recorder.ledger.logs import ORIGIN, SIGNER

NAME = "corporate.example/witness/1"
NOTE = sign(Checkpoint(ORIGIN, 7, bytes(32)).body(), SIGNER.key, SIGNER.sign)


@pytest.fixture
def here(tmp_path: Path) -> WitnessFolder:
    folder = WitnessFolder(tmp_path / "witness")
    folder.found(NAME)
    return folder


def test_a_witness_is_founded_once_with_a_key_of_each_suite(here: WitnessFolder, tmp_path: Path) -> None:
    cosigners = here.cosigners()
    assert [one.key.suite for one in cosigners] == [Suite.ED25519_COSIGNATURE, Suite.ML_DSA_44]
    assert {one.key.name for one in cosigners} == {NAME}
    assert [one.key for one in WitnessFolder(tmp_path / "witness").cosigners()] == [
        one.key for one in cosigners
    ]
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "witness" / "keys").iterdir()}
    assert modes == {0o600}
    with pytest.raises(ConfigError, match="a witness here already"):
        here.found(NAME)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "w" * 256])
def test_a_name_that_no_signature_can_bear_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="can't name a witness"):
        WitnessFolder(tmp_path).found(name)
    assert not list(tmp_path.iterdir())


def test_it_knows_the_logs_of_its_policy_and_says_which_line_is_wrong(here: WitnessFolder) -> None:
    assert here.logs() == {}
    here.policy_file.write_text(EMPTY_POLICY + f"log {SIGNER.key.text()}\n")
    assert here.logs() == {ORIGIN: (SIGNER.key,)}
    here.policy_file.write_text(EMPTY_POLICY + "log nonsense\n")
    with pytest.raises(ConfigError) as told:
        here.logs()
    assert told.value.line == 3


def test_what_was_vouched_for_is_remembered_and_nothing_else_is_believed(
    here: WitnessFolder, tmp_path: Path
) -> None:
    assert (here.kept(ORIGIN), here.seen(ORIGIN)) == (None, Seen(0, EMPTY_ROOT))
    here.keep(ORIGIN, NOTE)
    again = WitnessFolder(tmp_path / "witness")
    assert (again.kept(ORIGIN), again.seen(ORIGIN)) == (NOTE.text().encode(), Seen(7, bytes(32)))
    file = tmp_path / "witness" / "seen" / hashed(ORIGIN) / "checkpoint"
    file.write_bytes(b"torn")
    with pytest.raises(EvidenceError):
        again.seen(ORIGIN)
    other = sign(Checkpoint("other.example/log", 7, bytes(32)).body(), SIGNER.key, SIGNER.sign)
    file.write_text(other.text())
    with pytest.raises(EvidenceError, match="is a head of"):
        again.seen(ORIGIN)


def test_two_processes_never_vouch_from_one_folder(here: WitnessFolder, tmp_path: Path) -> None:
    here.lock()
    with pytest.raises(ConfigError, match="Another process"):
        WitnessFolder(tmp_path / "witness").lock()


def test_a_key_that_others_may_read_or_that_is_another_signs_nothing(
    here: WitnessFolder, tmp_path: Path
) -> None:
    keys = tmp_path / "witness" / "keys"
    (keys / "ed25519.pem").chmod(0o640)
    with pytest.raises(ConfigError, match="Others may read"):
        here.cosigners()
    (keys / "ed25519.pem").write_bytes((keys / "ml-dsa-44.pem").read_bytes())
    (keys / "ed25519.pem").chmod(0o600)
    with pytest.raises(ConfigError, match="another type"):
        here.cosigners()
    (keys / "ed25519.pem").write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match="can't be read"):
        here.cosigners()


def test_a_folder_without_a_witness_says_how_to_found_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no witness") as told:
        WitnessFolder(tmp_path).cosigners()
    assert "penstock witness init" in told.value.remedy
