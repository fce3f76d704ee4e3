"""The gate's own socket: what the console may ask of the process that holds the secrets.

Is this one-time code right (the gate has the secrets and the register of spent steps)? Was it used
already? A permit changed, wake who waits for it. With a person's code: hold a session's expiry for a
step that must not be interrupted. Where is the SSH door, and by which key is it known? And, for the command
line of a plant that is on its own: draw up a decision that somebody signs elsewhere, and take it back signed.
None can open anything by itself.
Newline JSON over a unix socket that only this node's own user can reach.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import structlog

from approvals.bundle import Answer, Bundle, read_answer
from broker.browser_statement import BrowserStatement
from broker.certificate_statement import CertificateStatement
from broker.doorway import Doorway
from broker.people.factors import SecondFactor
from domain.canonical import instant_of, instant_text
from domain.errors import DecisionError, PeerError, PenstockError, ProofError
from domain.ids import PermitId, PersonId, SessionId, is_token, is_word
from domain.permit import PermitState
from domain.proof import PasskeyProof, proof_document, proof_from
from domain.rights import DecisionRight

log = structlog.get_logger()

LONGEST_LINE = 524_288
"""Bytes; what a decision that was signed elsewhere may take, and far more than any other question."""

PATIENCE_S = 5.0
LONGEST_ASKED_S = 24 * 3600
LONGEST_ON_ITS_WAY_S = 30 * 24 * 3600


class Holding(Protocol):
    """Who can hold a session's expiry: ``broker.sessions.steps.Steps``."""

    async def declare(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Hold it; when it ends now."""
        ...

    async def done(self, session: SessionId, person: PersonId) -> datetime:
        """Give it its own end back."""
        ...


class ByHand(Protocol):
    """Who draws up decisions to be signed elsewhere, and takes them: ``broker.console.permits.by_hand``."""

    async def draw_up(
        self, permit: PermitId, person: PersonId, right: DecisionRight, length: timedelta, *, refuses: bool
    ) -> Bundle:
        """What the person is to sign."""
        ...

    async def take(self, answer: Answer) -> PermitState:
        """Count it; the permit's state afterwards."""
        ...


class Confirming(Protocol):
    """Who knows the connections that wait for a browser: ``broker.door.browser_sign_ins``."""

    async def found_sign_in(self, person: PersonId, code: str) -> BrowserStatement | None:
        """What waits under this code for this person; DecisionError when too many were wrong."""
        ...

    async def confirm_sign_in(self, person: PersonId, code: str, proof: PasskeyProof, browser: str) -> None:
        """Let it go on; DecisionError or ProofError when it does not."""
        ...

    async def refuse_sign_in(self, person: PersonId, code: str, browser: str) -> None:
        """Turn it away; DecisionError when it is gone."""
        ...


class Certifying(Protocol):
    """Who issues certificates for keys in a browser: ``broker.door.issuing``."""

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        """What the person is to sign, so that this key is certified; DecisionError with the reason else."""
        ...

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        """The certificate, by signature or one-time code; DecisionError or ProofError else. Good once."""
        ...


class Erasing(Protocol):
    """Who destroys what two persons signed: ``broker.evidence.erasing``."""

    async def erase(self, ask: str) -> None:
        """Do it; DecisionError or ProofError when it does not count."""
        ...


class ControlServer:
    """Answers on the gate's socket while entered."""

    def __init__(
        self,
        path: Path,
        codes: SecondFactor,
        changed: Callable[[PermitId], None],
        steps: Holding | None = None,
        by_hand: ByHand | None = None,
        lift: Callable[[str], None] | None = None,
        browser: Confirming | None = None,
        erasing: Erasing | None = None,
        door: Callable[[], Doorway | None] | None = None,
        certifying: Certifying | None = None,
    ) -> None:
        self._certifying = certifying
        self._door = door
        self._erasing = erasing
        self._browser = browser
        self._path = path
        self._lift = lift
        self._by_hand = by_hand
        self._steps = steps
        self._codes = codes
        self._changed = changed
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST_LINE)
        finally:
            os.umask(before)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()  # and not waited for: from Python 3.12 on that would be for whoever is connected
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _peer_uid(writer) != os.getuid():
                return
            while line := await reader.readline():
                answer = await self._answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:  # ValueError: a line over the limit
            log.warning("control_connection_lost", error=str(error))
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, object]:  # noqa: PLR0911 - one return per question
        try:
            asked = json.loads(line)
            match asked:
                case {"do": "check-code", "person": str(person), "code": str(code), "purpose": str(purpose)}:
                    if is_word(person) and purpose.isascii() and purpose.isprintable():
                        return {"step": await self._codes.check(PersonId(person), code, purpose)}
                case {"do": "code-used", "person": str(person), "code": str(code)} if is_word(person):
                    return {"wait_s": await self._codes.used(PersonId(person), code)}
                case {"do": "changed" | "lift" | "doorway"} if (said := self._at_once(asked)) is not None:
                    return said
                case {"do": "draw-up" | "take"} if self._by_hand is not None:
                    return await self._decided(self._by_hand, asked)
                case {"do": "draw-certificate" | "certify-certificate"} if self._certifying is not None:
                    return await _certified(self._certifying, asked)
                case {"do": str(what)} if what.endswith(("-expiry", "-sign-in", "-evidence")):
                    return await self._passed_on(asked)
                case _:
                    pass
        except (ValueError, RecursionError):
            pass
        return {"error": "not understood"}

    def _at_once(self, asked: dict[str, object]) -> dict[str, object] | None:
        """The answer to what takes no waiting; None where it is not understood."""
        match asked:
            case {"do": "changed", "permit": str(permit)} if is_token(permit):
                self._changed(PermitId(permit))
            case {"do": "lift", "subject": str(subject)} if self._lift is not None:
                self._lift(subject)
            case {"do": "doorway"} if self._door is not None:
                found = self._door()
                return {"doorway": None if found is None else found.document()}
            case _:
                return None
        return {"ok": True}

    async def _decided(self, by_hand: ByHand, asked: dict[str, object]) -> dict[str, object]:
        try:
            match asked:
                case {
                    "do": "draw-up",
                    "permit": str(permit),
                    "person": str(person),
                    "right": str(right),
                    "refuses": bool(refuses),
                    "seconds": int(seconds),
                } if is_token(permit) and is_word(person) and right in set(DecisionRight) and seconds > 0:
                    bundle = await by_hand.draw_up(
                        PermitId(permit),
                        PersonId(person),
                        DecisionRight(right),
                        timedelta(seconds=min(seconds, LONGEST_ON_ITS_WAY_S)),
                        refuses=refuses,
                    )
                    return {"bundle": bundle.write()}
                case {"do": "take", "answer": str(text)}:
                    answer = read_answer(text)
                    state = await by_hand.take(answer)
                    self._changed(answer.decision().permit.id)
                    return {"permit": answer.decision().permit.id, "state": str(state)}
                case _:
                    return {"error": "not understood"}
        except PenstockError as error:
            code = error.code if isinstance(error, DecisionError | ProofError) else "not_decided"
            return {"refused": code, "sentence": error.fact, "remedy": error.remedy}

    async def _passed_on(self, asked: dict[str, object]) -> dict[str, object]:
        match asked:
            case {"do": "erase-evidence", "ask": str(ask)} if self._erasing is not None:
                return await _erased(self._erasing, ask)
            case _:
                pass
        if asked.get("do") not in {"hold-expiry", "release-expiry"}:
            return await self._signed_in(asked)
        return {"error": "not understood"} if self._steps is None else await self._held(self._steps, asked)

    async def _signed_in(self, asked: dict[str, object]) -> dict[str, object]:
        browser = self._browser
        try:
            match asked:
                case {"person": str(name), "code": str(code)} if is_word(name) and browser is not None:
                    person = PersonId(name)
                case _:
                    return {"found": None}
            match asked:
                case {"do": "find-sign-in"}:
                    found = await browser.found_sign_in(person, code)
                    return {"found": None if found is None else found.document()}
                case {"do": "confirm-sign-in", "proof": dict(proof), "browser": str(address)}:
                    read = proof_from(proof)
                    if isinstance(read, PasskeyProof):
                        await browser.confirm_sign_in(person, code, read, address[:64])
                        return {"ok": True}
                case {"do": "refuse-sign-in", "browser": str(address)}:
                    await browser.refuse_sign_in(person, code, address[:64])
                    return {"ok": True}
                case _:
                    pass
        except PenstockError as error:
            code = error.code if isinstance(error, DecisionError | ProofError) else "not_confirmed"
            return {"refused": code, "sentence": error.fact, "remedy": error.remedy}
        return {"error": "not understood"}

    async def _held(self, steps: Holding, asked: dict[str, object]) -> dict[str, object]:
        try:
            match asked:
                case {
                    "do": "hold-expiry",
                    "session": str(session),
                    "person": str(person),
                    "code": str(code),
                    "seconds": int(seconds),
                    "reason": str(reason),
                } if is_token(session) and is_word(person) and 0 < seconds <= LONGEST_ASKED_S:
                    length = timedelta(seconds=seconds)
                    until = await steps.declare(SessionId(session), PersonId(person), code, length, reason)
                case {"do": "release-expiry", "session": str(session), "person": str(person)} if is_token(
                    session
                ) and is_word(person):
                    until = await steps.done(SessionId(session), PersonId(person))
                case _:
                    return {"error": "not understood"}
        except PenstockError as error:
            code = error.code if isinstance(error, DecisionError) else "not_held"
            return {"refused": code, "sentence": error.fact, "remedy": error.remedy}
        return {"until": instant_text(until)}


async def _certified(certifying: Certifying, asked: dict[str, object]) -> dict[str, object]:
    try:
        match asked:
            case {
                "do": "draw-certificate",
                "person": str(person),
                "permit": str(permit),
                "key": str(key),
                "browser": str(browser),
            } if is_word(person) and is_token(permit):
                address = str(ip_address(browser))
                drawn = await certifying.draw_certificate(PersonId(person), PermitId(permit), key, address)
                return {"drawn": drawn.document()}
            case {
                "do": "certify-certificate",
                "person": str(person),
                "drawn": str(nonce),
                "proof": proof,
            } if is_word(person):
                read = proof if isinstance(proof, str) else proof_from(proof)  # type: ignore[arg-type]  # it checks
                if isinstance(read, PasskeyProof | str):
                    return {"certificate": await certifying.certify(PersonId(person), nonce, read)}
            case _:
                pass
    except PenstockError as error:
        code = error.code if isinstance(error, DecisionError | ProofError) else "not_certified"
        return {"refused": code, "sentence": error.fact, "remedy": error.remedy}
    return {"error": "not understood"}


async def _erased(erasing: Erasing, ask: str) -> dict[str, object]:
    try:
        await erasing.erase(ask)
    except PenstockError as error:
        code = error.code if isinstance(error, DecisionError | ProofError) else "not_erased"
        return {"refused": code, "sentence": error.fact, "remedy": error.remedy}
    return {"ok": True}


class GateClient:
    """The console's end. A connection a question: they are rare, and the gate may restart."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def check(self, person: PersonId, code: str, purpose: str) -> int | None:
        """As SecondFactor says. A gate that does not answer means no: PeerError tells it apart."""
        answer = await self._ask({"do": "check-code", "person": person, "code": code, "purpose": purpose})
        step = answer.get("step")
        return step if isinstance(step, int) else None

    async def used(self, person: PersonId, code: str) -> int | None:
        """As SecondFactor says; PeerError as for ``check``."""
        wait_s = (await self._ask({"do": "code-used", "person": person, "code": code})).get("wait_s")
        return wait_s if isinstance(wait_s, int) else None

    async def changed(self, permit: PermitId) -> None:
        """Tell the gate that a permit changed. Best effort: the gate also looks by itself."""
        try:
            await self._ask({"do": "changed", "permit": permit})
        except PeerError as error:
            log.warning("gate_not_told", permit=permit, fact=error.fact)

    async def lift(self, subject: str) -> None:
        """Have attempts of ``person:…`` or ``source:…`` looked at again; PeerError when the gate does not answer."""
        await self._ask({"do": "lift", "subject": subject})

    async def hold(
        self, session: SessionId, person: PersonId, code: str, length: timedelta, reason: str
    ) -> datetime:
        """Hold a session's expiry; when time ends it now. DecisionError with the gate's reason when it does not."""
        return _until(
            await self._ask(
                {
                    "do": "hold-expiry",
                    "session": session,
                    "person": person,
                    "code": code,
                    "seconds": round(length.total_seconds()),
                    "reason": reason,
                }
            )
        )

    async def release(self, session: SessionId, person: PersonId) -> datetime:
        """The step is done. DecisionError as for ``hold``."""
        return _until(await self._ask({"do": "release-expiry", "session": session, "person": person}))

    async def draw_up(
        self, permit: PermitId, person: PersonId, right: DecisionRight, length: timedelta, *, refuses: bool
    ) -> str:
        """A bundle for the person to sign, as its file. DecisionError with the gate's reason when there is none."""
        asked = {"do": "draw-up", "permit": permit, "person": person, "right": right, "refuses": refuses}
        bundle = _said(await self._ask({**asked, "seconds": round(length.total_seconds())})).get("bundle")
        return bundle if isinstance(bundle, str) else ""

    async def take(self, answer: str) -> tuple[PermitId, PermitState]:
        """Hand in a signed answer, as its file; the permit and its state. DecisionError as for ``draw_up``."""
        said = _said(await self._ask({"do": "take", "answer": answer}))
        return PermitId(str(said.get("permit"))), PermitState(str(said.get("state")))

    async def doorway(self) -> Doorway:
        """Where the gate's SSH door is, and its host key; PeerError when the gate does not say, or has not opened it."""
        found = _said(await self._ask({"do": "doorway"})).get("doorway")
        try:
            return Doorway.of(found)  # type: ignore[arg-type]  # it checks
        except (KeyError, TypeError, ValueError) as error:
            raise PeerError("The gate answered in a way that is not understood.") from error

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        """As ``Certifying`` says; PeerError when the gate does not answer."""
        asked = {"do": "draw-certificate", "person": person, "permit": permit, "key": public_key}
        drawn = _said(await self._ask({**asked, "browser": browser})).get("drawn")
        try:
            return CertificateStatement.of(drawn)  # type: ignore[arg-type]  # it checks
        except (KeyError, TypeError, ValueError) as error:
            raise PeerError("The gate answered in a way that is not understood.") from error

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        """As ``Certifying`` says: one line, as ssh-keygen(1) writes it; DecisionError when it does not count."""
        asked = {"do": "certify-certificate", "person": person, "drawn": drawn}
        given = proof if isinstance(proof, str) else proof_document(proof)
        return str(_said(await self._ask({**asked, "proof": given})).get("certificate"))

    async def erase(self, ask: str) -> None:
        """Have what two persons signed destroyed. DecisionError with the gate's reason when it is not."""
        _said(await self._ask({"do": "erase-evidence", "ask": ask}))

    async def found_sign_in(self, person: PersonId, code: str) -> BrowserStatement | None:
        """As ``Confirming`` says; PeerError when the gate does not answer."""
        found = _said(await self._ask({"do": "find-sign-in", "person": person, "code": code})).get("found")
        try:
            return None if found is None else BrowserStatement.of(found)  # type: ignore[arg-type]  # it checks
        except (KeyError, TypeError, ValueError) as error:
            raise PeerError("The gate answered in a way that is not understood.") from error

    async def confirm_sign_in(self, person: PersonId, code: str, proof: PasskeyProof, browser: str) -> None:
        """As ``Confirming`` says; DecisionError with the gate's reason when it does not count."""
        asked = {"do": "confirm-sign-in", "person": person, "code": code, "browser": browser}
        _said(await self._ask({**asked, "proof": proof_document(proof)}))

    async def refuse_sign_in(self, person: PersonId, code: str, browser: str) -> None:
        """As ``Confirming`` says."""
        _said(await self._ask({"do": "refuse-sign-in", "person": person, "code": code, "browser": browser}))

    async def _ask(self, question: dict[str, object]) -> dict[str, object]:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(self._path, limit=LONGEST_LINE)
                try:
                    writer.write(json.dumps(question).encode() + b"\n")
                    answer = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError) as error:
            raise PeerError(
                "The gate does not answer on its own socket.",
                remedy="See whether the gate runs: `penstock doctor`.",
            ) from error
        if not isinstance(answer, dict):
            raise PeerError("The gate answered in a way that is not understood.")
        return answer


def _said(answer: dict[str, object]) -> dict[str, object]:
    match answer:
        case {"refused": str(code), "sentence": str(sentence), "remedy": str(remedy)}:
            raise DecisionError(sentence, code=code, remedy=remedy)
        case {"error": _}:
            raise PeerError("The gate did not understand this.")
        case _:
            return answer


def _until(answer: dict[str, object]) -> datetime:
    match answer:
        case {"until": str(until)}:
            return instant_of(until)
        case {"refused": str(code), "sentence": str(sentence), "remedy": str(remedy)}:
            raise DecisionError(sentence, code=code, remedy=remedy)
        case _:
            raise PeerError("The gate did not understand this.")


def _peer_uid(writer: asyncio.StreamWriter) -> int:
    peer: socket.socket = writer.get_extra_info("socket")
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)
