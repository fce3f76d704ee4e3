"""A vendor's stock ssh with a certificate in place of a code; and certificates, made by ssh-keygen, that must not count."""

import secrets
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from broker.door.certificates import Way, drawn_up
from broker.door.limits import PERSONS
from domain.access import ConnectionMethod
from domain.ids import PermitId, PersonId
from domain.permit import PermitState
from policies.tools import BROWSER_CLIENT
from tests.openssh import Client, Result
from tests.peers.gate import PeerGate, with_changes
from tests.peers.guests import enter
from tests.programs import program
from tests.sshd import Sshd

ANA = PersonId("ana")


@dataclass(slots=True)
class Bearer:
    """Ana, with a permit and whatever lies beside her key as its certificate."""

    gate: PeerGate
    client: Client
    permit: PermitId

    @property
    def user(self) -> str:
        return f"permit-{self.permit}"

    @property
    def file(self) -> Path:
        return Path(f"{self.client.key}-cert.pub")

    async def given(self) -> None:
        """Have the lobby certify the key."""
        told = await self.client.ssh("ana", "certificate", self.permit)
        assert (told.status, told.complaint) == (0, ""), told.complaint
        self.file.write_bytes(told.out)

    async def ssh(self, *arguments: str, user: str = "") -> Result:
        """Connect with the certificate alone: no code is drawn."""
        client = replace(self.client, code=lambda: "")
        return await client.ssh(
            user or self.user, *arguments, options=["-o", "PreferredAuthentications=publickey"]
        )

    def key_id(self) -> str:
        filed = self.gate.plant.filed[self.permit].permit
        now = self.gate.plant.clock.now()
        return drawn_up(filed, Way.OWN_KEY, "code", "127.0.0.1", now).key_id

    def forge(self, *more: str, authority: asyncssh.SSHKey | None = None) -> None:
        """What ssh-keygen makes of the key, in the gate's own form but for what is said here."""
        signer = self.client.folder / f"authority-{secrets.token_hex(4)}"
        signer.write_bytes((authority or self.gate.authority).export_private_key("openssh"))
        signer.chmod(0o600)
        public = Path(f"{self.client.key}.pub")
        public.write_bytes(asyncssh.read_private_key(self.client.key).export_public_key("openssh"))
        usual = ["-I", self.key_id(), "-n", self.user, "-V", "-1m:+1h", "-O", "clear", "-O", "permit-pty"]
        usual += (
            [] if "-O" in more and "source-address" in more[-1] else ["-O", "source-address=127.0.0.1/32"]
        )
        line = [program("ssh-keygen"), "-q", "-s", str(signer), *usual, *more, str(public)]
        subprocess.run(line, check=True, capture_output=True)


@pytest.fixture
def ana(gate: PeerGate, asset: Sshd) -> Bearer:
    return Bearer(gate, gate.person("ana"), gate.permit("ana", "eng-ws-1"))


async def test_with_a_certificate_no_code_is_asked_for_and_all_is_recorded_as_ever(
    gate: PeerGate, asset: Sshd, ana: Bearer
) -> None:
    """A08: a certificate's authority, principal, address and times are checked at each connection."""
    await ana.given()
    told = subprocess.run(
        [program("ssh-keygen"), "-L", "-f", ana.file], capture_output=True, text=True, check=True
    ).stdout
    assert f"Signing CA: ED25519 {gate.authority.get_fingerprint()}" in told
    for _ in range(2):  # as often as one likes, until it ends
        result = await ana.ssh("echo through")
        assert (result.status, result.out) == (0, b"through\n"), result.complaint
    (issued,) = await gate.seen("CertificateIssued")
    assert (issued.door, issued.person, issued.factor, issued.source) == ("ssh", "ana", "code", "127.0.0.1")
    entered = (await gate.seen("SignedIn", 3))[1:]
    assert {(one.factors, one.certificate) for one in entered} == {(("certificate", "code"), issued.serial)}
    assert [one.permit for one in await gate.seen("SessionOpened", 2)] == [ana.permit] * 2


async def test_it_is_good_for_its_own_user_name_and_no_other(
    gate: PeerGate, asset: Sshd, ana: Bearer
) -> None:
    await ana.given()
    for user in ("ana", "ana+eng-ws-1", f"permit-{'b' * 26}"):
        no = await ana.ssh("permits", user=user)
        assert (no.status, no.out) == (255, b"")
    told = [one.code for one in await gate.seen("SignInFailed", 3)]
    # Where no permit is named, a certificate is not even asked for once the key is known.
    assert told == ["no_code", "no_code", "certificate_for_another_permit"]


WRONG = [
    ("expired", ["-V", "-2h:-1h"], "certificate_over"),
    ("not yet valid", ["-V", "+1h:+2h"], "certificate_too_early"),
    ("for ever", ["-V", "always:forever"], "certificate_unreadable"),
    ("another principal", ["-n", "ana"], "certificate_unreadable"),
    ("two principals", ["-n", "permit-x,ana"], "certificate_unreadable"),
    ("another key id", ["-I", "penstock"], "certificate_unreadable"),
    ("a forced command", ["-O", "force-command=id"], "certificate_unreadable"),
    ("an agent", ["-O", "permit-agent-forwarding"], "certificate_unreadable"),
    ("unknown option", ["-O", "critical:unheard@of.example=1"], "certificate_unreadable"),
    ("another address", ["-O", "source-address=192.0.2.0/24"], "certificate_from_elsewhere"),
]


async def test_a_certificate_that_is_not_just_so_lets_nobody_in(gate: PeerGate, ana: Bearer) -> None:
    """A08: expired, not yet valid, for a host, for others, with what is not known: each refused, each with its code."""
    ana.forge()
    assert (
        await ana.ssh("echo through")
    ).out == b"through\n"  # the form is right, so what follows is about one thing
    for about, more, code in WRONG:
        ana.forge(*more)
        result = await ana.ssh("echo through")
        assert (result.status, result.out) == (255, b""), about
        assert f"penstock: refused [{code}]: " in result.complaint, about
        assert "What to do: " in result.complaint
    key = asyncssh.read_private_key(ana.client.key)
    for made in (  # which ssh(1) would not offer, or ssh-keygen(1) would not make
        gate.authority.generate_host_certificate(key, ana.key_id(), principals=[ana.user]),
        gate.authority.generate_user_certificate(key, ana.key_id(), source_address=["127.0.0.1/32"]),
    ):
        with pytest.raises(asyncssh.PermissionDenied):
            await enter(gate, ana.user, asyncssh.load_keypairs([(key, made)])[:1], "000000")  # type: ignore[arg-type]
    told = [one.code for one in await gate.seen("SignInFailed", len(WRONG) + 2)]
    assert told == [*(one[2] for one in WRONG), "certificate_not_a_persons", "certificate_unreadable"]
    assert len(await gate.seen("SignedIn")) == 1


async def test_a_certificate_of_another_authority_lets_nobody_in(gate: PeerGate, ana: Bearer) -> None:
    """A08: a wrong authority, the gate's own host authority's key included."""
    for authority in (
        asyncssh.generate_private_key("ssh-ed25519"),
        asyncssh.read_private_key(ana.client.key),  # certified by itself
        gate.door._house.jumps.authority,  # type: ignore[union-attr]
    ):
        ana.forge(authority=authority)
        result = await ana.ssh("echo through")
        assert (result.status, result.out) == (255, b"")
        assert "refused [certificate_of_another_authority]" in result.complaint
    assert [one.code for one in await gate.seen("SignInFailed", 3)] == [
        "certificate_of_another_authority"
    ] * 3


async def test_it_is_worth_as_much_as_person_key_and_permit_are_now(
    gate: PeerGate, asset: Sshd, ana: Bearer
) -> None:
    """A08: revoked permit, changed key, person out of the charter: looked at each time, and refused with a code each."""
    await ana.given()
    charter = gate.plant.charter
    me = charter.people[ANA]

    async def refused(code: str) -> None:
        result = await ana.ssh("echo through")
        assert (result.status, result.out) == (255, b"")
        assert f"refused [{code}]" in result.complaint

    gate.plant.charter = with_changes(charter, people={**charter.people, ANA: replace(me, ssh_keys=())})
    await refused("certificate_of_nobody")
    gate.plant.charter = with_changes(
        charter, people={one: who for one, who in charter.people.items() if one != ANA}
    )
    await refused("certificate_of_nobody")
    gate.plant.charter = charter
    for _ in range(PERSONS.free):
        gate.door._house.persons.failed(ANA, gate.plant.clock.boottime_s())
    await refused("certificate_held_back")
    gate.door.lift("person:ana")
    assert (await ana.ssh("echo through")).out == b"through\n"
    gate.plant.move(ana.permit, PermitState.REVOKED)
    await refused("certificate_permit_over")
    gate.plant.move(ana.permit, PermitState.APPROVED)
    gate.plant.faults = ("recorder",)
    result = await ana.ssh("echo through")  # let in, and what is asked for is decided as ever
    assert (result.status, result.out) == (77, b"")


async def test_a_certificate_of_somebody_elses_key_is_nobodys(gate: PeerGate, ana: Bearer) -> None:
    """Principal confusion: that the certificate says ana does not make ben's key hers."""
    ben = gate.person("ben")
    ana.client.key.write_bytes(ben.key.read_bytes())
    ana.forge()
    result = await ana.ssh("echo through")
    assert (result.status, result.out) == (255, b"")
    assert "refused [certificate_of_nobody]" in result.complaint


async def test_a_certificate_that_is_offered_and_not_proved_is_worth_nothing(
    gate: PeerGate, ana: Bearer
) -> None:
    """CVE-2024-45337's kin: it is public; only who signs with its key is let in, whatever else they can sign with."""
    ana.forge()
    certificate = asyncssh.read_certificate(ana.file)
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    pair = asyncssh.load_keypairs([(asyncssh.read_private_key(ana.client.key), certificate)])[0]
    pair._key = stranger  # type: ignore[attr-defined]  # signs with what it has, and shows what it stole
    with pytest.raises(asyncssh.PermissionDenied):
        await enter(gate, ana.user, [pair], "000000")  # type: ignore[list-item]
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignedIn"]


async def test_who_came_by_certificate_or_unlocked_gets_no_other(gate: PeerGate, ana: Bearer) -> None:
    no = await ana.client.ssh("ana", "certificate", "b" * 26)
    assert (no.status, no.out) == (77, b"")
    assert "refused [no_permit]" in no.complaint
    assert (await ana.client.ssh("ana", "unlock", "5")).status == 0
    client = replace(ana.client, code=lambda: "")
    no = await client.ssh(
        "ana", "certificate", ana.permit, options=["-o", "PreferredAuthentications=publickey"]
    )
    assert no.status == 77
    assert "refused [not_attended]" in no.complaint
    assert [one.code for one in await gate.seen("CertificateRefused", 2)] == ["no_permit", "not_attended"]


async def test_the_console_comes_in_a_browsers_name_and_the_evidence_has_the_browsers_address(
    gate: PeerGate, asset: Sshd
) -> None:
    """B05: a permit for the browser is used from the browser's address, by the console's own client, and by no other key."""
    gate.person("ana")
    permit = gate.permit("ana", "eng-ws-1", method=ConnectionMethod.BROWSER)
    key = asyncssh.generate_private_key("ssh-ed25519")
    issuing = gate.door._house.parts.certificates
    line = key.export_public_key("openssh").decode()
    statement = await issuing.draw_certificate(ANA, permit, line, "127.0.0.9")  # type: ignore[union-attr]
    made = await issuing.certify(ANA, statement.drawn, gate.code("ana"))  # type: ignore[union-attr]
    pair = (key, asyncssh.import_certificate(made))
    async with await enter(gate, f"permit-{permit}", [pair], "", client_version=BROWSER_CLIENT) as console:  # type: ignore[list-item]
        assert (await console.run("echo through")).stdout == "through\n"
        assert not gate.door.strangers()
    (entered,) = await gate.seen("SignedIn")
    assert (entered.factors, entered.source) == (("certificate", "code"), "127.0.0.9")
    (opened,) = await gate.seen("SessionOpened")
    assert (opened.source, opened.permit) == ("127.0.0.9", permit)
    assert {one.method for one in gate.plant.asked} == {ConnectionMethod.BROWSER}
    async with await enter(gate, f"permit-{permit}", [pair], "") as other:  # type: ignore[list-item]
        assert (
            await other.run("echo through")
        ).exit_status == 77  # another client, with the same certificate
