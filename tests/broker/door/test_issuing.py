"""Issuing certificates: for the key that signed in and for a browser's, once, for who may, and with a leaf each."""

import secrets
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import asyncssh
import pytest

from approvals.proofs.webauthn import assertion_options, proof_of
from broker.certificate_statement import CertificateStatement
from broker.door.issuing import ASKED, GOOD_FOR, MOST_OF_PERSON, WRONG, Issuing, challenge_of, own_address
from domain.access import ConnectionMethod, Grant, PassageKind
from domain.errors import DecisionError, EvidenceError, ProofError
from domain.ids import PersonId
from domain.permit import PermitState
from domain.plant import Endpoint, Protocol
from domain.proof import PasskeyProof
from domain.window import TimeWindow
from tests.approvals.authenticator import Authenticator
from tests.broker.door.test_browser_sign_ins import passkey_of
from tests.clock import FrozenClock
from tests.for_each import for_each
from tests.peers.gate import ORIGIN, PeerGate

ANA, BEN, HERE, BROWSER = PersonId("ana"), PersonId("ben"), "127.0.0.1", "127.0.0.9"


def issuing_of(gate: PeerGate) -> Issuing:
    found = gate.door._house.parts.certificates
    assert isinstance(found, Issuing)
    return found


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key("openssh").decode().strip()


def browser_key() -> str:
    return public(asyncssh.generate_private_key("ssh-ed25519"))


def enrolled(gate: PeerGate, person: PersonId = ANA) -> Authenticator:
    """A passkey of theirs, who has a key and codes besides."""
    gate.person(person)
    device = Authenticator(ORIGIN)
    gate.trust = gate.trust.with_passkey(person, passkey_of(device))
    return device


def signature(gate: PeerGate, device: Authenticator, statement: CertificateStatement) -> PasskeyProof:
    nonce = secrets.token_bytes(32)
    return proof_of(device.get(assertion_options(gate.trust, (), challenge_of(statement, nonce))), nonce)


def for_browser(gate: PeerGate, person: PersonId = ANA) -> str:
    gate.place("plc-07", Endpoint(Protocol.SSH, ip_address("127.0.0.1"), 22))
    return gate.permit(person, "plc-07", method=ConnectionMethod.BROWSER)


def told(gate: PeerGate, kind: str) -> list[str]:
    found = [one for one in gate.leaves.events if type(one).__name__ == kind]
    return [getattr(one, "code", getattr(one, "factor", "")) for one in found]


async def test_a_browsers_key_is_certified_by_a_passkey_once_and_told(gate: PeerGate) -> None:
    device, permit, issuing = enrolled(gate), for_browser(gate), issuing_of(gate)
    line = browser_key()
    statement = await issuing.draw_certificate(ANA, permit, line, BROWSER)
    assert (statement.person, statement.permit, statement.browser) == (ANA, permit, BROWSER)
    proof = signature(gate, device, statement)
    made = asyncssh.import_certificate(await issuing.certify(ANA, statement.drawn, proof))
    assert made.key.get_fingerprint() == asyncssh.import_public_key(line).get_fingerprint() == statement.key
    assert made.principals == [f"permit-{permit}"]
    (leaf,) = await gate.seen("CertificateIssued")
    assert (leaf.door, leaf.person, leaf.permit, leaf.key) == ("browser", ANA, permit, statement.key)
    assert (leaf.factor, leaf.source, leaf.ends - leaf.begins) == (
        "passkey",
        BROWSER,
        timedelta(minutes=15),
    )
    with pytest.raises(DecisionError, match="waits no longer"):
        await issuing.certify(ANA, statement.drawn, proof)
    again = await issuing.draw_certificate(ANA, permit, line, BROWSER)
    with pytest.raises(ProofError):  # what was signed was another statement
        await issuing.certify(ANA, again.drawn, proof)


async def test_a_permit_for_the_ports_of_an_asset_is_certified_like_one_for_a_shell(gate: PeerGate) -> None:
    enrolled(gate)
    gate.place("plc-07", Endpoint(Protocol.VNC, ip_address("127.0.0.1"), 5900))
    grants = frozenset({Grant(PassageKind.FORWARD)})
    permit = gate.permit(ANA, "plc-07", grants=grants, method=ConnectionMethod.BROWSER)
    statement = await issuing_of(gate).draw_certificate(ANA, permit, browser_key(), BROWSER)
    assert statement.permit == permit
    gate.place("plc-07", Endpoint(Protocol.SSH, ip_address("127.0.0.1"), 22))
    with pytest.raises(DecisionError) as told_why:
        await issuing_of(gate).draw_certificate(ANA, permit, browser_key(), BROWSER)
    assert told_why.value.code == "port_not_registered"


async def test_only_its_persons_own_signature_over_that_very_key_counts(gate: PeerGate) -> None:
    device, other, permit, issuing = enrolled(gate), enrolled(gate, BEN), for_browser(gate), issuing_of(gate)
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(ProofError):
        await issuing.certify(ANA, statement.drawn, signature(gate, other, statement))
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(DecisionError, match="waits no longer"):
        await issuing.certify(BEN, statement.drawn, signature(gate, other, statement))
    first = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    second = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(ProofError):
        await issuing.certify(ANA, second.drawn, signature(gate, device, first))
    assert told(gate, "CertificateIssued") == []
    assert len(told(gate, "CertificateRefused")) == 2


async def test_a_code_counts_where_the_conduit_takes_one_for_this_statement_alone(gate: PeerGate) -> None:
    gate.person("ana")
    permit, issuing = for_browser(gate), issuing_of(gate)
    code = gate.code("ana")
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    asyncssh.import_certificate(await issuing.certify(ANA, statement.drawn, code))
    assert told(gate, "CertificateIssued") == ["code"]
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(ProofError, match="used already") as used:
        await issuing.certify(ANA, statement.drawn, code)
    assert used.value.code == "used_code"
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(ProofError, match="not right"):
        await issuing.certify(ANA, statement.drawn, "000000")
    gate.refuse_codes()
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    with pytest.raises(ProofError, match="takes no one-time code"):
        await issuing.certify(ANA, statement.drawn, gate.code("ana"))


async def test_a_statement_is_good_for_five_minutes(gate: PeerGate) -> None:
    device, permit, issuing = enrolled(gate), for_browser(gate), issuing_of(gate)
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), BROWSER)
    late = FrozenClock(statement.at + GOOD_FOR)
    issuing._clock = late
    with pytest.raises(DecisionError, match="waits no longer"):
        await issuing.certify(ANA, statement.drawn, signature(gate, device, statement))


async def test_a_permit_for_the_other_way_is_refused_both_ways(gate: PeerGate) -> None:
    """B05: how somebody connects is part of what was approved."""
    gate.person("ana")
    issuing, browser = issuing_of(gate), for_browser(gate)
    with pytest.raises(DecisionError) as no:
        await issuing.draw_certificate(ANA, gate.permit("ana", "plc-07"), browser_key(), HERE)
    assert no.value.code in {"tool_not_in_permit", "method_not_in_permit"}
    key = gate.plant.charter.people[ANA].ssh_keys[0]
    shown = asyncssh.import_public_key(key).get_fingerprint()
    with pytest.raises(DecisionError) as no:
        await issuing.of_own_key(
            ANA, browser, key=shown, factor="code", source=HERE, client="SSH-2.0-OpenSSH_9.2"
        )
    assert no.value.code in {"tool_not_in_permit", "method_not_in_permit"}
    assert len(told(gate, "CertificateRefused")) == 2


@for_each(
    ("state", "code"),
    [
        (PermitState.REQUESTED, "waiting_for_approval"),
        (PermitState.REVOKED, "permit_revoked"),
        (PermitState.COMPLETED, "permit_completed"),
    ],
)
async def test_what_would_not_let_through_now_is_not_certified(
    gate: PeerGate, state: PermitState, code: str
) -> None:
    gate.person("ana")
    permit = for_browser(gate)
    gate.plant.move(permit, state)
    with pytest.raises(DecisionError) as no:
        await issuing_of(gate).draw_certificate(ANA, permit, browser_key(), HERE)
    assert no.value.code == code
    assert no.value.remedy
    assert told(gate, "CertificateRefused")[-1] == code


async def test_a_permit_whose_window_is_over_is_refused_as_at_the_door(gate: PeerGate) -> None:
    """One decision for every door: it says that the time is over, not that there is no such permit."""
    gate.person("ana")
    permit = for_browser(gate)
    filed = gate.plant.filed[permit]
    over = replace(
        filed.permit,
        window=TimeWindow(filed.permit.window.start, gate.plant.clock.now().replace(microsecond=0)),
    )
    gate.plant.filed[permit] = replace(filed, permit=over)
    with pytest.raises(DecisionError) as no:
        await issuing_of(gate).draw_certificate(ANA, permit, browser_key(), HERE)
    assert no.value.code == "window_over"
    assert told(gate, "CertificateRefused") == ["window_over"]


async def test_somebody_elses_permit_and_somebodys_own_key_are_refused(gate: PeerGate) -> None:
    ana, _ben = gate.person("ana"), gate.person("ben")
    permit, issuing = for_browser(gate), issuing_of(gate)
    with pytest.raises(DecisionError, match="no such permit"):
        await issuing.draw_certificate(BEN, permit, browser_key(), HERE)
    with pytest.raises(DecisionError, match="Ed25519"):
        await issuing.draw_certificate(ANA, permit, public(asyncssh.read_private_key(ana.key)), HERE)
    for line in (public(asyncssh.generate_private_key("ecdsa-sha2-nistp256")), "no key"):
        with pytest.raises(DecisionError, match="Ed25519"):
            await issuing.draw_certificate(ANA, permit, line, HERE)


async def test_without_its_leaf_nothing_is_issued(gate: PeerGate) -> None:
    device, permit, issuing = enrolled(gate), for_browser(gate), issuing_of(gate)
    statement = await issuing.draw_certificate(ANA, permit, browser_key(), HERE)
    proof = signature(gate, device, statement)
    gate.leaves.down = True
    with pytest.raises(EvidenceError):
        await issuing.certify(ANA, statement.drawn, proof)


async def test_who_tries_too_often_waits(gate: PeerGate) -> None:
    """A10: wrong signatures and codes are limited by person; so are certificates, each of which leaves a leaf."""
    gate.person("ana")
    permit, issuing = for_browser(gate), issuing_of(gate)
    for _ in range(WRONG.free):
        statement = await issuing.draw_certificate(ANA, permit, browser_key(), HERE)
        with pytest.raises(ProofError):
            await issuing.certify(ANA, statement.drawn, "000000")
    with pytest.raises(DecisionError, match="too often"):
        await issuing.draw_certificate(ANA, permit, browser_key(), HERE)
    (locked,) = await gate.seen("SignInLocked")
    assert (locked.subject, locked.door) == ("person:ana", "browser")
    issuing._wrong.succeeded(ANA)
    for _ in range(MOST_OF_PERSON):
        await issuing.draw_certificate(ANA, permit, browser_key(), HERE)
    with pytest.raises(DecisionError, match="too often"):
        await issuing.draw_certificate(ANA, permit, browser_key(), HERE)
    before = len(told(gate, "CertificateRefused"))
    for _ in range(ASKED.free):
        with pytest.raises(DecisionError):
            await issuing.draw_certificate(BEN, permit, browser_key(), HERE)
    assert len(told(gate, "CertificateRefused")) - before <= ASKED.free
    with pytest.raises(DecisionError, match="too often"):
        await issuing.draw_certificate(BEN, permit, browser_key(), HERE)


@for_each(
    ("host", "found"),
    [("192.0.2.1", ("192.0.2.1/32",)), ("0.0.0.0", ()), ("::", ()), ("gate.example", ()), ("2001:db8::1", ("2001:db8::1/128",))],
)  # fmt: skip
def test_the_console_comes_from_the_address_that_the_gate_listens_on(
    host: str, found: tuple[str, ...]
) -> None:
    assert own_address(host) == found
