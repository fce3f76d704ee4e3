"""One vendor's connection: what becomes of each channel that they ask for once they are signed in."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import asyncssh

from broker.admission import EDITED
from broker.conduits.asyncssh_internals.paced import ForwardChannel
from broker.conduits.files.in_terminal import WatchedPassage
from broker.conduits.files.passage import Desk, FilePassage
from broker.conduits.registry import filter_for
from broker.conduits.relay import Relay
from broker.conduits.seams import Engine
from broker.conduits.step_up import STEP_UP
from broker.conduits.tcp.filter import UNRECORDABLE, Filter
from broker.conduits.tcp.tls import CertificateError
from broker.conduits.terminal.passage import TerminalPassage
from broker.conduits.terminal.program import detail_of, grant_of
from broker.door.address import Direct, Lobby, Pinned, Unreadable, destination
from broker.door.confirming import demand
from broker.door.entry import Entry, RefusedError, Seat, note_refusal, refusal_by, terminal_endpoint
from broker.door.files import coming, file_filter, in_terminals, roots_of, unreadable
from broker.door.house import House
from broker.door.lobby.lobby import LobbySession
from broker.door.session import ProgramSession
from broker.door.unlocking import TerminalQuestion
from broker.door.visitor import Visitor
from broker.door.words import Refusal, refusal_of, shortened
from domain.access import AccessRequest, ConnectionMethod, Deny, Grant, PassageKind, as_held
from domain.errors import ConfigError, DecisionError, EvidenceError, PeerError
from domain.ids import AssetId, PermitId, SessionId
from domain.limits import limits_of
from domain.plant import LINES, Direction, Endpoint, Protocol, Tunnel
from policies.unrecorded import tunnels_let
from recorder.format.frame import Kind
from recorder.format.payloads import mark

MOST_DETAILS = 5
MOST_LEAVES = 50
"""Refusals on one connection that leave a leaf each; further ones are counted, and told at its end."""

MOST_JUMPS = 16

FAULT = Refusal("gate_fault", "Something failed inside the gate.", "Tell the plant, and try again.")
LOBBY = frozenset({PassageKind.SHELL, PassageKind.EXEC, PassageKind.SCP})
"""What may be asked for without naming an asset."""

NEVER_FORWARDED = Refusal(
    "never_forwarded",
    "What this port speaks is never let through as it is.",
    "Connect straight in, as person+asset at this gate.",
)
NO_GATEWAY = Refusal(
    "opc_ua_gateway_unusable",
    "This gate can't end encrypted OPC UA.",
    "Tell the plant: penstock vault opc-ua.",
)
NO_DESKTOPS = Refusal(
    "rdp_engine_missing", "This gate has no engine for RDP.", "Tell the plant: penstock doctor."
)
TOO_MANY_JUMPS = Refusal(
    "too_many_jumps", f"One connection jumps {MOST_JUMPS} times at most.", "Connect anew."
)
IN_THE_CLEAR = (
    "penstock: behind the gate {asset} is reached over {protocol}, in the clear; this session is recorded"
)
ASK_WIDER = "If the work needs it, ask for a permit with the action or the limits that it takes; see docs/conduits.md."

PROVE = "Confirm it as it says, with a code or a passkey, and send it again."

NO_TUNNEL = (
    "Connect to what is meant as person+asset, or by its own port. If it has to be, it is an exception: the plant names it in"
    " the conduit's not_recordable, and grants one that lifts unrecordable_inner_tunnel, with an end."
)


@dataclass(slots=True)
class _Tally:
    """Refusals of one kind on one connection. Beyond ``told`` of them, one leaf at the end tells of all."""

    told: int = 1
    count: int = 0
    details: list[str] = field(default_factory=list)


class Connection(Visitor):
    """A vendor's connection once it is known whose it is: it opens what may be opened."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.entry = Entry(house.parts, house.wakes)
        self._refusals: dict[PassageKind, _Tally] = {}
        self._leaves = 0
        self._jumps = 0

    def connection_made(self, conn: Any) -> None:
        self._ssh = conn

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        self._crew.dismiss()
        if any(tally.count > tally.told for tally in self._refusals.values()):
            self._house.crew.start(self._note_tallies())

    # -- session channels --------------------------------------------------------------------------

    def session_requested(self) -> Any:
        assert self._ssh is not None
        return self._ssh.create_vendor_channel(), ProgramSession(self)

    def still_known(self) -> bool:
        """Whether the charter in force still names the key for the person who came in with it, or the person in a browser."""
        if self.sign_in.person is None:
            return True
        person = self._parts.charter().people.get(self.sign_in.person)
        if self.sign_in.in_browser:
            return person is not None  # its key stands in no charter
        keys = person.ssh_keys if person is not None else ()
        return self.sign_in.key in {asyncssh.import_public_key(one).get_fingerprint() for one in keys}

    def sessions(self) -> tuple[SessionId, ...]:
        """The sessions on this connection that are not over."""
        return self.entry.sessions()

    def boottime_s(self) -> float:
        """Seconds since boot."""
        return self._parts.clock.boottime_s()

    def start(self, session: ProgramSession, request: str, what: bytes) -> "asyncio.Task[None]":
        """Get the program that a channel asked for."""
        return self._crew.start(self._serve(session, request, what))

    async def _serve(self, session: ProgramSession, request: str, what: bytes) -> None:
        grant = grant_of(request, what)
        if isinstance(self.sign_in.asked, Lobby) and grant.kind in LOBBY:
            lobby = LobbySession(self._house, self, session)
            session.listener = lobby
            await lobby.run(what)
            return
        wish = self._wish(grant, AssetId(""), detail_of(what))
        try:
            wish = await self.placed(wish)
            await self._pass_through(session, wish, request, what)
        except RefusedError as error:
            await self._keep_refusal(wish, error)
            _tell(session, error.refusal)
        except Exception:
            _tell(session, FAULT)  # or the client would wait for ever
            raise

    async def placed(self, wish: AccessRequest) -> AccessRequest:
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
                    Refusal(
                        "no_asset",
                        "No asset was named.",
                        "Connect as person+asset; see 'assets' in the lobby.",
                    )
                )

    async def _pass_through(
        self, session: ProgramSession, wish: AccessRequest, request: str, what: bytes
    ) -> None:
        def say(line: str) -> None:
            session.channel.write_stderr(f"{line}\r\n".encode())

        grant = wish.passage[0]
        seat = await self.entry.seat(wish, attended=self.sign_in.attended, say=say)
        terminal = seat.asset.terminal()
        line = terminal is not None and terminal.protocol in LINES
        held = as_held(grant, seat.permit.grants)
        if (why := unreadable(held, seat.permit, self._parts.charter())) is not None:
            raise RefusedError(why)
        passage = self._passage(session, seat, wish, held, line=line)
        session.listener = passage
        passage.number = await self.entry.admit(seat, passage, held, wish.detail)
        if held.kind is PassageKind.RSYNC:
            seat.live.note(Kind.MARK, passage.number, mark("unlisted"))
        if terminal is not None and line:
            say(IN_THE_CLEAR.format(asset=seat.asset.id, protocol=terminal.protocol))
            seat.live.note(Kind.MARK, passage.number, mark("cleartext", protocol=terminal.protocol))
        try:
            target = await self.entry.target(seat, terminal_endpoint(grant, seat.asset))
            started = await passage.open(target.channel(), request, what)
        except PeerError as error:
            passage.abandon("never opened")
            raise RefusedError(refusal_by(error)) from error
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
                Refusal(
                    "asset_refused",
                    "The asset would not start this program.",
                    "Ask the plant whether it may run.",
                    69,
                )
            )

    def _passage(
        self, session: ProgramSession, seat: Seat, wish: AccessRequest, held: Grant, *, line: bool
    ) -> TerminalPassage:
        refused = partial(self._transaction_refused, wish)
        live, channel, early = seat.live, session.channel, session.early
        tally = self._house.tallies.of(live.id, seat.permit.id, roots_of(seat.permit))
        filter_ = file_filter(held, seat.permit, self._parts.charter(), tally)
        if held.kind is PassageKind.RSYNC:
            return TerminalPassage(live, channel, early, refused=refused)
        desk = Desk(
            str(held.kind),
            partial(coming, live.id, seat.permit, held),
            self._parts.quarantine,
            self._house.crew.start,
            refused,
        )
        if filter_ is None or line:
            flows = in_terminals(seat.permit, self._parts.charter())
            question = TerminalQuestion(self._house, seat, self.whence, self._crew.start)
            return WatchedPassage(
                live, channel, early, flows, line=line, refused=refused, question=question, desk=desk
            )
        return FilePassage(live, channel, early, filter_, desk)

    async def _asset_of(self, permit: PermitId) -> AssetId:
        person = self.sign_in.person
        assert person is not None
        try:
            mine = await self._parts.admission.permits_of(person)
        except EvidenceError as error:
            raise RefusedError(refusal_of(Deny((EDITED,)))) from error
        for filed in mine:
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
            source=self.whence,
            permit=permit,
            detail=detail,
            client=self.client,
            key=self.sign_in.key,
            by_program=not self.sign_in.attended,
            method=ConnectionMethod.BROWSER if self.sign_in.in_browser else ConnectionMethod.SSH,
        )

    # -- forwards ----------------------------------------------------------------------------------

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:  # noqa: ARG002 - where a client says it comes from is worth nothing
        assert self._ssh is not None
        channel = self._ssh.create_forward_channel()
        return channel, self._forward(channel, dest_host, dest_port)

    async def _forward(self, channel: ForwardChannel, host: str, port: int) -> Any:  # noqa: ARG002 - asyncssh connects the two
        detail = f"{shortened(host)}:{port}"
        wish = self._wish(Grant(PassageKind.FORWARD, port), AssetId(""), detail)
        # asyncssh tells a channel's session that the connection is gone only once it has one: without this
        # a client that left meanwhile would leave behind a relay that nobody ever ends.
        with self._crew.joined():
            try:
                wish = self._forward_to(wish, host, port)
                jumps = wish.passage[0].kind is PassageKind.JUMP
                return await (self.jump(wish) if jumps else self._relay(wish))
            except RefusedError as error:
                wish = error.wish or wish
                await self._keep_refusal(wish, error)
                raise asyncssh.ChannelOpenError(
                    asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, error.refusal.line()
                ) from error

    def _forward_to(self, wish: AccessRequest, host: str, port: int) -> AccessRequest:
        to = destination(host, port)
        if isinstance(to, Unreadable):
            raise RefusedError(Refusal("bad_destination", to.sentence, "Forward to an asset's id and port."))
        pinned = self.sign_in.asked.permit if isinstance(self.sign_in.asked, Pinned) else None
        grant = Grant(PassageKind.JUMP) if self._leads_to_ssh(to.asset, port) else wish.passage[0]
        return replace(wish, asset=to.asset, permit=pinned, passage=(grant,))

    async def jump(self, wish: AccessRequest) -> Any:
        """The gate's own SSH server in the asset's place: what is asked for inside is decided there, channel by channel."""
        self._jumps += 1
        if self._jumps > MOST_JUMPS or self._house.jumps is None:
            raise RefusedError(TOO_MANY_JUMPS, wish=wish)
        return self._house.jumps.to(self._house, self, wish.asset)

    async def _relay(self, wish: AccessRequest) -> Relay:
        grant = wish.passage[0]
        seat = await self.entry.seat(wish, attended=self.sign_in.attended, say=_nobody_reads)
        endpoint = terminal_endpoint(grant, seat.asset)
        unread = self._unread(seat, endpoint)
        filter_ = demand(
            self._filter(seat, endpoint, unread), seat, endpoint.protocol, self._parts, self._crew.start
        )
        outward = seat.permit.direction is Direction.OUTBOUND
        relay = Relay(
            seat.live,
            filter_,
            partial(self._inward_refused, seat, wish.detail) if outward else None,
            partial(self._transaction_refused, wish),
            {
                "protocol": endpoint.protocol,
                "actions": sorted(seat.permit.actions),
                "limits": sorted(seat.permit.limits),
                **({"not_recordable": sorted(unread)} if unread else {}),
            },
            self._engine(seat, endpoint),
        )
        told = f" (not recordable: {', '.join(sorted(unread))})" if unread else ""
        relay.number = await self.entry.admit(seat, relay, grant, f"{wish.detail}{told}")
        try:
            await relay.open(endpoint)
        except BaseException as error:
            relay.finish("never opened", "", 0)
            seat.live.leave(relay.number)
            if isinstance(error, CertificateError):
                await self.entry.record_mismatch(seat, error.shown)
                raise RefusedError(Refusal(error.code, error.fact, error.remedy)) from error
            if isinstance(error, DecisionError):
                raise RefusedError(Refusal(error.code, error.fact, error.remedy)) from error
            if isinstance(error, OSError) or hasattr(error, "fact"):
                raise RefusedError(Refusal("asset_unreachable", str(error), "Ask the plant.", 69)) from error
            raise
        return relay

    def _unread(self, seat: Seat, endpoint: Endpoint) -> frozenset[Tunnel]:
        """What may run in it that nobody can read, by the charter in force and an exception that is."""
        permit, there = seat.permit, Grant(PassageKind.FORWARD, endpoint.port)
        where = (permit.conduit, permit.asset, [there], permit.vendor)
        return tunnels_let(self._parts.charter(), *where, self._parts.clock.now())[0]

    def _filter(self, seat: Seat, endpoint: Endpoint, unread: frozenset[Tunnel]) -> Filter:
        limits, end = limits_of(seat.permit.limits), self.entry.far_end(seat, endpoint)
        found = filter_for(endpoint.protocol, seat.permit.actions, limits, end, not_recordable=unread)
        if found is None:
            raise RefusedError(NEVER_FORWARDED)
        if not endpoint.certificate:
            return found
        if self._parts.gateway is None:
            raise RefusedError(NO_GATEWAY)
        try:
            return self._parts.gateway(found, endpoint)
        except ConfigError as error:
            refusal = Refusal("opc_ua_gateway_unusable", error.fact, error.remedy or "Tell the plant.")
            raise RefusedError(refusal) from error

    def _engine(self, seat: Seat, endpoint: Endpoint) -> Engine | None:
        """Who speaks to the asset where the gate does not itself."""
        if endpoint.protocol is not Protocol.RDP:
            return None
        if self._parts.desktops is None:
            raise RefusedError(NO_DESKTOPS)
        try:
            return self._parts.desktops(endpoint, self.entry.far_end(seat, endpoint))
        except DecisionError as error:
            raise RefusedError(Refusal(error.code, error.fact, error.remedy)) from error

    def _inward_refused(self, seat: Seat, detail: str, count: int) -> None:
        self._crew.start(self.entry.record_inward(seat, detail, count))

    def _transaction_refused(self, wish: AccessRequest, code: str, sentence: str) -> None:
        remedy = {UNRECORDABLE: NO_TUNNEL, STEP_UP: PROVE}.get(code, ASK_WIDER)
        self._crew.start(self._keep_refusal(wish, RefusedError(Refusal(code, sentence, remedy))))

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

    async def _keep_refusal(self, wish: AccessRequest, error: RefusedError) -> None:
        """Leave the leaf of a no, unless this connection left so many that they only fill the ledger."""
        self._leaves += 1
        if self._leaves <= MOST_LEAVES:
            await self.entry.record_refusal(wish, error, self.entry.session_of(wish))
            return
        tally = self._refusals.setdefault(wish.passage[0].kind, _Tally(told=0))
        tally.count += 1
        if len(tally.details) < MOST_DETAILS:
            tally.details.append(shortened(wish.detail))

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
            if tally.count > tally.told:
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


def _nobody_reads(line: str) -> None:
    """A forward has no place to show a line."""
