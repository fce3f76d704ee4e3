"""The gate's own socket: two questions, for this node's own user."""

import asyncio
import stat
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from approvals.bundle import Answer, Bundle, read_bundle
from broker.certificate_statement import CertificateStatement
from broker.control import LONGEST_LINE, ControlServer, GateClient
from broker.doorway import Doorway
from domain.errors import DecisionError, PeerError, ProofError, TransitionError
from domain.ids import PermitId, PersonId, SessionId
from domain.permit import PermitState
from domain.proof import PasskeyProof
from domain.rights import DecisionRight
from tests.approvals.test_bundle import ANSWERED, WHOLE
from tests.broker.test_certificate_statement import SAID
from tests.clock import STARTS

PERMIT = PermitId("a" * 26)


class OneCode:
    """Knows one code of one person."""

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        return 42 if (person, code, purpose) == ("ana", "123456", "console") else None

    async def used(self, person: PersonId, code: str) -> int | None:
        return 17 if (person, code) == ("ana", "654321") else None


async def test_the_console_learns_whether_a_code_is_right_and_nothing_else(tmp_path: Path) -> None:
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None):
        client = GateClient(tmp_path / "gate.sock")
        assert await client.check(PersonId("ana"), "123456", "console") == 42
        assert await client.check(PersonId("ana"), "654321", "console") is None


async def test_the_console_learns_how_long_a_used_code_has_to_wait_and_of_a_wrong_one_nothing(
    tmp_path: Path,
) -> None:
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None):
        client = GateClient(tmp_path / "gate.sock")
        assert await client.used(PersonId("ana"), "654321") == 17
        assert await client.used(PersonId("ana"), "111111") is None


async def test_who_waits_for_a_permit_is_woken(tmp_path: Path) -> None:
    woken: list[PermitId] = []
    async with ControlServer(tmp_path / "gate.sock", OneCode(), woken.append):
        await GateClient(tmp_path / "gate.sock").changed(PERMIT)
    assert woken == [PERMIT]


async def test_whoever_runs_the_node_has_wrong_attempts_forgotten(tmp_path: Path) -> None:
    lifted: list[str] = []
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None, lift=lifted.append):
        await GateClient(tmp_path / "gate.sock").lift("person:milo")
    assert lifted == ["person:milo"]
    with pytest.raises(PeerError, match="does not answer"):
        await GateClient(tmp_path / "gate.sock").lift("person:milo")


async def test_the_console_learns_where_the_door_is_and_by_which_key_it_is_known(tmp_path: Path) -> None:
    where: list[Doorway | None] = [None]
    codes = OneCode()
    async with ControlServer(tmp_path / "gate.sock", codes, lambda _permit: None, door=lambda: where[0]):
        client = GateClient(tmp_path / "gate.sock")
        with pytest.raises(PeerError):
            await client.doorway()  # it does not listen yet
        where[0] = Doorway("127.0.0.1", 2222, "ssh-ed25519 AAAA")
        assert await client.doorway() == where[0]


async def test_a_gate_that_is_not_there_is_told_apart_from_a_no(tmp_path: Path) -> None:
    client = GateClient(tmp_path / "gate.sock")
    with pytest.raises(PeerError, match="does not answer"):
        await client.check(PersonId("ana"), "123456", "console")
    await client.changed(PERMIT)  # best effort: no error for the console to show


async def test_only_the_nodes_own_user_reaches_the_socket(tmp_path: Path) -> None:
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None):
        assert stat.S_IMODE((tmp_path / "gate.sock").stat().st_mode) == 0o600
    assert not (tmp_path / "gate.sock").exists()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"[]",
        b'{"do":"open-everything"}',
        b'{"do":"changed","permit":"../../etc"}',
        b'{"do":"check-code","person":"ana; rm","code":"1","purpose":"x"}',
        b'{"do":"check-code","person":"ana","code":"1","purpose":"a\\nb"}',
        b"[" * 2000,
        b'{"do":"hold-expiry","session":"x"}',
    ],
)
async def test_what_is_not_a_question_is_answered_so(tmp_path: Path, line: bytes) -> None:
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "gate.sock")
        writer.write(line + b"\n")
        assert await reader.readline() == b'{"error": "not understood"}\n'
        writer.close()


class OneStep:
    """Holds for whoever has the code, until a second after what it was given."""

    async def declare(
        self, _session: SessionId, _person: PersonId, code: str, length: timedelta, _reason: str
    ) -> datetime:
        if code != "123456":
            raise DecisionError("Not right.", code="wrong_code", remedy="Wait.")
        return STARTS + length

    async def done(self, _session: SessionId, person: PersonId) -> datetime:
        if person != "petra":
            raise TransitionError("It is over.")
        return STARTS


async def test_a_step_is_held_and_released_or_refused_in_the_gates_own_words_d03(tmp_path: Path) -> None:
    """D03: the console and the command line ask; the gate decides."""
    path, session, petra = tmp_path / "gate.sock", SessionId("b" * 26), PersonId("petra")
    length = timedelta(seconds=90)
    async with ControlServer(path, OneCode(), lambda _permit: None, OneStep()):
        client = GateClient(path)
        assert await client.hold(session, petra, "123456", length, "why") == STARTS + length
        assert await client.release(session, petra) == STARTS
        with pytest.raises(DecisionError, match="Not right") as refused:
            await client.hold(session, petra, "000000", length, "why")
        assert (refused.value.code, refused.value.remedy) == ("wrong_code", "Wait.")
        with pytest.raises(DecisionError, match="over") as late:
            await client.release(session, PersonId("milo"))
        assert late.value.code == "not_held"
        with pytest.raises(PeerError, match="did not understand"):
            await client.hold(SessionId("../etc"), petra, "123456", length, "why")
    async with ControlServer(path, OneCode(), lambda _permit: None):
        with pytest.raises(PeerError, match="did not understand"):
            await GateClient(path).hold(session, petra, "123456", length, "why")


async def test_a_line_without_end_closes_the_connection_and_the_next_one_is_served(tmp_path: Path) -> None:
    async with ControlServer(tmp_path / "gate.sock", OneCode(), lambda _permit: None):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "gate.sock")
        writer.write(b"x" * LONGEST_LINE * 2)
        with suppress(ConnectionResetError):  # more than the server ever read lies in the socket
            assert await reader.read() == b""
        writer.close()
        assert await GateClient(tmp_path / "gate.sock").check(PersonId("ana"), "123456", "console") == 42


class Drawer:
    """Draws up one bundle, and takes one answer."""

    async def draw_up(
        self, permit: PermitId, person: PersonId, right: DecisionRight, length: timedelta, *, refuses: bool
    ) -> Bundle:
        if person != "bea":
            raise DecisionError("They may not.", code="not_holder", remedy="Ask Bea.")
        assert (permit, right, length, refuses) == (PERMIT, DecisionRight.CONNECT, timedelta(hours=1), False)
        return WHOLE

    async def take(self, answer: Answer) -> PermitState:
        assert answer == ANSWERED
        return PermitState.APPROVED


async def test_a_decision_is_drawn_up_and_taken_and_who_waits_is_woken(tmp_path: Path) -> None:
    woken: list[PermitId] = []
    path, hour, connect = tmp_path / "gate.sock", timedelta(hours=1), DecisionRight.CONNECT
    async with ControlServer(path, OneCode(), woken.append, None, Drawer()):
        client = GateClient(path)
        text = await client.draw_up(PERMIT, PersonId("bea"), connect, hour, refuses=False)
        assert read_bundle(text) == WHOLE
        with pytest.raises(DecisionError) as raised:
            await client.draw_up(PERMIT, PersonId("eve"), connect, hour, refuses=False)
        assert (raised.value.code, raised.value.remedy) == ("not_holder", "Ask Bea.")
        assert woken == []
        assert await client.take(ANSWERED.write()) == (PERMIT, PermitState.APPROVED)
        assert woken == [PERMIT]
        with pytest.raises(DecisionError) as raised:
            await client.take("hello")
        assert raised.value.code == "wrong_file"
        with pytest.raises(PeerError):
            await client.draw_up(PermitId("x"), PersonId("bea"), connect, hour, refuses=False)


class OneCertificate:
    """Draws one statement, and certifies for one code."""

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        assert (person, permit, public_key, browser) == ("ana", PERMIT, "ssh-ed25519 AAAA", "192.0.2.9")
        return SAID

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        if (person, drawn, proof) == ("ana", SAID.drawn, "123456"):
            return "ssh-ed25519-cert-v01@openssh.com AAAA"
        raise ProofError("It does not verify.", code="wrong_code", remedy="Sign again.")


async def test_a_browsers_key_is_certified_or_refused_in_the_gates_own_words(tmp_path: Path) -> None:
    path, ana = tmp_path / "gate.sock", PersonId("ana")
    async with ControlServer(path, OneCode(), lambda _permit: None, certifying=OneCertificate()):
        client = GateClient(path)
        drawn = await client.draw_certificate(ana, PERMIT, "ssh-ed25519 AAAA", "192.0.2.9")
        assert drawn == SAID
        assert (await client.certify(ana, drawn.drawn, "123456")).startswith("ssh-ed25519-cert-v01@")
        with pytest.raises(DecisionError, match="not verify") as refused:
            await client.certify(ana, drawn.drawn, "000000")
        assert (refused.value.code, refused.value.remedy) == ("wrong_code", "Sign again.")
        with pytest.raises(PeerError, match="did not understand"):
            await client.draw_certificate(ana, PERMIT, "ssh-ed25519 AAAA", "somewhere")
    async with ControlServer(path, OneCode(), lambda _permit: None):
        with pytest.raises(PeerError, match="did not understand"):
            await GateClient(path).draw_certificate(ana, PERMIT, "ssh-ed25519 AAAA", "192.0.2.9")
