"""The first half of a connection from outside: arriving, proving who they are with two factors, and leaving.

``identity.py`` decides what counts; here are the limits around it, and the leaves that it leaves.
"""

from base64 import b64encode
from typing import Any

import asyncssh
import structlog

from broker.conduits.asyncssh_internals.certificate import Read
from broker.door.address import Pinned
from broker.door.browser_sign_ins import BrowserSignIns, Outcome, Waiting
from broker.door.certificates import (
    LOCKED,
    NOBODY,
    PERMIT_OVER,
    UNREADABLE,
    Certified,
    Shown,
    Way,
    believed,
)
from broker.door.connection import Connection
from broker.door.house import House
from broker.door.identity import NameChanged
from broker.door.limits import GRACE_S, REQUESTS_PER_CONNECTION, TRIES_PER_CONNECTION
from broker.door.words import Refusal, shortened
from broker.people.factors import used_already
from broker.people.lockouts import PERSON, SOURCE, alarm, minutes
from domain.errors import EvidenceError
from domain.events import Event, SignedIn, SignInFailed
from domain.ids import PersonId
from domain.permit import USABLE

log = structlog.get_logger()

BANNER = (
    "Penstock: vendor access to this plant. What passes here is recorded, kept as\r\n"
    "evidence, and may be watched as it happens. By signing in you agree to that.\r\n"
)
PURPOSE = "sign-in"


class SigningIn(Connection):
    """A connection that came in from outside, and proves who it is. The ``Owner`` of asyncssh's internals."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._waiting = False
        self._requests = 0
        self._tries = 0
        self._nones = 0
        self._failure = ""
        self._entered = False
        self._shown: Waiting | None = None

    # -- arriving and leaving ----------------------------------------------------------------------

    def connection_made(self, conn: Any) -> None:
        super().connection_made(conn)
        self._house.enter(self)

    def arrived(self, source: str) -> bool:
        """Whether there is room, and this address is not locked out."""
        self.source = source.partition("%")[0]
        now_s = self._parts.clock.boottime_s()
        if self._house.sources.locked(self.source, now_s) or not self._house.shedder.arrive(self.source):
            log.warning("connection_shed", source=self.source)
            return False
        self._waiting = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._settle()
        self._house.leave(self)
        if self._shown is not None and self._parts.browser is not None:
            self._parts.browser.forget(self._shown)
            self._house.crew.start(self._tell(self._parts.browser, self._shown, Outcome.LEFT))
        if self.sign_in.user_name is not None and not self._entered:
            wait_s = self._house.sources.failed(self.source, self._parts.clock.boottime_s())
            self._house.crew.start(self._note_failure(self._failure or "left", wait_s))

    def _settle(self) -> None:
        if self._waiting:
            self._waiting = False
            self._house.shedder.settle(self.source)

    # -- signing in --------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        try:
            self.sign_in.begin(username)
        except NameChanged:
            self._failure = "name_changed"
            raise asyncssh.ProtocolError("The user name may not change") from None
        if self._ssh is not None:
            self._ssh.send_auth_banner(BANNER)
        return True

    def public_key_auth_supported(self) -> bool:
        # ssh(1) offers the bare key first, and its certificate after that: only for a permit is there one.
        pinned = isinstance(self.sign_in.asked, Pinned) and self._parts.certificates is not None
        return self.sign_in.person is None or pinned

    def kbdint_auth_supported(self) -> bool:
        return self.sign_in.person is not None

    def password_auth_supported(self) -> bool:
        return False

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        # Called for unsigned offers too: it credits nothing.
        return self.sign_in.person is None and self.sign_in.may_be(username, self._person_of(key))

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:  # noqa: ARG002 - asyncssh's signature
        return _code_wanted(self._locked_out(), browser=self._may_confirm() is not None)

    async def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        """True, False, or what is to be asked or shown next."""
        person = self.sign_in.person
        if person is None or username != self.sign_in.user_name:
            return False
        if self._shown is not None and not responses:
            return await self._confirmed(self._shown)
        if len(responses) != 1:
            return False
        code = str(responses[0]).strip()[:64]
        browser = self._may_confirm()
        if not code and browser is not None:
            return await self._show(browser, person)  # a passkey can't be guessed: no lock holds it back
        if self._house.persons.locked(person, self._parts.clock.boottime_s()):
            self._failure = "locked"
            return False
        return await self._by_code(person, code)

    async def _by_code(self, person: PersonId, code: str) -> Any:
        """True, False, or the same question again for a right code that was used before."""
        step = await self._parts.codes.check(person, code, PURPOSE)
        if step is not None:
            return True
        wait_s = await self._parts.codes.used(person, code)
        if wait_s is not None:
            return self._ask_again(wait_s)
        self._failure = "wrong_code"
        lock_s = self._house.persons.failed(person, self._parts.clock.boottime_s())
        failures = self._house.persons.failures(person)
        subject, at = f"{PERSON}{person}", self._parts.clock.now()
        if locked := alarm(at, subject, "ssh", failures, lock_s, self.source):
            await self._keep(locked)
        return False

    def _locked_out(self) -> str:
        """What a locked person reads above the question; only who holds their key gets as far."""
        person, now_s = self.sign_in.person, self._parts.clock.boottime_s()
        wait_s = self._house.persons.left_s(person, now_s) if person is not None else 0.0
        if not wait_s:
            return ""
        return (
            f"Too many wrong codes: the next one is looked at in {minutes(wait_s)}. Whoever runs the plant's node"
            " can end the wait; call your contact at the plant."
        )

    def _may_confirm(self) -> BrowserSignIns | None:
        browser, person = self._parts.browser, self.sign_in.person
        return browser if browser is not None and person is not None and browser.possible(person) else None

    async def _show(self, browser: BrowserSignIns, person: PersonId) -> Any:
        """The address and the code, and nothing to answer: the client says at once that it has shown them."""
        if self._ssh is None or self._shown is not None:
            return False
        try:
            self._shown = await browser.begin(
                person,
                source=self.source,
                key=self.sign_in.key,
                asked=shortened(self.sign_in.user_name or ""),
                connection=self._ssh.named(),
            )
        except EvidenceError as error:
            log.error("browser_sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
        if self._shown is None:
            return _code_wanted("Too many connections wait for a browser just now.")
        self._ssh.give_time(browser.good_for.total_seconds() + GRACE_S)
        return "", f"Open {browser.url} and type the code {self._shown.statement.code}", "", ()

    async def _confirmed(self, shown: Waiting) -> bool:
        """Wait until its person said yes or no in the browser, it is too late, or the client leaves."""
        browser, self._shown = self._parts.browser, None
        if browser is None:
            return False
        outcome = Outcome.LEFT
        try:
            outcome = await browser.outcome(shown)
        finally:
            if outcome in {Outcome.LEFT, Outcome.EXPIRED}:
                self._house.crew.start(self._tell(browser, shown, outcome))
        if outcome is Outcome.CONFIRMED:
            self.sign_in.browser_proved(self.sign_in.user_name or "")
            return True
        self._failure = f"browser_{outcome}"
        return False

    async def _tell(self, browser: BrowserSignIns, shown: Waiting, outcome: Outcome) -> None:
        try:
            await browser.tell(shown, outcome)
        except EvidenceError as error:
            log.error("browser_sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all

    def _ask_again(self, wait_s: int) -> Any:
        # No guess, so nothing that locks a person out; but a try of this connection, so that it ends.
        self._failure = "used_code"
        self._tries += 1
        if self._tries >= TRIES_PER_CONNECTION or self._ssh is None:
            return False
        self._ssh.give_time(wait_s + GRACE_S)
        return _code_wanted(used_already(wait_s))

    def asked_to_sign_in(self) -> bool:
        """One more authentication request."""
        self._requests += 1
        return self._requests <= REQUESTS_PER_CONNECTION

    def refused_attempt(self, method: str) -> bool:
        """One more failed method; asking which methods there are is free once."""
        if method == "none":
            self._nones += 1
            if self._nones == 1:
                return True
        elif method == "publickey" and not self._failure:
            self._failure = "unknown_key"
        self._tries += 1
        return self._tries < TRIES_PER_CONNECTION

    def key_proved(self, user_name: str, key: asyncssh.SSHKey) -> None:
        """A signature verified: the person is whoever this key belongs to."""
        name = key.get_fingerprint()
        self._failure = "no_code"
        if self.sign_in.key_proved(user_name, self._person_of(key), name):
            now_s = self._parts.clock.boottime_s()
            self.sign_in.unlocked = self._house.unlocks.unlocked(name, self.source, now_s)

    async def certificate_offered(self, user_name: str, shown: Read | None) -> Certified | None:
        """What it stands for once its key is proved. Called for unsigned offers too: it credits nothing."""
        found = await self._judged(user_name, shown)
        if isinstance(found, Certified):
            return found if self.sign_in.may_be(user_name, found.terms.person) else None
        if self._ssh is not None and self._failure != found.code:
            self._ssh.send_auth_banner(f"{found.line()}\r\n")  # the only way to say why before anybody is in
        self._failure = found.code
        return None

    async def _judged(self, user_name: str, shown: Read | None) -> Certified | Refusal:
        issuing, charter = self._parts.certificates, self._parts.charter()
        if issuing is None or shown is None:
            return UNREADABLE
        found = believed(shown_as(shown), issuing.authority, user_name, self.source, self._parts.clock.now())
        if isinstance(found, Refusal):
            return found
        terms = found.terms
        if terms.way is Way.OWN_KEY:
            if self._house.persons.locked(terms.person, self._parts.clock.boottime_s()):
                return LOCKED
            if self._person_of(shown.key) != terms.person:
                return NOBODY
        if terms.person not in charter.people:
            return NOBODY
        try:
            mine = await self._parts.admission.permits_of(terms.person)
        except EvidenceError:
            mine = ()
        stands = any(one.permit.id == terms.permit and one.state in USABLE for one in mine)
        return found if stands else PERMIT_OVER

    def certificate_proved(self, user_name: str, certified: Certified) -> None:
        """Its key signed: both factors were proved when it was issued."""
        self.sign_in.certificate_proved(user_name, certified)

    def code_proved(self, user_name: str) -> None:
        """The second factor was right: the code, or the browser's yes, which was credited where it came in."""
        if not self.sign_in.browser:
            self.sign_in.code_proved(user_name)

    def complete(self) -> bool:
        """Whether nothing more is needed."""
        return self.sign_in.complete

    async def enter(self) -> bool:
        """Keep the leaf of this sign-in; without it nobody comes in."""
        person = self.sign_in.person
        if person is None:
            return False
        certificate = self.sign_in.certificate
        event = SignedIn(
            at=self._parts.clock.now(),
            door="ssh",
            person=person,
            source=self.whence,
            factors=self.sign_in.factors,
            certificate=str(certificate.serial) if certificate is not None else "",
        )
        try:
            await self._parts.ledger.append(event)
        except EvidenceError as error:
            log.error("sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
            return False
        self._entered = True
        self.entered_s = self._parts.clock.boottime_s()
        self._house.persons.succeeded(person)
        self._house.sources.succeeded(self.source)
        self._settle()
        return True

    def _person_of(self, key: asyncssh.SSHKey) -> PersonId | None:
        line = f"{key.get_algorithm()} {b64encode(key.public_data).decode('ascii')}"
        person = self._parts.charter().person_of_key(line)
        return person.id if person is not None else None

    async def _note_failure(self, code: str, wait_s: float) -> None:
        at = self._parts.clock.now()
        claimed = shortened(self.sign_in.user_name or "")
        await self._keep(SignInFailed(at=at, door="ssh", claimed=claimed, source=self.source, code=code))
        failures = self._house.sources.failures(self.source)
        if locked := alarm(at, f"{SOURCE}{self.source}", "ssh", failures, wait_s, self.source):
            await self._keep(locked)

    async def _keep(self, event: Event) -> None:
        try:
            await self._parts.ledger.append(event)
        except EvidenceError as error:
            log.error("failed_sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all


def _code_wanted(instruction: str = "", *, browser: bool = False) -> tuple[Any, ...]:
    prompt = (
        "One-time code (empty: confirm with your passkey in the browser): " if browser else "One-time code: "
    )
    return "", instruction, "", ((prompt, False),)


def shown_as(read: Read) -> Shown:
    """A certificate as the core looks at it."""
    return Shown(
        persons=read.persons,
        authority=read.authority,
        serial=read.serial,
        key_id=read.key_id,
        principals=read.principals,
        begins_s=read.begins_s,
        ends_s=read.ends_s,
        options=read.options,
        sources=read.sources,
        key=read.key.get_fingerprint(),
    )
