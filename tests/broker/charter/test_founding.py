"""A node's folder: keys of its own, readable by its owner, never overwritten."""

import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from broker.charter.founding import found, new_ssh_key, ssh_public_line
from broker.charter.trust_files import TrustFiles
from broker.layout import Layout
from broker.settings import read_settings
from domain.errors import ConfigError

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ORIGIN = "plant.example/ot-access/1"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "node")
    found(layout, charter={"sites.toml": "# sample\n"}, origin=ORIGIN, at=NOW, https=("127.0.0.1", 9443))
    return layout


def test_a_founded_node_reads_its_own_configuration_and_trust(layout: Layout) -> None:
    assert read_settings(layout).ledger.origin == ORIGIN
    assert TrustFiles(layout, with_codes=True)().origins == ("https://localhost:9443",)
    assert layout.charter_files() == {"sites.toml": b"# sample\n"}


def test_secrets_are_for_their_owner_alone(layout: Layout) -> None:
    secrets = (
        layout.ssh_host_key,
        layout.ssh_host_authority,
        layout.ssh_user_authority,
        layout.ledger_key,
        layout.ledger_second_key,
        layout.recording_key,
        layout.vault_key,
        layout.push_key,
        layout.tls_key,
        layout.codes,
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert stat.S_IMODE(layout.folder.stat().st_mode) == 0o700


def test_two_nodes_share_no_key(layout: Layout, tmp_path: Path) -> None:
    other = Layout(tmp_path / "other")
    found(other, charter={}, origin=ORIGIN, at=NOW)
    names = (
        "ssh_host_key",
        "ssh_host_authority",
        "ssh_user_authority",
        "ledger_key",
        "ledger_second_key",
        "recording_key",
        "vault_key",
        "push_key",
        "tls_key",
    )
    for name in names:
        assert getattr(layout, name).read_bytes() != getattr(other, name).read_bytes()


def test_a_folder_that_is_in_use_is_left_alone(layout: Layout) -> None:
    before = layout.ledger_key.read_bytes()
    with pytest.raises(ConfigError, match="not empty"):
        found(layout, charter={}, origin=ORIGIN, at=NOW)
    assert layout.ledger_key.read_bytes() == before


def test_the_certificate_is_for_this_machine_and_its_authority_can_sign_nothing_else(layout: Layout) -> None:
    certificate = x509.load_pem_x509_certificate(layout.tls_certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "*.pages.localhost"]
    authority = x509.load_pem_x509_certificate(layout.tls_authority.read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    context = ssl.create_default_context(cafile=str(layout.tls_authority))
    assert context.get_ca_certs()
    assert not list(layout.tls_key.parent.glob("ca.key*"))


def test_an_ssh_key_and_its_public_line_belong_together(tmp_path: Path, layout: Layout) -> None:
    line = new_ssh_key(tmp_path / "key")
    assert line.startswith("ssh-ed25519 ")
    assert ssh_public_line(layout).startswith("ssh-ed25519 ")
