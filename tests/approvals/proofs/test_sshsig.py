"""What ``ssh-keygen -Y sign`` writes verifies here, and nothing else does."""

import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from approvals.armour import BEGIN, END
from approvals.proofs.sshsig import check, is_signing_key, sign
from approvals.trust import SigningKey
from domain.errors import ProofError
from tests.programs import program

NAMESPACE = "penstock-charter@penstock"
MESSAGE = b'{"schema":"penstock-charter-proposal/1"}'
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
KINDS = [("ed25519", "256"), ("ecdsa", "256"), ("rsa", "3072")]


def key(folder: Path, kind: str = "ed25519", bits: str = "256", name: str = "key") -> SigningKey:
    path = folder / f"{name}-{kind}"
    subprocess.run(
        [program("ssh-keygen"), "-q", "-t", kind, "-b", bits, "-N", "", "-C", "petra", "-f", str(path)],
        check=True,
    )
    line = " ".join((folder / f"{name}-{kind}.pub").read_text().split()[:2])
    return SigningKey(line, "desk", AT, "local:root")


def signed(folder: Path, kind: str = "ed25519", *, namespace: str = NAMESPACE, name: str = "key") -> str:
    return subprocess.run(
        [program("ssh-keygen"), "-q", "-Y", "sign", "-f", str(folder / f"{name}-{kind}"), "-n", namespace],
        input=MESSAGE,
        capture_output=True,
        check=True,
    ).stdout.decode()


def refused(code: str, armoured: str, keys: list[SigningKey], message: bytes = MESSAGE) -> None:
    with pytest.raises(ProofError) as error:
        check(armoured, message, NAMESPACE, keys)
    assert error.value.code == code


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_a_signature_of_the_stock_tool_verifies(tmp_path: Path, kind: str, bits: str) -> None:
    mine = key(tmp_path, kind, bits)
    assert is_signing_key(mine.key)
    assert check(signed(tmp_path, kind), MESSAGE, NAMESPACE, [mine]) is mine


@pytest.mark.parametrize(("kind", "bits"), KINDS)
def test_one_over_other_bytes_does_not(tmp_path: Path, kind: str, bits: str) -> None:
    mine = key(tmp_path, kind, bits)
    refused("wrong_signature", signed(tmp_path, kind), [mine], MESSAGE + b" ")


def test_one_made_for_another_purpose_does_not(tmp_path: Path) -> None:
    mine = key(tmp_path)
    refused("wrong_namespace", signed(tmp_path, namespace="git"), [mine])


def test_one_by_a_key_that_is_not_enrolled_does_not(tmp_path: Path) -> None:
    mine, other = key(tmp_path), key(tmp_path, name="other")
    refused("unknown_signing_key", signed(tmp_path), [other])
    refused("unknown_signing_key", signed(tmp_path), [])
    assert mine.fingerprint() != other.fingerprint()


def test_a_key_that_claims_another_s_signature_does_not_verify(tmp_path: Path) -> None:
    mine, other = key(tmp_path), key(tmp_path, name="other")
    text = signed(tmp_path)
    raw = b64decode("".join(text.strip()[len(BEGIN) : -len(END)].split()))
    swapped = raw.replace(b64decode(mine.key.split()[1]), b64decode(other.key.split()[1]))
    refused("wrong_signature", f"{BEGIN}\n{b64encode(swapped).decode()}\n{END}\n", [other])


def test_any_bit_that_flips_is_noticed(tmp_path: Path) -> None:
    mine = key(tmp_path)
    raw = b64decode("".join(signed(tmp_path).strip()[len(BEGIN) : -len(END)].split()))
    for at in range(len(raw)):
        bent = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(ProofError):
            check(f"{BEGIN}\n{b64encode(bent).decode()}\n{END}", MESSAGE, NAMESPACE, [mine])


@pytest.mark.parametrize(
    "text", ["", "hello", f"{BEGIN}\n%%\n{END}", f"{BEGIN}\nU1NIU0lH\n{END}", "x" * 20_000]
)
def test_what_is_no_signature_is_refused(text: str, tmp_path: Path) -> None:
    refused("malformed_signature", text, [key(tmp_path)])


def test_the_fingerprint_is_the_one_that_ssh_keygen_shows(tmp_path: Path) -> None:
    mine = key(tmp_path)
    shown = subprocess.run(
        [program("ssh-keygen"), "-l", "-f", str(tmp_path / "key-ed25519.pub")],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert mine.fingerprint() in shown


def test_weak_and_foreign_keys_are_no_signing_keys(tmp_path: Path) -> None:
    small = key(tmp_path, "rsa", "2048")
    assert not is_signing_key(small.key)
    assert not is_signing_key("ssh-ed25519")
    assert not is_signing_key("ssh-ed25519 AAAA")
    refused("weak_signature", signed(tmp_path, "rsa"), [small])


def sk(flags: int) -> tuple[str, SigningKey]:
    """A security key's signature, made as PROTOCOL.u2f says; no such hardware is here."""
    import hashlib  # noqa: PLC0415

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    def string(data: bytes) -> bytes:
        return len(data).to_bytes(4) + data

    private = Ed25519PrivateKey.generate()
    kind = b"sk-ssh-ed25519@openssh.com"
    blob = string(kind) + string(private.public_key().public_bytes_raw()) + string(b"ssh:")
    digest = hashlib.sha512(MESSAGE).digest()
    names = (NAMESPACE.encode(), b"", b"sha512", digest)
    message = b"SSHSIG" + b"".join(map(string, names))
    tail = bytes([flags]) + (7).to_bytes(4)
    inner = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(message).digest()
    signature = string(kind) + string(private.sign(inner)) + tail
    whole = b"SSHSIG" + (1).to_bytes(4) + b"".join(map(string, (blob, *names[:3], signature)))
    line = f"{kind.decode()} {b64encode(blob).decode()}"
    return f"{BEGIN}\n{b64encode(whole).decode()}\n{END}", SigningKey(line, "sk", AT, "local:root")


def test_a_security_key_must_have_been_touched() -> None:
    text, mine = sk(1)
    assert check(text, MESSAGE, NAMESPACE, [replace(mine)]) == mine
    text, mine = sk(0)
    refused("user_not_present", text, [mine])


def test_what_is_signed_here_the_stock_tool_verifies(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    private = Ed25519PrivateKey.generate()
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    text = sign(private, MESSAGE, NAMESPACE)
    mine = SigningKey(line, "desk", AT, "local:root")
    assert check(text, MESSAGE, NAMESPACE, [mine]) is mine
    (tmp_path / "signers").write_text(f"petra {line}\n")
    (tmp_path / "signature").write_text(text)
    command = [program("ssh-keygen"), "-Y", "verify", "-n", NAMESPACE, "-I", "petra"]
    files = ["-f", str(tmp_path / "signers"), "-s", str(tmp_path / "signature")]
    subprocess.run([*command, *files], input=MESSAGE, capture_output=True, check=True)
