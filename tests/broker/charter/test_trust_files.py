"""The trust file on disk: read again when it changed, written whole or not at all."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from approvals.trust import Passkey, Trust, read_trust, write_approvers, write_codes
from broker.charter.trust_files import (
    TrustFiles,
    enrol_code,
    enrol_passkey,
    past_trust,
    past_versions,
    remove_passkey,
)
from broker.layout import Layout
from domain.errors import ConfigError
from domain.ids import PersonId

MIA = PersonId("mia")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.approvers.parent.mkdir()
    layout.approvers.write_bytes(write_approvers(Trust("localhost", ("https://localhost:8443",))))
    layout.codes.write_bytes(write_codes(Trust("localhost", ("https://localhost:8443",))))
    return layout


def passkey(number: int = 1) -> Passkey:
    import cbor2  # noqa: PLC0415

    public = generate_private_key(SECP256R1()).public_key().public_numbers()
    cose = cbor2.dumps(
        {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
    )
    return Passkey(
        credential_id=bytes([number]) * 16,
        public_key=cose,
        label="phone",
        enrolled_at=datetime(2026, 3, 1, tzinfo=UTC),
        enrolled_by="local:otto",
        backup_eligible=False,
    )


def test_an_enrolled_key_counts_at_once_in_a_process_that_already_runs(layout: Layout) -> None:
    trust = TrustFiles(layout, with_codes=False)
    assert trust().passkeys == {}
    key = passkey()
    enrol_passkey(layout, MIA, key)
    assert trust().passkey(MIA, key.credential_id) == key


def test_a_removed_key_counts_no_more(layout: Layout) -> None:
    trust = TrustFiles(layout, with_codes=False)
    key = passkey()
    enrol_passkey(layout, MIA, key)
    assert trust().passkeys
    remove_passkey(layout, MIA, key.credential_id)
    assert trust().passkey(MIA, key.credential_id) is None


def test_only_who_asks_for_it_reads_the_secret_half(layout: Layout) -> None:
    enrol_code(layout, MIA, SECRET)
    assert TrustFiles(layout, with_codes=False)().codes == {}
    assert TrustFiles(layout, with_codes=True)().codes == {MIA: SECRET}


def test_the_secret_half_is_for_its_owner_alone(layout: Layout) -> None:
    enrol_code(layout, MIA, SECRET)
    assert stat.S_IMODE(layout.codes.stat().st_mode) == 0o600
    assert not list(layout.codes.parent.glob("*.new"))


def test_a_trust_file_that_is_gone_trusts_nobody(layout: Layout) -> None:
    trust = TrustFiles(layout, with_codes=False)
    assert trust() is not None
    layout.approvers.unlink()
    with pytest.raises(ConfigError, match="can't be read"):
        trust()


def test_a_damaged_trust_file_is_an_error_and_not_an_empty_one(layout: Layout) -> None:
    trust = TrustFiles(layout, with_codes=False)
    layout.approvers.write_text("schema = ")
    with pytest.raises(ConfigError):
        trust()


def test_every_version_stays_so_that_old_evidence_is_judged_by_what_held_then(layout: Layout) -> None:
    first, second = passkey(1), passkey(2)
    enrol_passkey(layout, MIA, first)
    remove_passkey(layout, MIA, first.credential_id)
    enrol_passkey(layout, MIA, second)
    now, *kept = (read_trust(version) for version in past_versions(layout))
    assert now.passkey(MIA, first.credential_id) is None
    assert any(one.passkey(MIA, first.credential_id) == first for one in kept)
    assert len({one.digest() for one in kept}) == 3


def test_a_past_version_is_found_under_its_digest_and_only_if_it_is_that(layout: Layout) -> None:
    first = enrol_passkey(layout, MIA, passkey(1))
    remove_passkey(layout, MIA, passkey(1).credential_id)
    kept = past_trust(layout, first.digest().hex())
    assert kept is not None
    assert kept.passkeys[MIA] == first.passkeys[MIA]
    assert past_trust(layout, "00" * 32) is None
    assert past_trust(layout, "../approvers") is None
    other = layout.past_trust / f"{'11' * 32}.toml"
    other.write_bytes(layout.approvers.read_bytes())
    assert past_trust(layout, "11" * 32) is None
    other.write_bytes(b"not a trust file")
    assert past_trust(layout, "11" * 32) is None
