"""Reading what ssh-keygen makes, and making what it reads."""

import subprocess
from base64 import b64decode
from datetime import timedelta
from pathlib import Path

import asyncssh
from asyncssh.packet import String, UInt32

from broker.conduits.asyncssh_internals.certificate import is_certificate, issue, read_certificate
from tests.clock import STARTS
from tests.programs import program


def keys(folder: Path) -> tuple[asyncssh.SSHKey, asyncssh.SSHKey]:
    made = []
    for name in ("authority", "id"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        (folder / name).write_bytes(key.export_private_key("openssh"))
        (folder / name).chmod(0o600)
        (folder / f"{name}.pub").write_bytes(key.export_public_key("openssh"))
        made.append(key)
    return made[0], made[1]


def signed(folder: Path, *options: str) -> bytes:
    """What ``ssh-keygen -s`` makes of ``id``, as the bytes that a client offers."""
    line = [
        program("ssh-keygen"),
        "-q",
        "-s",
        str(folder / "authority"),
        "-I",
        "an id",
        *options,
        str(folder / "id.pub"),
    ]
    subprocess.run(line, check=True, capture_output=True)
    return b64decode((folder / "id-cert.pub").read_bytes().split()[1])


def test_what_ssh_keygen_made_is_read_as_it_was_meant(tmp_path: Path) -> None:
    authority, key = keys(tmp_path)
    data = signed(
        tmp_path,
        "-n",
        "one,two",
        "-z",
        "42",
        "-V",
        "0x10:0x20",
        "-O",
        "source-address=192.0.2.0/24,2001:db8::/64",
    )
    assert is_certificate(data)
    read = read_certificate(data)
    assert read is not None
    assert (read.persons, read.serial, read.key_id, read.principals) == (True, 42, "an id", ("one", "two"))
    assert (read.begins_s, read.ends_s) == (16, 32)
    assert read.sources == ("192.0.2.0/24", "2001:db8::/64")
    assert read.authority == authority.get_fingerprint()
    assert read.key.get_fingerprint() == key.get_fingerprint()
    assert "permit-X11-forwarding" in read.options
    host = read_certificate(signed(tmp_path, "-h", "-n", "gate"))
    assert host is not None
    assert not host.persons


def test_a_bare_key_is_no_certificate_and_a_certificate_is_no_bare_key(tmp_path: Path) -> None:
    _, key = keys(tmp_path)
    assert not is_certificate(key.public_data)
    assert not is_certificate(b"")
    assert not is_certificate(b"\x00\x00")
    assert read_certificate(key.public_data) is None


def test_what_demands_something_unknown_is_signed_wrongly_or_broken_is_not_read(tmp_path: Path) -> None:
    keys(tmp_path)
    assert read_certificate(signed(tmp_path, "-n", "x", "-O", "critical:unheard@of.example=1")) is None
    data = signed(tmp_path, "-n", "x")
    assert read_certificate(data) is not None
    assert read_certificate(data[:-1] + bytes([data[-1] ^ 1])) is None
    assert read_certificate(data + b"\x00") is None
    assert all(read_certificate(data[:end]) is None for end in range(0, len(data), 7))


def test_a_certificate_that_a_certificate_signed_is_not_read(tmp_path: Path) -> None:
    """CVE-2025-49825: the signing key of a certificate is a bare key, never a certificate itself."""
    authority, key = keys(tmp_path)
    inner = signed(tmp_path, "-n", "x")
    algorithm = b"ssh-ed25519-cert-v01@openssh.com"
    public = key.public_data[-32:]
    body = b"".join(
        (
            String(algorithm), String(bytes(32)), String(public), bytes(8), UInt32(1), String(b"id"),
            String(String(b"x")), bytes(8), b"\xff" * 8, String(b""), String(b""), String(b""), String(inner),
        )
    )  # fmt: skip
    nested = body + String(authority.sign(body, b"ssh-ed25519"))
    assert is_certificate(nested)
    assert read_certificate(nested) is None
    sound = body[: -len(String(inner))] + String(authority.public_data)
    assert read_certificate(sound + String(authority.sign(sound, b"ssh-ed25519"))) is not None


def test_an_x509_certificate_is_told_apart_and_not_read() -> None:
    assert is_certificate(String(b"x509v3-ssh-rsa") + String(b"x"))
    assert read_certificate(String(b"x509v3-ssh-rsa") + String(b"x")) is None


def test_what_is_issued_says_to_ssh_keygen_what_it_should(tmp_path: Path) -> None:
    authority, key = keys(tmp_path)
    line = issue(
        authority,
        key,
        serial=2**64 - 1,
        key_id="penstock ana",
        principal="permit-x",
        begins=STARTS,
        ends=STARTS + timedelta(hours=1),
        sources=("192.0.2.9/32",),
    )
    assert "\n" not in line
    (tmp_path / "made-cert.pub").write_text(line + "\n")
    told = subprocess.run(
        [program("ssh-keygen"), "-L", "-f", tmp_path / "made-cert.pub"],
        capture_output=True, text=True, check=True, env={"TZ": "UTC"},
    ).stdout  # fmt: skip
    assert "ssh-ed25519-cert-v01@openssh.com user certificate" in told
    assert "Serial: 18446744073709551615" in told
    assert "from 2026-03-02T08:00:00 to 2026-03-02T09:00:00" in told
    assert told.split("Principals:")[1].split("Critical")[0].split() == ["permit-x"]
    assert told.split("Extensions:")[1].split() == ["permit-port-forwarding", "permit-pty"]
    assert "source-address 192.0.2.9/32" in told
