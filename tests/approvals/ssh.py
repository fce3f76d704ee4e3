"""SSH keys that sign: the stock tool's, and security keys made as PROTOCOL.u2f says, since no such hardware is here."""

import hashlib
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from approvals.armour import bare
from approvals.proofs.sshsig import sign
from approvals.trust import SigningKey
from domain.signed_decision import NAMESPACE
from tests.programs import program

AT = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class StockKey:
    """A key that ``ssh-keygen`` drew in a folder, and signs with."""

    path: Path

    @property
    def line(self) -> str:
        return " ".join(self.path.with_name(f"{self.path.name}.pub").read_text().split()[:2])

    def enrolled(self) -> SigningKey:
        return SigningKey(self.line, "desk", AT, "local:root")

    def sign(self, message: bytes, namespace: str = NAMESPACE) -> bytes:
        """The signature without its armour, as ``ssh-keygen -Y sign`` makes it."""
        command = [program("ssh-keygen"), "-q", "-Y", "sign", "-f", str(self.path), "-n", namespace]
        return bare(subprocess.run(command, input=message, capture_output=True, check=True).stdout.decode())


def signed_file(key: Path, namespace: str, file: Path) -> Path:
    """The signature that the stock tool writes beside ``file``, as somebody does who carries it elsewhere."""
    command = [program("ssh-keygen"), "-q", "-Y", "sign", "-n", namespace, "-f", str(key), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return file.with_name(f"{file.name}.sig")


def stock_key(folder: Path, kind: str = "ed25519", bits: str = "256") -> StockKey:
    path = folder / f"{kind}-{bits}"
    command = [program("ssh-keygen"), "-q", "-t", kind, "-b", bits, "-N", "", "-C", "petra", "-f", str(path)]
    subprocess.run(command, check=True)
    return StockKey(path)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@dataclass
class SoftKey:
    """A key of this process, where no folder is at hand for the stock tool's."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def enrolled(self) -> SigningKey:
        line = self.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        return SigningKey(line, "desk", AT, "local:root")

    def sign(self, message: bytes, namespace: str = NAMESPACE) -> bytes:
        return bare(sign(self.key, message, namespace))


@dataclass
class HardKey:
    """A security key in software. ``flags`` are what it says about who touched it."""

    kind: bytes = b"sk-ssh-ed25519@openssh.com"
    flags: int = 0x05
    edwards: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    curve: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def blob(self) -> bytes:
        if self.kind == b"sk-ssh-ed25519@openssh.com":
            public = string(self.edwards.public_key().public_bytes_raw())
        else:
            point = self.curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            public = string(b"nistp256") + string(point)
        return string(self.kind) + public + string(b"ssh:")

    def enrolled(self) -> SigningKey:
        return SigningKey(f"{self.kind.decode()} {b64encode(self.blob).decode()}", "sk", AT, "local:root")

    def sign(self, message: bytes, namespace: str = NAMESPACE) -> bytes:
        names = (namespace.encode(), b"", b"sha512")
        signed = b"SSHSIG" + b"".join(map(string, (*names, hashlib.sha512(message).digest())))
        return b"SSHSIG\0\0\0\1" + b"".join(map(string, (self.blob, *names, self.signature(signed))))

    def signature(self, signed: bytes) -> bytes:
        """As SSH has it on the wire, over ``signed`` and what it says about who touched it (PROTOCOL.u2f)."""
        tail = bytes([self.flags]) + (7).to_bytes(4, "big")
        inner = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(signed).digest()
        if self.kind == b"sk-ssh-ed25519@openssh.com":
            raw = self.edwards.sign(inner)
        else:
            r, s = decode_dss_signature(self.curve.sign(inner, ec.ECDSA(hashes.SHA256())))
            raw = string(_mpint(r)) + string(_mpint(s))
        return string(self.kind) + string(raw) + tail


def _mpint(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
