"""Who gets in, and who does not (PEERS.md section 11, B; SECURITY.md section 3, cases 13 to 17)."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import asyncssh
import pyotp
import pytest

from broker.door.limits import GRACE_S, PERSONS, TRIES_PER_CONNECTION
from broker.people.factors import STEP_S
from domain.ids import PersonId
from tests.peers.gate import PeerGate
from tests.peers.guests import Guest, enter, reading
from tests.programs import program
from tests.sshd import Sshd

KINDS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]


@pytest.mark.parametrize("kind", KINDS)
async def test_peer_t21_a_key_of_every_common_kind_gets_in(gate: PeerGate, kind: str) -> None:
    client = gate.person("ana", key_type=kind)
    result = await client.ssh("ana", "help")
    assert (result.status, result.out.splitlines()[0][:7]) == (0, b"permits")
    entered = (await gate.seen("SignedIn"))[0]
    assert (entered.person, entered.factors, entered.source) == ("ana", ("publickey", "code"), "127.0.0.1")


async def test_peer_t21_a_wrong_key_is_refused_as_an_unknown_person_is(gate: PeerGate) -> None:
    stranger = gate.person("ana", enrolled=False)
    gate.person("ana")
    known = await stranger.ssh("ana", "help")
    unknown = await stranger.ssh("nobody", "help")
    assert known.status == unknown.status == 255
    assert known.complaint.replace("ana@", "X@") == unknown.complaint.replace("nobody@", "X@")
    failed = await gate.seen("SignInFailed", 2)
    assert [one.claimed for one in failed] == ["ana", "nobody"]
    assert {one.code for one in failed} == {"unknown_key"}


async def test_peer_t22_a_password_is_never_asked_for(gate: PeerGate) -> None:
    client = gate.person("ana")
    result = await client.ssh("ana", "help", options=["-o", "PreferredAuthentications=password"])
    assert result.status == 255
    assert "Permission denied (publickey)" in result.complaint


async def test_peer_t23_a_wrong_code_and_a_used_code_are_refused(gate: PeerGate) -> None:
    """A03: a code that was seen is worth nothing."""
    client = gate.person("ana")
    code = gate.code("ana")
    fixed = replace(client, code=lambda: code)
    assert (await fixed.ssh("ana", "help")).status == 0
    assert (await fixed.ssh("ana", "help")).status == 255
    wrong = replace(client, code=lambda: "000000")
    assert (await wrong.ssh("ana", "help")).status == 255
    failed = await gate.seen("SignInFailed", 2)
    assert [one.code for one in failed] == ["used_code", "wrong_code"]


async def test_peer_t23_a_used_code_is_asked_for_again_on_the_same_connection(gate: PeerGate) -> None:
    client = gate.person("ana")
    code = gate.code("ana")
    assert (await replace(client, code=lambda: code).ssh("ana", "help")).status == 0
    fresh = pyotp.TOTP(gate.secrets[PersonId("ana")]).at(gate.code_clock.now() + timedelta(seconds=STEP_S))
    later = replace(client, code=lambda: f"{code} {code} {fresh}")
    result = await later.ssh("ana", "help")
    assert result.status == 0, result.complaint
    told = [line for line in result.complaint.splitlines() if "used already" in line]
    assert len(told) == 2
    for line in told:
        assert re.fullmatch(
            r"This code was used already\. Wait for the next one your authenticator shows \([0-9]+ s\)\.",
            line.strip(),
        ), line
    assert len(await gate.seen("SignedIn", 2)) == 2
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignInFailed"]


async def test_who_must_wait_for_the_next_code_is_given_the_time_for_it(gate: PeerGate) -> None:
    client = gate.person("ana")
    code = gate.code("ana")
    left_s: list[float] = []

    class Patient(Guest):
        def kbdint_challenge_received(
            self, name: str, instructions: str, lang: str, prompts: list[tuple[str, bool]]
        ) -> list[str]:
            (connection,) = gate.door._house.connections
            left_s.append(connection._ssh._login_timer.when() - asyncio.get_running_loop().time())
            return super().kbdint_challenge_received(name, instructions, lang, prompts)

    assert (await replace(client, code=lambda: code).ssh("ana", "help")).status == 0
    with pytest.raises(asyncssh.DisconnectError, match="Too many failed attempts"):
        await asyncssh.connect(
            gate.host,
            gate.port,
            config=None,
            known_hosts=str(gate.known_hosts),
            username="ana",
            client_keys=[reading(client)],
            agent_path=None,
            client_factory=lambda: Patient(code),
        )
    assert len(left_s) == TRIES_PER_CONNECTION
    assert left_s[0] <= GRACE_S < left_s[1]


async def test_peer_t23_a_used_code_locks_nobody_out_but_ends_its_connection(gate: PeerGate) -> None:
    client = gate.person("ana")
    code = gate.code("ana")
    same = replace(client, code=lambda: code)
    assert (await same.ssh("ana", "help")).status == 0
    for _ in range(PERSONS.free + 1):
        result = await same.ssh("ana", "help")
        assert result.status == 255
        assert result.complaint.count("used already") == TRIES_PER_CONNECTION - 1
    assert (await client.ssh("ana", "help")).status == 0
    assert {one.code for one in await gate.seen("SignInFailed", PERSONS.free + 1)} == {"used_code"}


async def test_abuse_37_digits_of_another_script_are_no_code(gate: PeerGate) -> None:
    client = gate.person("ana")
    wide = gate.code("ana").translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert (await replace(client, code=lambda: wide).ssh("ana", "help")).status == 255


async def test_peer_t24_abuse_13_an_offer_without_a_signature_never_gets_in(gate: PeerGate) -> None:
    client = gate.person("ana")
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    # A is offered and accepted, B signs: only what signed may count.
    with pytest.raises(asyncssh.PermissionDenied):
        await enter(gate, "ana", [stranger], gate.code("ana"))
    with pytest.raises(asyncssh.PermissionDenied):
        await enter(gate, "ana", [], gate.code("ana"))
    async with await enter(gate, "ana", [stranger, reading(client)], gate.code("ana")):
        pass
    assert [one.person for one in await gate.seen("SignedIn")] == ["ana"]


async def test_abuse_13_a_key_of_somebody_else_does_not_make_the_name_mine(gate: PeerGate) -> None:
    bo = gate.person("bo")
    gate.person("ana")
    with pytest.raises(asyncssh.PermissionDenied):
        await enter(gate, "ana", [reading(bo)], gate.code("bo"))
    await gate.seen("SignInFailed")
    assert not [one for one in gate.leaves.events if type(one).__name__ == "SignedIn"]


async def test_peer_t13_one_prompt_without_echo_asks_for_the_code(gate: PeerGate) -> None:
    client = gate.person("ana")
    guests: list[Guest] = []

    def guest() -> Guest:
        guests.append(Guest(gate.code("ana")))
        return guests[-1]

    async with await asyncssh.connect(
        gate.host,
        gate.port,
        config=None,
        known_hosts=str(gate.known_hosts),
        username="ana",
        client_keys=[reading(client)],
        agent_path=None,
        client_factory=guest,
    ):
        assert guests[0].prompts == [("One-time code: ", False)]


async def test_peer_t27_three_wrong_codes_refuse_the_right_one_for_a_while(gate: PeerGate) -> None:
    client = gate.person("ana")
    wrong = replace(client, code=lambda: "000000")
    for _ in range(PERSONS.free):
        assert (await wrong.ssh("ana", "help")).status == 255
    assert (await client.ssh("ana", "help")).status == 255
    assert {one.code for one in await gate.seen("SignInFailed", 4)} == {"wrong_code", "locked"}


async def test_peer_t27_a_connection_that_only_asks_leaves_one_failure(gate: PeerGate) -> None:
    stranger = gate.person("ana", enrolled=False)
    for _ in range(2):
        await stranger.ssh("ana", "help")
    assert len(await gate.seen("SignInFailed", 2)) == 2


async def test_abuse_16_a_connection_has_six_tries(gate: PeerGate) -> None:
    gate.person("ana")
    keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(20)]
    with pytest.raises(asyncssh.DisconnectError, match="Too many failed attempts"):
        await enter(gate, "ana", keys, "000000")


async def test_abuse_16_a_key_alone_gives_no_channel(gate: PeerGate) -> None:
    """A02: at the SSH door a key alone is half of it."""
    client = gate.person("ana")
    result = await client.ssh("ana", "help", options=["-o", "BatchMode=yes"])
    assert result.status == 255
    assert "keyboard-interactive" in result.complaint


async def test_unlock_lets_the_same_key_from_the_same_address_in_without_a_code(
    gate: PeerGate, asset: Sshd
) -> None:
    client = gate.person("ana")
    assert (await client.ssh("ana", "unlock", "5")).status == 0
    gate.permit("ana", "eng-ws-1", approved=False)
    batch = ["-o", "BatchMode=yes"]
    listed = await client.ssh("ana", "permits", options=batch)
    assert (listed.status, b"requested" in listed.out) == (0, True)
    told = await client.ssh("ana+eng-ws-1", "true", options=batch)
    assert told.status == 75
    assert "penstock: refused [waiting_for_approval]: Still waiting for Petra Holt" in told.complaint
    again = await client.ssh("ana", "unlock", "5", options=batch)
    assert (again.status, "not_attended" in again.complaint) == (77, True)
    other = gate.person("bo")
    assert (await other.ssh("bo", "permits", options=batch)).status == 255
    unlocked = [(one.person, one.source, one.minutes) for one in await gate.seen("SignInUnlocked")]
    assert unlocked == [("ana", "127.0.0.1", 5)]
    assert [one.factors[1] for one in await gate.seen("SignedIn", 4)] == ["code"] + ["unlocked"] * 3


async def test_the_notice_is_shown_once_and_says_that_everything_is_recorded(gate: PeerGate) -> None:
    result = await gate.person("ana").ssh("ana", "help")
    assert result.err.count(b"is recorded") == 1


async def test_ssh_audit_finds_nothing_to_fail(gate: PeerGate) -> None:
    """C17: the vendors' leg."""
    line = [program("ssh-audit"), "--level=fail", "-b", "-n", "-p", str(gate.port), gate.host]
    process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert b"[fail]" not in out, out.decode()
    assert process.returncode in (0, 2), out.decode()  # 2: warnings only
