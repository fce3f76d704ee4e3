import secrets
import stat
from pathlib import Path

import pytest

from broker.vault import store
from broker.vault.sealed import Credential
from broker.vault.store import Held, Vault, entry_of
from domain.errors import ConfigError, EvidenceError
from domain.ids import AssetId
from domain.plant import Protocol

PLC, HMI = AssetId("plc-07"), AssetId("hmi-1")
CANARY = "canary-Zr7!q"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault.key").write_bytes(secrets.token_bytes(32))
    return Vault(tmp_path / "vault", tmp_path / "vault.key")


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "vault").iterdir())


def test_credentials_are_kept_replaced_listed_and_removed(vault: Vault, tmp_path: Path) -> None:
    assert not vault.set(PLC, Credential("service", password=CANARY))
    assert not vault.set(HMI, Credential("panel", private_key_pem=CANARY + "-key"))
    assert vault.credential(PLC) == Credential("service", password=CANARY)
    assert vault.list() == (Held(HMI, "panel", "private-key"), Held(PLC, "service", "password"))
    assert vault.set(PLC, Credential("other", password=CANARY))
    assert vault.credential(PLC).username == "other"
    assert vault.remove(PLC)
    assert not vault.remove(PLC)
    with pytest.raises(ConfigError, match="no credential for plc-07"):
        vault.credential(PLC)
    assert [path.name for path in files(tmp_path)] == ["hmi-1.json"]


def test_the_secret_is_nowhere_in_the_folder_and_nobody_else_may_read_it(
    vault: Vault, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    vault.set(PLC, Credential("service", password=CANARY))
    vault.change_key()
    vault.credential(PLC)
    vault.list()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files(tmp_path))
    assert CANARY not in "".join(capfd.readouterr())


def test_a_change_of_key_keeps_every_credential_and_leaves_the_old_key_useless(
    vault: Vault, tmp_path: Path
) -> None:
    old = (tmp_path / "vault.key").read_bytes()
    for number in range(20):
        vault.set(AssetId(f"plc-{number}"), Credential("service", password=f"{CANARY}{number}"))
    assert vault.change_key() == 20
    assert (tmp_path / "vault.key").read_bytes() != old
    assert not (tmp_path / "vault.key.next").exists()
    for number in range(20):
        assert vault.credential(AssetId(f"plc-{number}")).password == f"{CANARY}{number}"
    (tmp_path / "vault.key").write_bytes(old)
    with pytest.raises(ConfigError, match="another vault key"):
        vault.credential(AssetId("plc-0"))


def test_a_change_of_key_that_was_interrupted_loses_nothing_and_can_be_repeated(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asset in (HMI, PLC):
        vault.set(asset, Credential("service", password=CANARY + asset))
    rewrap, calls = store.rewrap, []

    def dies(*given: object) -> object:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rewrap(*given)

    with monkeypatch.context() as patched:
        patched.setattr(store, "rewrap", dies)
        with pytest.raises(KeyboardInterrupt):
            vault.change_key()
    for asset in (HMI, PLC):  # one under the next key, one under the old
        assert vault.credential(asset).password == CANARY + asset
    vault.set(PLC, Credential("service", password="set meanwhile"))
    assert vault.change_key() == 2
    assert vault.credential(PLC).password == "set meanwhile"
    assert vault.credential(HMI).password == CANARY + HMI


def test_a_file_moved_to_another_asset_does_not_open(vault: Vault, tmp_path: Path) -> None:
    vault.set(PLC, Credential("service", password=CANARY))
    (tmp_path / "vault" / "plc-07.json").rename(tmp_path / "vault" / "hmi-1.json")
    with pytest.raises(EvidenceError, match="holds the credential of plc-07"):
        vault.credential(HMI)


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"[" * 100_000, b"\xff"])
def test_a_damaged_file_is_evidence_not_a_missing_credential(
    data: bytes, vault: Vault, tmp_path: Path
) -> None:
    (tmp_path / "vault" / "plc-07.json").write_bytes(data)
    with pytest.raises(EvidenceError):
        vault.credential(PLC)


@pytest.mark.parametrize("name", ["../vault", "", "Plc 7", "/etc/passwd", "a/b"])
def test_only_an_assets_id_names_a_file(name: str, vault: Vault) -> None:
    for ask in (vault.credential, vault.remove):
        with pytest.raises(ConfigError, match="does not name an asset"):
            ask(AssetId(name))


def test_a_missing_or_unfit_key_is_said_with_its_file(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "vault.key").write_bytes(b"short")
    with pytest.raises(ConfigError, match="32 bytes"):
        vault.set(PLC, Credential("service", password=CANARY))
    (tmp_path / "vault.key").unlink()
    with pytest.raises(ConfigError, match=r"vault\.key"):
        vault.set(PLC, Credential("service", password=CANARY))
    assert files(tmp_path) == []


def test_what_is_for_one_protocol_is_never_taken_for_another(vault: Vault) -> None:
    vault.set(PLC, Credential("service", password=CANARY))
    assert vault.held(PLC, Protocol.VNC) is None
    vault.set(entry_of(PLC, Protocol.VNC), Credential("vnc", password="eight"))
    assert [held.password for held in (vault.held(PLC, Protocol.VNC),) if held] == ["eight"]
    assert vault.held(PLC, Protocol.SSH) == vault.credential(PLC)
    assert vault.credential(PLC).password == CANARY
    assert {one.asset for one in vault.list()} == {"plc-07", "plc-07+vnc"}
