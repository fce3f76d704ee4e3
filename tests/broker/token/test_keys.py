"""The ledger's key comes into a real token, and stays the key that its log is read by."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pkcs11 import Attribute, AttributeSensitive, KeyType, ObjectClass

from broker.layout import Layout
from broker.token.keys import adopt, make, move, seen
from broker.token.session import ED25519, open_session
from domain.errors import ConfigError, EvidenceError
from recorder.ledger.log import Log
from recorder.ledger.note import VerifierKey
from recorder.signing import create_key, read_signer
from tests.recorder.ledger.logs import ORIGIN, batch
from tests.softhsm import SoftHsm


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A node's folder with the key of a log that has not begun."""
    layout = Layout(tmp_path / "node")
    layout.ledger_key.parent.mkdir(parents=True)
    layout.ledger_memory.parent.mkdir()
    layout.ledger_vkey.write_text(create_key(layout.ledger_key, ORIGIN).text() + "\n")
    return layout


def test_a_key_that_was_made_in_the_token_can_t_leave_it_and_is_pinned(layout: Layout, hsm: SoftHsm) -> None:
    before = layout.ledger_vkey.read_text()
    key = make(layout, hsm.place, ORIGIN)
    assert VerifierKey.of(layout.ledger_vkey.read_text()) == key != VerifierKey.of(before)
    assert not layout.ledger_key.exists(), "nothing is left to fall back to"
    assert seen(layout, hsm.place, ORIGIN) == key
    session = open_session(hsm.place)
    private = session.key()
    assert private[Attribute.SENSITIVE] and private[Attribute.NEVER_EXTRACTABLE] and private[Attribute.LOCAL]
    with pytest.raises(AttributeSensitive):
        private[Attribute.VALUE]
    with pytest.raises(ConfigError, match="already"):
        make(layout, hsm.place, ORIGIN)
    assert adopt(layout, hsm.place, ORIGIN) == key


def test_a_log_that_has_begun_takes_no_other_key(layout: Layout, hsm: SoftHsm) -> None:
    layout.ledger_memory.write_bytes(b"a head")
    for deed in (make, adopt):
        with pytest.raises(ConfigError, match="bound to its key"):
            deed(layout, hsm.place, ORIGIN)
    assert layout.ledger_key.exists()


def test_the_key_of_a_log_that_has_begun_moves_and_stays_the_same(layout: Layout, hsm: SoftHsm) -> None:
    signer = read_signer(layout.ledger_key, ORIGIN)
    log = Log.create(layout.ledger, signer, memory=layout.ledger_memory)
    log.append(batch(0, 3))
    log.close()
    pinned = VerifierKey.of(layout.ledger_vkey.read_text())
    assert move(layout, hsm.place, ORIGIN) == move(layout, hsm.place, ORIGIN) == pinned
    assert not layout.ledger_key.exists()
    assert seen(layout, hsm.place, ORIGIN) == pinned


def test_a_stranger_s_key_in_the_token_leaves_the_file_alone(
    layout: Layout, hsm: SoftHsm, tmp_path: Path
) -> None:
    other = Layout(tmp_path / "other")
    other.ledger_key.parent.mkdir(parents=True)
    other.ledger_vkey.write_text(create_key(other.ledger_key, ORIGIN).text() + "\n")
    move(other, hsm.place, ORIGIN)
    with pytest.raises(EvidenceError) as caught:
        move(layout, hsm.place, ORIGIN)
    assert caught.value.code == "token_key_wrong"
    assert read_signer(layout.ledger_key, ORIGIN)


def test_a_key_that_can_be_read_out_is_told(layout: Layout, hsm: SoftHsm) -> None:
    session = open_session(hsm.place, writing=True)
    key = read_signer(layout.ledger_key, ORIGIN)

    private = load_pem_private_key(layout.ledger_key.read_bytes(), None)
    session.raw.create_object(
        {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: False,
            Attribute.EXTRACTABLE: True,
            Attribute.SIGN: True,
            Attribute.LABEL: hsm.place.key,
            Attribute.EC_PARAMS: ED25519,
            Attribute.VALUE: private.private_bytes_raw(),  # type: ignore[union-attr]
        }
    )
    session.close()
    with pytest.raises(EvidenceError) as caught:
        seen(layout, hsm.place, ORIGIN)
    assert (caught.value.code, key.key.name) == ("token_key_exposed", ORIGIN)


def test_the_command_makes_the_key_and_prints_what_to_hand_out(tmp_path: Path, hsm: SoftHsm) -> None:
    node = tmp_path / "founded"
    penstock = [sys.executable, "-m", "broker"]
    subprocess.run([*penstock, "init", str(node), "--origin", ORIGIN], check=True, capture_output=True)
    command = [*penstock, "evidence", "keys", "token", "--dir", str(node)]
    none = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (none.returncode, "No token is set up" in none.stderr) == (2, True), none.stderr
    with Layout(node).config.open("a") as config:
        config.write(hsm.settings())
    made = subprocess.run([*command, "--make"], capture_output=True, text=True, check=True)
    assert Layout(node).ledger_vkey.read_text().strip() in made.stdout.splitlines()
    hsm.take_out()
    gone = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (gone.returncode, "What to do: Put the token back" in gone.stderr) == (1, True), gone.stderr
