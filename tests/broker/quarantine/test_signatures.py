"""A vendor's signature on a file, as the stock ssh-keygen makes it."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from broker.quarantine.signatures import Signature, is_one, may_be_one, signature_of, signed_by
from policies.charter.ssh_keys import fingerprint, public_key
from tests.programs import program

FIRMWARE = bytes(range(256)) * 99
DIGESTS = {name: hashlib.new(name, FIRMWARE).digest() for name in ("sha256", "sha512")}


def drawn(folder: Path, name: str, kind: str = "ed25519") -> str:
    """A new key pair of a vendor's; its public line."""
    line = [program("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", "release key", "-f", folder / name]
    subprocess.run(line, check=True)
    return public_key((folder / f"{name}.pub").read_text())


def signed(folder: Path, key: str, data: bytes = FIRMWARE, *more: str) -> bytes:
    """What ``ssh-keygen -Y sign`` writes for a file."""
    file = folder / "signed"
    file.write_bytes(data)
    line = [program("ssh-keygen"), "-q", "-Y", "sign", "-f", folder / key, *(more or ("-n", "file")), file]
    subprocess.run(line, check=True, stderr=subprocess.DEVNULL)
    sig = folder / "signed.sig"
    text = sig.read_bytes()
    sig.unlink()
    return text


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_file_is_signed_by_a_key_of_the_charter_s_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    """D15: the check of where a firmware comes from is its vendor's own signature on these very bytes."""
    key = drawn(tmp_path, "vendor", kind)
    for more in (("-n", "file"), ("-n", "file", "-O", "hashalg=sha256")):
        text = signed(tmp_path, "vendor", FIRMWARE, *more)
        found = signature_of(b"fw.part", DIGESTS, {key}, [(b"other.sig", b"nonsense"), (b"fw.bin.sig", text)])
        assert found == Signature(fingerprint(key))
        assert found.line() == f"signature: by {fingerprint(key)}"
        assert signed_by((found.line(),), {key})
        assert is_one(text, {key})


def test_another_file_key_or_purpose_is_none_and_what_lies_beside_it_says_why(tmp_path: Path) -> None:
    """D15: a firmware that was changed after its vendor signed it is not signed."""
    key, other = drawn(tmp_path, "vendor"), drawn(tmp_path, "other")
    good = signed(tmp_path, "vendor")
    for text, fault in (
        (signed(tmp_path, "vendor", FIRMWARE + b"x"), "signature"),
        (signed(tmp_path, "other"), "key that the charter does not name"),
        (signed(tmp_path, "vendor", FIRMWARE, "-n", "git"), "made for something else"),
        (good[:-60], "not an SSH signature"),
        (b"\xff", "no SSH signature"),
    ):
        found = signature_of(b"/tmp/fw.bin", DIGESTS, {key}, [(b"/tmp/fw.bin.sig", text)])
        assert not found.by
        assert fault in found.fault, found
        assert found.line().startswith("signature: wrong: ")
        assert signature_of(b"fw.bin", DIGESTS, {key}, [(b"else.sig", text)]).line() == "signature: none"
    assert not is_one(good, {other})
    assert not is_one(good[:-60], {key})
    assert not signed_by((Signature(fingerprint(key)).line(),), {other})
    assert signature_of(b"fw.bin", {"sha256": DIGESTS["sha256"]}, {key}, [(b"fw.bin.sig", good)]).fault


def test_what_may_be_a_signature_is_small_and_called_so() -> None:
    assert may_be_one(b"/a/fw.bin.SIG", 300)
    assert not may_be_one(b"fw.bin", 300)
    assert not may_be_one(b"fw.sig", 10**6)
