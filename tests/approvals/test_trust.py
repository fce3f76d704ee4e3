from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.trust import Passkey, SigningKey, Trust, read_trust, write_approvers, write_codes
from domain.errors import ConfigError
from domain.ids import PersonId
from tests.approvals.desk import BEA, DAN, EVE, NOW, ORIGIN, Desk
from tests.for_each import for_each

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

APPROVERS = """\
# who may approve
schema = "penstock-trust/1"
rp_id = "localhost"
origins = ["https://localhost:8443"]

[[passkeys]]
person = "bea"
credential_id = "AAEC"
public_key = "AwQF"
label = "blue key"
enrolled_at = "2026-03-02T08:00:00Z"
enrolled_by = "eve"
backup_eligible = false

[[passkeys]]
person = "dan"
credential_id = "BgcI"
public_key = "CQoL"
label = "grey key"
enrolled_at = "2026-03-02T08:00:00Z"
enrolled_by = "eve"
backup_eligible = true
"""
CODES = f'schema = "penstock-codes/1"\n[secrets]\nbea = "{SECRET}"\n'


def passkey(number: int = 1, **changed: object) -> Passkey:
    key = Passkey(bytes([number]), bytes([number, 9]), "key", NOW, EVE, backup_eligible=False)
    return replace(key, **changed)


def test_the_two_files_are_read_as_they_stand() -> None:
    trust = read_trust(APPROVERS.encode(), CODES.encode())
    assert (trust.rp_id, trust.origins) == ("localhost", (ORIGIN,))
    assert trust.passkeys[BEA] == (
        Passkey(b"\0\1\2", b"\3\4\5", "blue key", NOW, "eve", backup_eligible=False),
    )
    assert trust.passkeys[DAN][0].backup_eligible
    assert trust.codes == {BEA: SECRET}
    assert trust.owner(b"\6\7\x08") == DAN
    assert trust.owner(b"none") is None


def test_what_is_written_reads_back_the_same_and_in_one_form() -> None:
    trust = Desk().enrol(BEA, DAN).trust
    approvers, codes = write_approvers(trust), write_codes(trust)
    again = read_trust(approvers, codes)
    assert again == trust
    assert (write_approvers(again), write_codes(again)) == (approvers, codes)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40))
def test_a_label_may_hold_anything_printable(label: str) -> None:
    trust = Trust("localhost", (ORIGIN,)).with_passkey(BEA, passkey(label=label))
    assert read_trust(write_approvers(trust)) == trust


@pytest.mark.parametrize("label", ["two\nlines", "\x7f", "\u202eabc"])
def test_a_label_that_could_deceive_is_refused(label: str) -> None:
    with pytest.raises(ConfigError, match="one line of text"):
        Trust("localhost", (ORIGIN,)).with_passkey(BEA, passkey(label=label))


@for_each(
    ("old", "new", "line", "fact"),
    [
        pytest.param("penstock-trust/1", "penstock-trust/2", 2, "schema", id="another schema"),
        pytest.param('rp_id = "localhost"', 'rp_id = "Local_Host"', 3, "host name", id="no host name"),
        pytest.param('rp_id = "localhost"\n', "", 1, "rp_id is missing", id="a missing key"),
        pytest.param('["https://localhost:8443"]', "[]", 4, "No origin", id="no origin"),
        pytest.param("https://localhost", "http://plant.example", 4, "not an https origin", id="plain http"),
        pytest.param("https://localhost", "https://localhost.evil.example", 4, "under", id="another site"),
        pytest.param("localhost:8443", "localhost:8443/", 4, "under", id="a path"),
        pytest.param("localhost:8443", "localhost:port", 4, "under", id="no port"),
        pytest.param('"https://localhost:8443"', "8443", 4, "list of texts", id="a number for an origin"),
        pytest.param('"bea"', '"Bea!"', 7, "person's id", id="no person's id"),
        pytest.param('"AAEC"', '"AAE="', 8, "base64url", id="padding"),
        pytest.param('"AwQF"', '"%%%"', 9, "base64url", id="not base64url"),
        pytest.param('"grey key"', "7", 19, "one line of text", id="a number for a label"),
        pytest.param('"2026-03-02T08:00:00Z"', '"yesterday"', 11, "not in UTC", id="no instant"),
        pytest.param(
            "backup_eligible = true", 'backup_eligible = "yes"', 22, "true or false", id="a text for a flag"
        ),
        pytest.param("enrolled_by", "enroled_by", 12, "not known", id="a misspelt key"),
        pytest.param('"BgcI"', '"AAEC"', 6, "enrolled twice", id="one credential under two names"),
        pytest.param('"CQoL"', '"AwQF"', 6, "enrolled twice", id="one key under two names"),
        pytest.param("[[passkeys]]", "[passkeys", 6, "not TOML", id="not TOML"),
    ],
)
def test_a_fault_names_the_file_the_line_and_the_remedy(old: str, new: str, line: int, fact: str) -> None:
    with pytest.raises(ConfigError, match=fact) as raised:
        read_trust(APPROVERS.replace(old, new, 1).encode())
    assert (raised.value.file, raised.value.line) == ("approvers.toml", line)
    assert raised.value.remedy


def test_a_file_that_is_not_text_is_a_fault_with_a_line() -> None:
    with pytest.raises(ConfigError, match="not UTF-8") as raised:
        read_trust(APPROVERS.encode().replace(b"blue", b"bl\xff"))
    assert raised.value.line == 10


@pytest.mark.parametrize(
    ("codes", "line", "fact"),
    [
        pytest.param(CODES + f'dan = "{SECRET}"\n', 3, "one secret", id="one secret under two names"),
        pytest.param(CODES.replace(SECRET, "JBSWY3DP"), 3, "128 bits", id="too short"),
        pytest.param(CODES.replace(SECRET, "!" * 32), 3, "base 32", id="not base 32"),
        pytest.param(CODES.replace("bea", "Bea"), 3, "person's id", id="no person's id"),
        pytest.param(CODES.replace("codes/1", "codes/9"), 1, "schema", id="another schema"),
    ],
)
def test_abuse_09_secrets_that_make_two_persons_one_are_refused(codes: str, line: int, fact: str) -> None:
    """A01: so is a secret."""
    with pytest.raises(ConfigError, match=fact) as raised:
        read_trust(APPROVERS.encode(), codes.encode())
    assert raised.value.file == "codes.toml"
    if "one secret" not in fact:
        assert raised.value.line == line


def test_abuse_09_a_key_enrolled_for_one_person_can_not_be_enrolled_for_another() -> None:
    """A01: a key is one natural person's."""
    trust = Trust("localhost", (ORIGIN,)).with_passkey(BEA, passkey())
    with pytest.raises(ConfigError, match="enrolled twice"):
        trust.with_passkey(DAN, passkey())
    with pytest.raises(ConfigError, match="enrolled twice"):
        trust.with_passkey(DAN, passkey(credential_id=b"other"))
    with pytest.raises(ConfigError, match="one secret"):
        trust.with_code(BEA, SECRET).with_code(DAN, SECRET)


def test_the_digest_covers_the_public_part_and_nothing_of_the_layout() -> None:
    trust = read_trust(APPROVERS.encode(), CODES.encode())
    spaced = read_trust(APPROVERS.replace(" = ", "  =  ").encode())
    assert trust.digest() == spaced.digest()
    assert len(trust.digest()) == 32
    assert trust.digest() != trust.without_passkey(DAN, b"\6\7\x08").digest()
    assert trust.digest() != replace(trust, origins=("https://localhost:9443",)).digest()
    assert SECRET not in repr(trust)


def test_a_key_taken_away_is_gone_and_others_stay() -> None:
    later = passkey(2, enrolled_at=NOW + timedelta(days=1))
    trust = Trust("localhost", (ORIGIN,)).with_passkey(BEA, passkey()).with_passkey(BEA, later)
    without = trust.without_passkey(BEA, b"\1")
    assert without.passkeys == {BEA: (later,)}
    assert without.without_passkey(BEA, b"\2").passkeys == {}
    assert without.without_passkey(PersonId("nobody"), b"\2") == without
    assert passkey().fingerprint().startswith("SHA256:")


def test_a_subdomain_of_the_relying_party_may_ask() -> None:
    origin = "https://console.plant.example"
    trust = replace(Trust("plant.example", (origin,)))
    assert read_trust(write_approvers(trust)).origins == (origin,)


def test_nothing_in_the_written_codes_is_public() -> None:
    trust = read_trust(APPROVERS.encode(), CODES.encode())
    assert SECRET.encode() in write_codes(trust)
    assert SECRET.encode() not in write_approvers(trust)


def signing_key(letter: str = "A") -> SigningKey:
    return SigningKey(f"ssh-ed25519 {letter * 68}", "desk", NOW, "local:root")


def test_signing_keys_are_part_of_the_trust_and_of_its_digest() -> None:
    bare = Desk().enrol(BEA).trust
    trust = bare.with_signing_key(BEA, signing_key()).with_signing_key(DAN, signing_key("B"))
    assert trust.digest() != bare.digest()
    assert read_trust(write_approvers(trust)).signing_keys == trust.signing_keys
    assert read_trust(write_approvers(trust)).digest() == trust.digest()
    left = trust.without_signing_key(BEA, signing_key().fingerprint())
    assert left.signing_keys == {DAN: (signing_key("B"),)}
    assert left.without_signing_key(DAN, signing_key("B").fingerprint()).digest() == bare.digest()


def test_one_signing_key_makes_nobody_two() -> None:
    trust = Desk().trust.with_signing_key(BEA, signing_key())
    with pytest.raises(ConfigError, match="twice"):
        trust.with_signing_key(DAN, signing_key())


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-ed25519 AAAA comment", "ssh-ed25519 %%%%"])
def test_a_signing_key_that_is_no_key_is_a_fault(key: str) -> None:
    text = (
        APPROVERS
        + f"""
[[signing_keys]]
person = "bea"
key = "{key}"
label = "desk"
enrolled_at = "2026-03-02T08:00:00Z"
enrolled_by = "eve"
"""
    )
    with pytest.raises(ConfigError, match="public key"):
        read_trust(text.encode())
