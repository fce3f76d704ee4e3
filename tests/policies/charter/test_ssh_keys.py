from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from policies.charter.ssh_keys import public_key, same_key
from policies.charter.wording import UnusableError
from tests.for_each import for_each
from tests.policies.plant import ed25519_line


def made(*parts: bytes) -> str:
    blob = b"".join(len(part).to_bytes(4) + part for part in parts)
    return f"{parts[0].decode()} {b64encode(blob).decode()}"


def real(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


POINT = b"\x04" + bytes(64)
BIG = (1 << 3071 | 1).to_bytes(385)
SMALL = (1 << 3070 | 1).to_bytes(384)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(real(ed25519.Ed25519PrivateKey.generate()), id="Ed25519"),
        pytest.param(real(ec.generate_private_key(ec.SECP256R1())), id="P-256"),
        pytest.param(real(ec.generate_private_key(ec.SECP384R1())), id="P-384"),
        pytest.param(real(ec.generate_private_key(ec.SECP521R1())), id="P-521"),
        pytest.param(made(b"sk-ssh-ed25519@openssh.com", bytes(32), b"ssh:"), id="Ed25519 on a security key"),
        pytest.param(
            made(b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"), id="P-256 on one"
        ),
        pytest.param(made(b"ssh-rsa", b"\x01\x00\x01", BIG), id="RSA of just enough bits"),
    ],
)
def test_a_key_that_others_make_is_accepted_and_its_comment_dropped(line: str) -> None:
    accepted(line)


def test_so_is_a_real_rsa_key_of_3072_bits() -> None:
    accepted(real(rsa.generate_private_key(65537, 3072)))


def accepted(line: str) -> None:
    assert public_key(line) == line
    assert public_key(f"  {line}  somebody@somewhere with a long comment ") == line
    assert same_key(f"{line} comment") == line


@for_each(
    ("line", "fact"),
    [
        pytest.param(
            made(b"ssh-rsa", b"\x01\x00\x01", SMALL), "3071 bits is too weak", id="RSA one bit short"
        ),
        pytest.param(made(b"ssh-rsa", b"\x03", BIG), "damaged", id="RSA with exponent 3"),
        pytest.param(made(b"ssh-rsa", b"\x01\x00\x02", BIG), "damaged", id="RSA with an even exponent"),
        pytest.param(made(b"ssh-rsa", b"", BIG), "damaged", id="RSA without an exponent"),
        pytest.param(made(b"ssh-dss", b"p", b"q", b"g", b"y"), "DSA", id="DSA"),
        pytest.param(made(b"ssh-ed25519-cert-v01@openssh.com", b"n"), "certificate", id="a certificate"),
        pytest.param(made(b"ssh-ed25519", bytes(31)), "damaged", id="31 bytes"),
        pytest.param(made(b"ssh-ed25519", bytes(33)), "damaged", id="33 bytes"),
        pytest.param(made(b"ssh-ed25519", bytes(32), b"x"), "not accepted", id="one part too many"),
        pytest.param(made(b"ecdsa-sha2-nistp256", b"nistp384", POINT), "damaged", id="another curve inside"),
        pytest.param(
            made(b"ecdsa-sha2-nistp256", b"nistp256", b"\x02" + bytes(64)), "damaged", id="a compressed point"
        ),
        pytest.param(
            made(b"ecdsa-sha2-nistp256", b"nistp256", POINT[:-1]), "damaged", id="a point cut short"
        ),
        pytest.param(made(b"ecdsa-sha2-nistp256", b"", b""), "damaged", id="no point"),
        pytest.param(made(b"ssh-ed448", bytes(57)), "not accepted", id="a kind we do not know"),
        pytest.param(ed25519_line(1).replace("ssh-ed25519", "ssh-rsa"), "another kind", id="a false label"),
        pytest.param('command="sh" ' + ed25519_line(1), "not a public key", id="options in front"),
        pytest.param("ssh-ed25519", "not a public key", id="no key"),
        pytest.param("ssh-ed25519 %%%%", "not a public key", id="not base64"),
        pytest.param("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "not a public key", id="cut short"),
        pytest.param("", "not a public key", id="nothing"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----", "not a public key", id="a private key"),
    ],
)
def test_what_may_not_be_used_says_why(line: str, fact: str) -> None:
    with pytest.raises(UnusableError) as caught:
        public_key(line)
    assert fact in caught.value.fact
    assert caught.value.remedy


@given(st.one_of(st.text(), st.binary().map(lambda blob: f"ssh-rsa {b64encode(blob).decode()}")))
def test_no_line_breaks_the_reader(line: str) -> None:
    try:
        read = public_key(line)
    except UnusableError:
        return
    assert public_key(read) == read


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        pytest.param(f"10.20.30.40 {ed25519_line(3)}", "what stands before ssh-ed25519:", id="a line of known_hosts"),
        pytest.param(f'from="10.0.0.1" {ed25519_line(3)}', "what stands before ssh-ed25519:", id="a line with options"),
        pytest.param(ed25519_line(3).split()[1], "the kind of the key before it", id="a key without its kind"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----", "draw a new pair", id="the private half"),
        pytest.param("SHA256:abcdef", "ssh-keyscan", id="a fingerprint"),
        pytest.param("~/.ssh/id_ed25519.pub", ".pub file", id="the name of the file"),
    ],
)  # fmt: skip
def test_what_was_pasted_instead_of_a_key_is_told_apart(line: str, remedy: str) -> None:
    """C01: six things that a newcomer pastes."""
    with pytest.raises(UnusableError) as caught:
        public_key(line)
    assert remedy in caught.value.remedy
