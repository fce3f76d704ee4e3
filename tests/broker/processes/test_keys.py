"""Keys that can't be used are named with their file, before anything opens."""

from pathlib import Path

import asyncssh
import pytest

from broker.charter.founding import found
from broker.demo.sample import sample_charter
from broker.layout import Layout
from broker.processes.keys import WRAPPING_BYTES, ssh_host_key, tls_names, tls_pair, wrapping_key
from domain.errors import ConfigError
from tests.clock import FrozenClock


def founded(folder: Path, clock: FrozenClock) -> Layout:
    layout = Layout(folder)
    now = clock.now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    return layout


def test_the_keys_that_a_founding_draws_can_be_used(tmp_path: Path, clock: FrozenClock) -> None:
    layout = founded(tmp_path / "n", clock)
    assert len(wrapping_key(layout.recording_key)) == len(wrapping_key(layout.vault_key)) == WRAPPING_BYTES
    assert ssh_host_key(layout.ssh_host_key).get_algorithm() == "ssh-ed25519"
    tls_pair(layout.tls_certificate, layout.tls_key)
    assert tls_names(layout.tls_certificate) == {"localhost", "*.pages.localhost"}


def test_a_certificate_that_names_no_host_is_said_with_its_file(tmp_path: Path, clock: FrozenClock) -> None:
    layout = founded(tmp_path / "n", clock)
    for path in (layout.tls_authority, layout.tls_key):
        with pytest.raises(ConfigError, match="names no host") as caught:
            tls_names(path)
        assert caught.value.file == str(path)
    with pytest.raises(ConfigError, match="can't be read"):
        tls_names(tmp_path / "none")


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33, b"x" * 32 + b"\n"], ids=len)
def test_a_wrapping_key_of_another_length_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "k").write_bytes(data)
    with pytest.raises(ConfigError, match=f"has {len(data)} bytes, not 32.*backup") as caught:
        wrapping_key(tmp_path / "k")
    assert caught.value.file == str(tmp_path / "k")


@pytest.mark.parametrize("data", [b"", b"\x00\xff\x1b]52;c;x\x07", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_what_is_no_host_key_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "k").write_bytes(data)
    with pytest.raises(ConfigError, match=r"k: This is not a private SSH key.*backup") as caught:
        ssh_host_key(tmp_path / "k")
    assert str(caught.value).isprintable()


def test_a_host_key_under_a_password_is_none(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key("pkcs8-pem", "secret")
    (tmp_path / "k").write_bytes(key)
    with pytest.raises(ConfigError, match="not a private SSH key"):
        ssh_host_key(tmp_path / "k")


@pytest.mark.parametrize("read", [wrapping_key, ssh_host_key, lambda path: tls_pair(path, path)])
@pytest.mark.parametrize("what", ["missing", "folder", "loop"])
def test_a_key_that_is_no_file_is_named(tmp_path: Path, read: object, what: str) -> None:
    path = tmp_path / "k"
    if what == "folder":
        path.mkdir()
    elif what == "loop":
        path.symlink_to(path)
    with pytest.raises(ConfigError, match=r"k: The key can't be read.*What to do"):
        read(path)  # type: ignore[operator]


def test_a_certificate_and_the_key_of_another_do_not_belong_together(
    tmp_path: Path, clock: FrozenClock
) -> None:
    one, other = founded(tmp_path / "one", clock), founded(tmp_path / "other", clock)
    with pytest.raises(ConfigError, match=r"don't belong together.*What to do"):
        tls_pair(one.tls_certificate, other.tls_key)


@pytest.mark.parametrize("broken", ["certificate", "key", "both"])
def test_what_is_no_pem_can_not_be_used(tmp_path: Path, clock: FrozenClock, broken: str) -> None:
    layout = founded(tmp_path / "n", clock)
    if broken != "key":
        layout.tls_certificate.write_bytes(b"\x00\xff garbage")
    if broken != "certificate":
        layout.tls_key.write_bytes(b"")
    with pytest.raises(ConfigError, match=r"can't be used.*What to do"):
        tls_pair(layout.tls_certificate, layout.tls_key)
