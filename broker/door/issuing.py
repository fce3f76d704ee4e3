"""Issues SSH certificates for people, by the gate alone: to the key that signed in, or to one in a browser.

For a browser the gate draws the statement that is signed, and forgets it when it is used, late, or the gate stops. A
statement is good once. What a certificate lets in is asked of admission first, as a channel would be; its leaf is kept
before it is handed out, and so is that of a no.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncssh

from approvals.proofs import webauthn
from approvals.trust import Trust
from broker.certificate_statement import CertificateStatement
from broker.conduits.asyncssh_internals.certificate import issue
from broker.door.certificates import NOBODY, Terms, Way, drawn_up, plain_address
from broker.door.limits import Attempts, Patience
from broker.door.seams import Admission, CharterNow
from broker.door.words import Refusal, refusal_of
from broker.people.factors import SecondFactor, used_already
from broker.people.lockouts import PERSON, alarm
from domain.access import AccessRequest, Allow, ConnectionMethod, Deny
from domain.clock import Clock
from domain.errors import DecisionError, EvidenceError, ProofError
from domain.events import CertificateIssued, CertificateRefused, Event
from domain.ids import AssetId, PermitId, PersonId
from domain.permit import Permit
from domain.proof import PasskeyProof, ProofKind
from policies.charter.ssh_keys import fingerprint
from policies.matter import passages_of
from policies.rules.somebody_told import UNHEARD
from policies.tools import BROWSER

GOOD_FOR = timedelta(minutes=5)
MOST_OF_PERSON = 4
MOST = 64
WRONG = Patience(free=5, first_lock_s=60.0, longest_lock_s=900.0)
"""Signatures and codes that did not count, by person."""
ASKED = Patience(free=60, first_lock_s=30.0, longest_lock_s=900.0)
"""Certificates that somebody asks for; each leaves a leaf."""

BROWSER_KEY = "ssh-ed25519"
NODE_ITSELF = ("127.0.0.0/8", "::1/128")
"""Where the console comes from, which holds a browser's key."""

NO_PERMIT = Refusal("no_permit", "There is no such permit of yours.", "See 'permits' in the lobby.")
NOT_THE_KEY = Refusal(
    "not_a_fresh_key", "A browser's key is an Ed25519 key that nobody else has.", "Open the page again."
)
WAITING = Refusal("waiting_for_approval", "The permit is not approved yet.", "Come back once it is approved.")
NOT_ATTENDED = Refusal(
    "not_attended",
    "Only who has just proved both factors gets a certificate.",
    "Sign in with a code, or with your passkey, and ask again.",
)
TOO_OFTEN = Refusal(
    "too_many_attempts", "This was asked for too often.", "Wait a few minutes, and try again."
)
CODE_NOT_TAKEN = Refusal(
    "code_not_accepted", "This conduit takes no one-time code.", "Sign with your passkey."
)
GONE = Refusal("statement_gone", "What you signed waits no longer.", "Open the page again, and sign again.")


@dataclass(frozen=True, slots=True)
class _Waiting:
    statement: CertificateStatement
    key: asyncssh.SSHKey


class Issuing:
    """The certificates of one gate. ``keep`` appends a leaf, or raises EvidenceError: what can't be kept does not happen."""

    def __init__(
        self,
        authority: asyncssh.SSHKey,
        *,
        admission: Admission,
        charter: CharterNow,
        codes: SecondFactor,
        trust: Callable[[], Trust],
        clock: Clock,
        keep: Callable[[Event], Awaitable[object]],
        console_from: tuple[str, ...] = NODE_ITSELF,
    ) -> None:
        self._authority = authority
        self.authority = authority.get_fingerprint()
        """By which the gate knows its own certificates again."""
        self._admission = admission
        self._charter = charter
        self._codes = codes
        self._trust = trust
        self._clock = clock
        self._keep = keep
        self._console_from = console_from
        self._waiting: dict[str, _Waiting] = {}
        self._wrong = Attempts(WRONG)
        self._asked = Attempts(ASKED)

    # -- the key that signed in --------------------------------------------------------------------

    async def of_own_key(
        self, person: PersonId, permit: PermitId, *, key: str, factor: str, source: str, client: str
    ) -> tuple[str, datetime]:
        """A certificate for the key with the fingerprint ``key``, and when it ends; DecisionError with the reason else.

        ``factor`` is what that key's holder has proved besides: ``code``, ``passkey``, or nothing.
        """
        request = self._wish(person, permit, source, ConnectionMethod.SSH, client, key)
        self._not_too_often(person)
        if not factor:
            raise await self._refused(request, permit, "ssh", NOT_ATTENDED)
        line = self._line_of(person, key)
        if line is None:
            raise await self._refused(request, permit, "ssh", NOBODY)
        found = await self._allowed(request, permit, "ssh")
        terms = drawn_up(found, Way.OWN_KEY, factor, source, self._clock.now())
        made = await self._issue(terms, asyncssh.import_public_key(line), (_alone(source),), "ssh")
        return made, terms.ends

    def _line_of(self, person: PersonId, key: str) -> str | None:
        known = self._charter().people.get(person)
        return next((one for one in known.ssh_keys if fingerprint(one) == key), None) if known else None

    # -- a key in a browser ------------------------------------------------------------------------

    async def draw_certificate(
        self, person: PersonId, permit: PermitId, public_key: str, browser: str
    ) -> CertificateStatement:
        """What the person is to sign, so that ``public_key`` (a line) is certified; DecisionError with the reason else."""
        self._not_too_often(person)
        try:
            key = asyncssh.import_public_key(public_key)
        except asyncssh.KeyImportError as error:
            raise _error(NOT_THE_KEY) from error
        shown = key.get_fingerprint()
        request = self._wish(person, permit, browser, ConnectionMethod.BROWSER, BROWSER, shown)
        if key.get_algorithm() != BROWSER_KEY or self._charter().person_of_key(
            " ".join(public_key.split()[:2])
        ):
            raise await self._refused(request, permit, "browser", NOT_THE_KEY)
        at = self._clock.now()
        self._waiting = {name: one for name, one in self._waiting.items() if at < one.statement.until}
        mine = sum(one.statement.person == person for one in self._waiting.values())
        if mine >= MOST_OF_PERSON or len(self._waiting) >= MOST:
            raise _error(TOO_OFTEN)
        await self._allowed(request, permit, "browser")
        statement = CertificateStatement(
            secrets.token_hex(32), person, permit, shown, browser, at, at + GOOD_FOR
        )
        self._waiting[statement.drawn] = _Waiting(statement, key)
        return statement

    async def certify(self, person: PersonId, drawn: str, proof: PasskeyProof | str) -> str:
        """The certificate, for a passkey's signature over what was drawn or a one-time code; DecisionError or ProofError else.

        Whatever comes of it, what was drawn is used up.
        """
        now_s = self._clock.boottime_s()
        if self._wrong.locked(person, now_s):
            raise _error(TOO_OFTEN)
        waiting = self._waiting.pop(drawn, None)
        if (
            waiting is None
            or waiting.statement.person != person
            or self._clock.now() >= waiting.statement.until
        ):
            raise _error(GONE)
        statement = waiting.statement
        request = self._wish(
            person,
            statement.permit,
            statement.browser,
            ConnectionMethod.BROWSER,
            BROWSER,
            statement.key,
        )
        factor = "code" if isinstance(proof, str) else "passkey"
        permit = await self._allowed(request, statement.permit, "browser")
        try:
            await self._check(statement, permit, proof)
        except ProofError as error:
            await self._failed(person, now_s)
            await self._keep(self._leaf(request, statement.permit, "browser", error.code, error.fact))
            raise
        self._wrong.succeeded(person)
        terms = drawn_up(permit, Way.BROWSER, factor, statement.browser, self._clock.now())
        return await self._issue(terms, waiting.key, self._console_from, "browser")

    async def _check(
        self, statement: CertificateStatement, permit: Permit, proof: PasskeyProof | str
    ) -> None:
        """ProofError where it does not count."""
        person = statement.person
        if isinstance(proof, PasskeyProof):
            webauthn.check(proof, challenge_of(statement, proof.nonce), person, self._trust())
            return
        conduit = self._charter().conduits.get(permit.conduit)
        if conduit is None or ProofKind.TOTP not in conduit.proofs:
            raise ProofError(CODE_NOT_TAKEN.sentence, code=CODE_NOT_TAKEN.code, remedy=CODE_NOT_TAKEN.remedy)
        if await self._codes.check(person, proof, statement.purpose) is None:
            wait_s = await self._codes.used(person, proof)
            if wait_s is not None:
                raise ProofError(used_already(wait_s), code="used_code")
            raise ProofError(
                "This one-time code is not right.", code="wrong_code", remedy="Open the page again."
            )

    # -- what both have in common ------------------------------------------------------------------

    async def _allowed(self, request: AccessRequest, permit: PermitId, door: str) -> Permit:
        """The permit, where it would let something through now; DecisionError, and its leaf, where it would not."""
        try:
            mine = await self._admission.permits_of(request.person)
        except EvidenceError:
            mine = ()
        found = next((one.permit for one in mine if one.permit.id == permit), None)
        if found is None:
            raise await self._refused(request, permit, door, NO_PERMIT)
        wish = self._wanting(request, found)
        decision = (await self._admission.through(wish)).decision
        if isinstance(decision, Deny) and not _only_unheard(decision):
            raise await self._refused(request, permit, door, refusal_of(decision))
        if not isinstance(decision, Allow | Deny):
            raise await self._refused(request, permit, door, WAITING)
        return found

    def _wanting(self, request: AccessRequest, permit: Permit) -> AccessRequest:
        """The wish to get through by something that the permit grants, now."""
        charter = self._charter()
        asset, conduit = charter.assets.get(permit.asset), charter.conduits.get(permit.conduit)
        passages = passages_of(permit, asset, conduit) or tuple(sorted(permit.grants))
        return replace(request, asset=permit.asset, passage=passages[:1])

    async def _issue(self, terms: Terms, key: asyncssh.SSHKey, sources: tuple[str, ...], door: str) -> str:
        serial = secrets.randbits(64)
        await self._keep(
            CertificateIssued(
                at=self._clock.now(),
                serial=str(serial),
                door=door,
                person=terms.person,
                permit=terms.permit,
                key=key.get_fingerprint(),
                factor=terms.factor,
                source=terms.source,
                begins=terms.begins,
                ends=terms.ends,
            )
        )
        return issue(
            self._authority,
            key,
            serial=serial,
            key_id=terms.key_id,
            principal=terms.principal,
            begins=terms.begins,
            ends=terms.ends,
            sources=sources,
        )

    async def _refused(
        self, request: AccessRequest, permit: PermitId, door: str, refusal: Refusal
    ) -> DecisionError:
        """The error to raise, once its leaf is kept."""
        await self._keep(self._leaf(request, permit, door, refusal.code, refusal.sentence))
        return _error(refusal)

    def _leaf(
        self, request: AccessRequest, permit: PermitId, door: str, code: str, sentence: str
    ) -> CertificateRefused:
        return CertificateRefused(
            at=self._clock.now(),
            door=door,
            person=request.person,
            permit=permit,
            source=request.source,
            code=code,
            sentence=sentence,
        )

    def _not_too_often(self, person: PersonId) -> None:
        now_s = self._clock.boottime_s()
        if self._asked.locked(person, now_s) or self._wrong.locked(person, now_s):
            raise _error(TOO_OFTEN)
        self._asked.failed(person, now_s)

    async def _failed(self, person: PersonId, now_s: float) -> None:
        lock_s = self._wrong.failed(person, now_s)
        failures = self._wrong.failures(person)
        if locked := alarm(self._clock.now(), f"{PERSON}{person}", "browser", failures, lock_s):
            await self._keep(locked)

    @staticmethod
    def _wish(
        person: PersonId, permit: PermitId, source: str, method: ConnectionMethod, client: str, key: str
    ) -> AccessRequest:
        return AccessRequest(
            person=person,
            asset=AssetId(""),
            passage=(),
            actions=frozenset(),
            source=source,
            permit=permit,
            client=client,
            key=key,
            method=method,
        )


def challenge_of(statement: CertificateStatement, nonce: bytes) -> bytes:
    """What the passkey signs: ``nonce`` (32 random bytes), then the statement's digest."""
    if len(nonce) != webauthn.NONCE_BYTES:
        raise ProofError(f"The nonce is {webauthn.NONCE_BYTES} bytes.", code="wrong_nonce")
    return nonce + statement.digest()


def _only_unheard(deny: Deny) -> bool:
    """Whether nothing is missing but that somebody of the plant hears of the start: each channel waits for that itself."""
    return bool(deny.reasons) and all(one.code == UNHEARD.code for one in deny.reasons)


def own_address(host: str) -> tuple[str, ...]:
    """Where a connection of this node to itself comes from that listens on ``host``, in CIDR; none for every address of it."""
    try:
        return () if plain_address(host).is_unspecified else (_alone(host),)
    except ValueError:
        return ()


def _alone(source: str) -> str:
    """That address, and no other."""
    address = plain_address(source)
    return f"{address}/{address.max_prefixlen}"


def _error(refusal: Refusal) -> DecisionError:
    return DecisionError(refusal.sentence, code=refusal.code, remedy=refusal.remedy)
