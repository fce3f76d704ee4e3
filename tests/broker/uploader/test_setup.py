from pathlib import Path

import pytest

from broker.layout import Layout
from broker.settings import LedgerSettings, Settings, StoreSettings
from broker.uploader.setup import checked, checked_endpoint, store_of
from domain.errors import ConfigError

LEDGER = LedgerSettings(origin="plant.example/ot-access/1")
SECRET = 'access_key = "AK"\nsecret_key = "do-not-tell"\n'


def settings(**store: object) -> Settings:
    return Settings(ledger=LEDGER, store=StoreSettings(**store))  # type: ignore[arg-type]


def node(folder: Path, secret: str = SECRET, mode: int = 0o600) -> Layout:
    layout = Layout(folder)
    layout.store_secret.parent.mkdir()
    layout.store_secret.write_text(secret)
    layout.store_secret.chmod(mode)
    return layout


def test_a_node_without_a_store_has_none(tmp_path: Path) -> None:
    assert store_of(Layout(tmp_path), settings()) is None


def test_each_node_s_evidence_lies_under_the_name_of_its_ledger(tmp_path: Path) -> None:
    store = store_of(node(tmp_path), settings(endpoint="https://store.example:9000", bucket="evidence"))
    assert store is not None
    assert store.name == "s3://store.example:9000/evidence/plant.example/ot-access/1/"


@pytest.mark.parametrize(
    "endpoint", ["https://s.example", "https://s.example:9000/", "http://127.0.0.1:7480", "http://[::1]:1"]
)
def test_evidence_goes_encrypted_or_stays_on_this_machine(tmp_path: Path, endpoint: str) -> None:
    checked_endpoint(Layout(tmp_path), endpoint)


@pytest.mark.parametrize(
    "endpoint",
    ["http://s.example", "s.example", "ftp://127.0.0.1", "https://", "https://u:p@s.example", "https://s.example/x", "https://s.example?x", "https://[", "https://s.example:0"],
)  # fmt: skip
def test_any_other_address_is_refused(tmp_path: Path, endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.endpoint"):
        checked_endpoint(Layout(tmp_path), endpoint)


@pytest.mark.parametrize(
    ("secret", "mode", "fact"),
    [
        (SECRET, 0o640, "Others may read"),
        ("access_key = ", 0o600, "not TOML"),
        (SECRET + 'more = "do-not-tell"', 0o600, "nothing else"),
        ('access_key = "AK"', 0o600, "secret_key"),
    ],
)
def test_credentials_that_can_t_be_used_are_named_and_never_told(
    tmp_path: Path, secret: str, mode: int, fact: str
) -> None:
    with pytest.raises(ConfigError, match=fact) as found:
        store_of(node(tmp_path, secret, mode), settings(endpoint="https://s.example", bucket="b"))
    assert "do-not-tell" not in str(found.value)
    assert found.value.remedy


def test_a_store_without_a_bucket_or_credentials_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"store\.bucket"):
        store_of(Layout(tmp_path), settings(endpoint="https://s.example"))
    with pytest.raises(ConfigError, match="can't be read"):
        store_of(Layout(tmp_path), settings(endpoint="https://s.example", bucket="b"))


def test_what_can_be_seen_without_the_store_is_looked_at_without_it(tmp_path: Path) -> None:
    layout = node(tmp_path)
    assert checked(layout, settings()) is None
    assert checked(layout, settings(endpoint="https://s.example", bucket="b")) is not None
    with pytest.raises(ConfigError, match=r"store\.bucket"):
        checked(layout, settings(endpoint="https://s.example"))
