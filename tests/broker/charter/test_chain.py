"""A signature counts when it is that person's, over that proposal; a step when everybody needed gave one."""

from dataclasses import replace
from pathlib import Path

import pytest

from approvals.trust import Passkey
from broker.charter import store
from broker.charter.chain import NAMESPACE, leaf_of, newest_leaf, signer_of, trusts, verify_step
from broker.charter.chain import Version as Applied
from broker.charter.trust_files import enrol_passkey
from domain.errors import ConfigError, ProofError
from domain.proof import proof_document
from policies.charter.application import Application, Signature
from policies.charter.change import compare
from policies.charter.documents import read_charter
from tests.approvals.authenticator import Authenticator
from tests.broker.chartered import LONGER, OLGA, PETRA, Chartered

ORIGIN = "https://localhost:8443"


@pytest.fixture
def plant(tmp_path: Path) -> Chartered:
    plant = Chartered(tmp_path)
    plant.begin()
    plant.edit(*LONGER)
    return plant


def passkey(plant: Chartered) -> Authenticator:
    device = Authenticator(ORIGIN)
    key = Passkey(
        device.credential_id, device.public_key(), "phone", plant.now, "olga", backup_eligible=False
    )
    enrol_passkey(plant.layout, PETRA, key)
    return device


def asserted(device: Authenticator, challenge: bytes, nonce: bytes) -> Signature:
    from approvals.proofs.webauthn import proof_of  # noqa: PLC0415 - only here

    return Signature(
        PETRA, "passkey", dict(proof_document(proof_of(device.sign(challenge), nonce))["fields"])
    )


def test_a_passkey_signs_the_proposal_s_digest_behind_a_nonce(plant: Chartered) -> None:
    device, proposed = passkey(plant), plant.propose()
    nonce = bytes(range(32))
    signature = asserted(device, nonce + proposed.proposal.digest(), nonce)
    assert signer_of(signature, proposed.proposal, plant.trust()) == PETRA
    other = replace(proposed.proposal, reason="Another")
    with pytest.raises(ProofError, match="something else"):
        signer_of(signature, other, plant.trust())
    with pytest.raises(ProofError, match="not enrolled"):
        signer_of(replace(signature, person=OLGA), proposed.proposal, plant.trust())


def test_a_passkey_s_signature_without_its_parts_is_none(plant: Chartered) -> None:
    proposed = plant.propose()
    with pytest.raises(ProofError, match="not a proof"):
        signer_of(Signature(PETRA, "passkey", {}), proposed.proposal, plant.trust())
    device = passkey(plant)
    with pytest.raises(ProofError, match="short"):
        signer_of(asserted(device, proposed.proposal.digest(), b""), proposed.proposal, plant.trust())


def test_an_ssh_signature_is_the_person_s_own(plant: Chartered) -> None:
    plant.enrol(OLGA)
    proposed = plant.propose()
    signature = plant.signature(proposed, PETRA)
    assert signer_of(signature, proposed.proposal, plant.trust()) == PETRA
    with pytest.raises(ProofError, match="not enrolled"):
        signer_of(replace(signature, person=OLGA), proposed.proposal, plant.trust())
    with pytest.raises(ProofError):
        signer_of(Signature(PETRA, "sshsig", {}), proposed.proposal, plant.trust())
    assert NAMESPACE == "penstock-charter@penstock"


def test_a_past_version_of_the_trust_file_is_found_by_its_digest(plant: Chartered) -> None:
    before = plant.trust().digest().hex()
    plant.enrol(OLGA)
    named = trusts(plant.layout, plant.trust)
    assert named(before).digest().hex() == before
    assert named(plant.trust().digest().hex()) == plant.trust()
    with pytest.raises(ConfigError, match="not kept"):
        named("00" * 32)


def test_the_newest_leaf_names_the_application(plant: Chartered) -> None:
    application = plant.apply(PETRA)
    assert newest_leaf(plant.log_reader()) == (2, application.digest().hex(), plant.log.size - 1)


def test_the_leaf_tells_what_relaxes_first_and_stays_short(plant: Chartered) -> None:
    application = plant.apply(PETRA)
    before = store.version(plant.layout, application.proposal.previous)
    files = plant.layout.charter_files()
    many = files["conduits.toml"].decode()
    files["conduits.toml"] = many.replace('longest_window = "8h"', 'longest_window = "1h"').encode()
    after = read_charter(files)
    leaf = leaf_of(before, Applied(application, after))
    assert [one.split(":")[0] for one in leaf.changes] == ["relaxing", "tightening"]
    assert len(leaf.changes) == len(compare(before, after))


def test_a_step_that_renames_a_holder_in_place_is_none_whoever_signed_it(plant: Chartered) -> None:
    """J03: asked of every step, so that another desk than ours gains nothing."""
    before = plant.desk().in_force()
    proposed = plant.propose()
    signed = plant.desk().sign(proposed, plant.signature(proposed, PETRA))
    application = Application(signed.proposal, plant.now, "local:root", "", signed.signatures)
    assert before is not None
    heirs = tuple(replace(one, holder=OLGA) for one in before.register)
    other = replace(proposed.charter(), holdings=heirs)
    with pytest.raises(ConfigError, match="would pass to olga"):
        verify_step(before, other, application, plant.trust(), "applied")


def test_a_relaxing_step_whose_signers_were_shown_no_impact_is_none(plant: Chartered) -> None:
    """S-46: asked by the gate too, so that another desk than ours gains nothing."""
    before = plant.desk().in_force()
    proposed = plant.propose()
    blind = replace(proposed, proposal=replace(proposed.proposal, impact=b""))
    signature = plant.signature(blind, PETRA)
    application = Application(blind.proposal, plant.now, "local:root", "", (signature,))
    with pytest.raises(ConfigError, match="not shown what it would change"):
        verify_step(before, proposed.charter(), application, plant.trust(), "applied")
