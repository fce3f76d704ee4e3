"""One vendor's connection: how they sign in, and what becomes of each channel they ask for."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import asyncssh
import structlog

from broker.conduits.asyncssh_internals import ForwardChannel, VendorConnection
from broker.conduits.registry import filter_for
from broker.conduits.relay import Relay
from broker.conduits.terminal.passage import TerminalPassage
from broker.conduits.terminal.program import detail_of, kind_of
from broker.door.address import Direct, Lobby, Pinned, Unreadable, destination
from broker.door.crew import Crew
from broker.door.entry import Entry, RefusedError, note_refusal, ssh_endpoint
from broker.door.identity import NameChanged, SignIn
from broker.door.limits import (
    GRACE_S,
    REQUESTS_PER_CONNECTION,
    TRIES_PER_CONNECTION,
    Attempts,
    Shedder,
    Unlocks,
)
from broker.door.lobby.lobby import LobbySession
from broker.door.seams import Parts
from broker.door.session import ProgramSession
from broker.door.wake import Wakes
from broker.door.words import Refusal, refusal_of, shortened
from broker.factors import used_already
from domain.access import AccessRequest, Deny, Grant, PassageKind
from domain.errors import EvidenceError
from domain.events import SignedIn, SignInFailed
from domain.ids import AssetId, PermitId, PersonId
from domain.plant import Protocol

log = structlog.get_logger()

BANNER = (
    "Penstock: vendor access to this plant. Whatever passes here is recorded, kept as evidence and\r\n"
    "may be watched while it happens. By signing in you agree to that.\r\n"
)
PURPOSE = "sign-in"
MOST_DETAILS = 5
FAULT = Refusal("gate_fault", "Something failed inside the gate.", "Tell the plant, and try again.")
LOBBY = frozenset({PassageKind.SHELL, PassageKind.EXEC, PassageKind.SCP})
"""What may be asked for without naming an asset."""

NO_JUMP = Refusal(
    "jump_not_available",
    "A jump to an asset's SSH port can't be recorded yet.",
    "Connect straight in, as person+asset at this gate.",
)


@dataclass(slots=True)
class House:
    """What all connections of one door share."""

    parts: Parts
    shedder: Shedder
    persons: Attempts
    sources: Attempts
    unlocks: Unlocks
    wakes: Wakes
    crew: Crew
    connections: set["Connection"] = field(default_factory=set)
    empty: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, connection: "Connection") -> None:
        """One more connection."""
        self.connections.add(connection)
        self.empty.clear()

    def leave(self, connection: "Connection") -> None:
        """One connection less."""
        self.connections.discard(connection)
        if not self.connections:
            self.empty.set()

    async def emptied(self) -> None:
        """Return once nobody is connected."""
        if self.connections:
            await self.empty.wait()


@dataclass(slots=True)
class _Tally:
    """Refusals of one kind on one connection: the first leaves a leaf at once, the rest one at the end."""

    count: int = 0
    details: list[str] = field(default_factory=list)


class Connection(asyncssh.SSHServer):
    """asyncssh's view of a vendor's connection, and the ``Owner`` of its internals."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parts = house.parts
        self.sign_in = SignIn()
        self.source = ""
        self.entry = Entry(house.parts, house.wakes)
        self._crew = Crew()
        self._ssh: VendorConnection | None = None
        self._waiting = False
        self._requests = 0
        self._tries = 0
        self._nones = 0
        self._failure = ""
        self._entered = False
        self._refusals: dict[PassageKind, _Tally] = {}

    # -- arriving and leaving ----------------------------------------------------------------------

    def connection_made(self, conn: Any) -> None:
        self._ssh = conn
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

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self._settle()
        self._crew.dismiss()
        self._house.leave(self)
        if self.sign_in.user_name is not None and not self._entered:
            self._house.sources.failed(self.source, self._parts.clock.boottime_s())
            self._house.crew.start(self._note_failure(self._failure or "left"))
        if any(tally.count > 1 for tally in self._refusals.values()):
            self._house.crew.start(self._note_tallies())

    def close(self) -> None:
        """End the connection now."""
        if self._ssh is not None:
            self._ssh.abort()

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
        return self.sign_in.person is None

    def kbdint_auth_supported(self) -> bool:
        return self.sign_in.person is not None

    def password_auth_supported(self) -> bool:
        return False

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        # Called for unsigned offers too: it credits nothing.
        return self.sign_in.may_be(username, self._person_of(key))

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:  # noqa: ARG002 - asyncssh's signature
        return _code_wanted()

    async def validate_kbdint_response(self, username: str, responses: Any) -> Any:
        """True, False, or the same question again for a right code that was used before."""
        person = self.sign_in.person
        if person is None or username != self.sign_in.user_name or len(responses) != 1:
            return False
        if self._house.persons.locked(person, self._parts.clock.boottime_s()):
            self._failure = "locked"
            return False
        code = str(responses[0]).strip()[:64]
        step = await self._parts.codes.check(person, code, PURPOSE)
        if step is not None:
            return True
        wait_s = await self._parts.codes.used(person, code)
        if wait_s is not None:
            return self._ask_again(wait_s)
        self._failure = "wrong_code"
        self._house.persons.failed(person, self._parts.clock.boottime_s())
        return False

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

    def code_proved(self, user_name: str) -> None:
        """The code was right."""
        self.sign_in.code_proved(user_name)

    def complete(self) -> bool:
        """Whether nothing more is needed."""
        return self.sign_in.complete

    async def enter(self) -> bool:
        """Keep the leaf of this sign-in; without it nobody comes in."""
        person = self.sign_in.person
        if person is None:
            return False
        event = SignedIn(
            at=self._parts.clock.now(),
            door="ssh",
            person=person,
            source=self.source,
            factors=self.sign_in.factors,
        )
        try:
            await self._parts.ledger.append(event)
        except EvidenceError as error:
            log.error("sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all
            return False
        self._entered = True
        self._house.persons.succeeded(person)
        self._house.sources.succeeded(self.source)
        self._settle()
        return True

    def _person_of(self, key: asyncssh.SSHKey) -> PersonId | None:
        line = f"{key.get_algorithm()} {b64encode(key.public_data).decode('ascii')}"
        person = self._parts.charter().person_of_key(line)
        return person.id if person is not None else None

    async def _note_failure(self, code: str) -> None:
        event = SignInFailed(
            at=self._parts.clock.now(),
            door="ssh",
            claimed=shortened(self.sign_in.user_name or ""),
            source=self.source,
            code=code,
        )
        try:
            await self._parts.ledger.append(event)
        except EvidenceError as error:
            log.error("failed_sign_in_not_kept", fact=error.fact)  # noqa: TRY400 - the fact says it all

    # -- session channels --------------------------------------------------------------------------

    def session_requested(self) -> Any:
        assert self._ssh is not None
        return self._ssh.create_vendor_channel(), ProgramSession(self)

    def boottime_s(self) -> float:
        """Seconds since boot."""
        return self._parts.clock.boottime_s()

    def start(self, session: ProgramSession, request: str, what: bytes) -> "asyncio.Task[None]":
        """Get the program that a channel asked for."""
        return self._crew.start(self._serve(session, request, what))

    async def _serve(self, session: ProgramSession, request: str, what: bytes) -> None:
        kind = kind_of(request, what)
        if isinstance(self.sign_in.asked, Lobby) and kind in LOBBY:
            lobby = LobbySession(self._house, self, session)
            session.listener = lobby
            await lobby.run(what)
            return
        wish = self._wish(Grant(kind), AssetId(""), detail_of(what))
        try:
            wish = await self._placed(wish)
            await self._pass_through(session, wish, request, what)
        except RefusedError as error:
            await self.entry.record_refusal(wish, error, self.entry.session_of(wish))
            _tell(session, error.refusal)
        except Exception:
            _tell(session, FAULT)  # or the client would wait for ever
            raise

    async def _placed(self, wish: AccessRequest) -> AccessRequest:
        """The wish with the asset, and the permit if one is pinned, that the user name says."""
        match self.sign_in.asked:
            case Direct(_, asset):
                return replace(wish, asset=asset)
            case Pinned(permit):
                return replace(wish, asset=await self._asset_of(permit), permit=permit)
            case Unreadable(sentence, _):
                raise RefusedError(Refusal("bad_address", sentence, "Connect as person+asset."))
            case Lobby():
                raise RefusedError(
                    Refusal("no_asset", "No asset was named.", "Connect as person+asset, or use the lobby.")
                )

    async def _pass_through(
        self, session: ProgramSession, wish: AccessRequest, request: str, what: bytes
    ) -> None:
        def say(line: str) -> None:
            session.channel.write_stderr(f"{line}\r\n".encode())

        grant = wish.passage[0]
        seat = await self.entry.seat(wish, attended=self.sign_in.attended, say=say)
        passage = TerminalPassage(seat.live, session.channel, session.early)
        session.listener = passage
        passage.number = await self.entry.admit(seat, passage, grant, wish.detail)
        try:
            target = await self.entry.target(seat, ssh_endpoint(grant, seat.asset))
            started = await passage.open(target.channel(), request, what)
        except (asyncssh.Error, OSError) as error:
            passage.abandon("asset gone")
            raise RefusedError(
                Refusal("asset_unreachable", f"The asset closed the connection: {error}.", "Try again.", 69)
            ) from error
        except BaseException:
            passage.abandon("never opened")
            raise
        if not started:
            passage.abandon("refused by the asset")
            raise RefusedError(
                Refusal("asset_refused", "The asset would not start this program.", "Ask the plant.", 69)
            )

    async def _asset_of(self, permit: PermitId) -> AssetId:
        person = self.sign_in.person
        assert person is not None
        for filed in await self._parts.admission.permits_of(person):
            if filed.permit.id == permit:
                return filed.permit.asset
        raise RefusedError(
            Refusal("no_permit", "There is no permit of that id for you.", "Ask for one in the lobby.")
        )

    def _wish(
        self, grant: Grant, asset: AssetId, detail: str, permit: PermitId | None = None
    ) -> AccessRequest:
        assert self.sign_in.person is not None
        return AccessRequest(
            person=self.sign_in.person,
            asset=asset,
            passage=(grant,),
            actions=frozenset(),
            source=self.source,
            permit=permit,
            detail=detail,
        )

    # -- forwards ----------------------------------------------------------------------------------

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:  # noqa: ARG002 - where a client says it comes from is worth nothing
        assert self._ssh is not None
        channel = self._ssh.create_forward_channel()
        return channel, self._forward(channel, dest_host, dest_port)

    async def _forward(self, channel: ForwardChannel, host: str, port: int) -> Relay:  # noqa: ARG002 - asyncssh connects the two
        detail = f"{shortened(host)}:{port}"
        wish = self._wish(Grant(PassageKind.FORWARD, port), AssetId(""), detail)
        # asyncssh tells a channel's session that the connection is gone only once it has one: without this
        # a client that left meanwhile would leave behind a relay that nobody ever ends.
        with self._crew.joined():
            try:
                wish = await self._forward_to(wish, host, port)
                return await self._relay(wish)
            except RefusedError as error:
                wish = error.wish or wish
                await self.entry.record_refusal(wish, error, self.entry.session_of(wish))
                raise asyncssh.ChannelOpenError(
                    asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, error.refusal.line()
                ) from error

    async def _forward_to(self, wish: AccessRequest, host: str, port: int) -> AccessRequest:
        to = destination(host, port)
        if isinstance(to, Unreadable):
            raise RefusedError(Refusal("bad_destination", to.sentence, "Forward to an asset's id and port."))
        pinned = self.sign_in.asked.permit if isinstance(self.sign_in.asked, Pinned) else None
        wish = replace(wish, asset=to.asset, permit=pinned)
        if self._leads_to_ssh(to.asset, port):
            wish = replace(wish, passage=(Grant(PassageKind.JUMP),))
            await self._parts.admission.through(wish)
            raise RefusedError(NO_JUMP, wish=wish)
        return wish

    async def _relay(self, wish: AccessRequest) -> Relay:
        grant = wish.passage[0]
        seat = await self.entry.seat(wish, attended=self.sign_in.attended, say=_nobody_reads)
        endpoint = ssh_endpoint(grant, seat.asset)
        filter_ = filter_for(endpoint.protocol)
        if filter_ is None:
            raise RefusedError(NO_JUMP)
        relay = Relay(seat.live, filter_)
        relay.number = await self.entry.admit(seat, relay, grant, wish.detail)
        try:
            await relay.open(endpoint)
        except BaseException as error:
            relay.finish("never opened", "", 0)
            seat.live.leave(relay.number)
            if isinstance(error, OSError) or hasattr(error, "fact"):
                raise RefusedError(Refusal("asset_unreachable", str(error), "Ask the plant.", 69)) from error
            raise
        return relay

    def _leads_to_ssh(self, asset: AssetId, port: int) -> bool:
        known = self._parts.charter().assets.get(asset)
        endpoint = known.endpoint_at(port) if known is not None else None
        return port == 22 or (endpoint is not None and endpoint.protocol is Protocol.SSH)

    def unix_connection_requested(self, dest_path: str) -> bool:
        self.refused(PassageKind.STREAMLOCAL, f"direct {shortened(dest_path)}")
        return False

    def tun_requested(self, unit: int | None) -> bool:
        self.refused(PassageKind.TUN, f"tun {unit}")
        return False

    def tap_requested(self, unit: int | None) -> bool:
        self.refused(PassageKind.TUN, f"tap {unit}")
        return False

    # -- what is always refused --------------------------------------------------------------------

    def refused(self, kind: PassageKind, detail: str) -> None:
        """Keep that something was refused: the first of its kind at once, the others as a count at the end."""
        tally = self._refusals.setdefault(kind, _Tally())
        tally.count += 1
        if len(tally.details) < MOST_DETAILS:
            tally.details.append(shortened(detail))
        if tally.count == 1 and self.sign_in.person is not None:
            self._crew.start(self._note_always(kind, tally.details[0]))

    async def _note_always(self, kind: PassageKind, detail: str) -> None:
        asked = self.sign_in.asked
        wish = self._wish(Grant(kind), asked.asset if isinstance(asked, Direct) else AssetId(""), detail)
        passed = await self._parts.admission.through(wish)
        refusal = Refusal("not_permitted", "This kind of passage is never let through.")
        code = refusal.code
        if isinstance(passed.decision, Deny):
            refusal = refusal_of(passed.decision)
            code = passed.decision.reasons[0].code if passed.decision.reasons else code
        await note_refusal(self._parts, wish, code, refusal.sentence, self.entry.session_of(wish))

    async def _note_tallies(self) -> None:
        asked = self.sign_in.asked
        for kind, tally in self._refusals.items():
            if tally.count > 1:
                detail = f"{tally.count} times: {', '.join(tally.details)}"
                wish = self._wish(
                    Grant(kind), asked.asset if isinstance(asked, Direct) else AssetId(""), detail
                )
                await note_refusal(
                    self._parts, wish, "refused_repeatedly", "Refused again on the same connection."
                )


def _tell(session: ProgramSession, refusal: Refusal) -> None:
    channel = session.channel
    if not channel.over:
        channel.write_stderr(f"{refusal.line()}\r\n".encode())
        channel.exit(refusal.exit_status)


def _code_wanted(instruction: str = "") -> tuple[Any, ...]:
    return "", instruction, "", (("One-time code: ", False),)


def _nobody_reads(line: str) -> None:
    """A forward has no place to show a line."""
