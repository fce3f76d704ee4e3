"""The lobby: where a person asks for a permit, waits for it and takes it back. Nothing here reaches an asset.

With a terminal, a little shell; without, one command and its exit status, or commands line by line.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from broker.conduits.terminal.program import detail_of
from broker.door.confirming import confirm
from broker.door.house import House
from broker.door.lobby.asking import QUESTIONS, blank, usual
from broker.door.lobby.assets import assets, assets_json, assets_of
from broker.door.lobby.commands import (
    Ask,
    Assets,
    Certificate,
    Command,
    Confirm,
    Extend,
    Gone,
    Help,
    KnownHosts,
    Mistake,
    Nothing,
    Permits,
    Quit,
    Sessions,
    Unlock,
    UnlockSession,
    Wait,
    Withdraw,
    command,
)
from broker.door.lobby.extending import no_extension
from broker.door.lobby.line import Line
from broker.door.lobby.sessions import running, sessions, sessions_json
from broker.door.lobby.text import (
    HELP,
    PROMPT,
    greeting,
    moment,
    permits,
    permits_json,
    unread_by,
    way_in,
    wrapped,
)
from broker.door.seams import Filed
from broker.door.session import ProgramSession
from broker.door.unlocking import unlock_by_sign_in
from broker.door.visitor import Visitor
from broker.door.words import Refusal, refusal_of
from broker.exit_status import COME_BACK, WRONG_USAGE
from domain.access import (
    AccessRequest,
    ConnectionMethod,
    Deny,
    NeedsApproval,
    Stated,
)
from domain.canonical import Json
from domain.errors import DecisionError, PenstockError
from domain.events import SignInUnlocked
from domain.ids import AssetId, PermitId, PersonId, SessionId
from domain.parties import LeavingKind
from domain.permit import USABLE, WAITING, PermitState
from domain.plant import Asset
from domain.window import TimeWindow
from policies.explain import awaited
from recorder.replay import inert

LOOK_AGAIN_S = 5.0
MOST_LINES_WAITING = 20


class LobbySession:
    """One channel that leads to the lobby. A ``Listener`` of its session."""

    def __init__(self, house: House, connection: Visitor, session: ProgramSession) -> None:
        self._house = house
        self._parts = house.parts
        self._connection = connection
        self._channel = session.channel
        self._terminal = session.early.window is not None
        self._line = Line(self._terminal)
        self._lines: asyncio.Queue[str | None] = asyncio.Queue(MOST_LINES_WAITING)
        self._interrupted = asyncio.Event()
        self._at_end = session.early.at_end

    async def run(self, what: bytes) -> None:
        """Serve ``what``, or without it whatever is typed; then close the channel with a status."""
        self._channel.release()
        if what:
            status = await self._obey(command(detail_of(what)))
        else:
            status = await self._converse()
        self._leave(status)

    async def _converse(self) -> int:
        charter = self._parts.charter()
        person = self._connection.sign_in.person
        name = charter.people[person].name if person is not None and person in charter.people else ""
        if self._terminal:
            self._say(
                greeting(name, charter.organisation.name, demonstration=charter.organisation.demonstration)
            )
        status = 0
        while True:
            if self._terminal:
                self._write(PROMPT)
            line = None if self._at_end and self._lines.empty() else await self._lines.get()
            if line is None:
                return status
            read = command(line)
            if isinstance(read, Quit):
                return status
            self._interrupted.clear()
            status = await self._obey(read)

    # -- the commands ------------------------------------------------------------------------------

    async def _obey(self, said: Command) -> int:  # noqa: C901, PLR0911, PLR0912 - one case per command
        try:
            match said:
                case Nothing() | Quit():
                    return 0
                case Help():
                    self._say(HELP)
                    return 0
                case Mistake(sentence):
                    self._complain(f"penstock: {sentence}")
                    return WRONG_USAGE
                case Permits(as_json):
                    filed = await self._mine()
                    self._say(permits_json(filed) if as_json else self._listed(filed))
                    return 0
                case Assets(as_json):
                    found = self._assets()
                    self._say(assets_json(found) if as_json else assets(found))
                    return 0
                case KnownHosts():
                    return self._known_hosts()
                case Certificate(permit):
                    return await self._certificate(permit)
                case Ask():
                    return await self._ask(said)
                case Wait(permit):
                    return await self._wait(permit)
                case Withdraw(permit):
                    return await self._withdraw(permit)
                case Extend(permit):
                    return await self._extend(permit)
                case Unlock(minutes):
                    return await self._unlock(minutes)
                case UnlockSession(session):
                    return await self._unlock_session(session)
                case Confirm(session, step):
                    return self._told(await confirm(self._house, self._connection, session, step))
                case Sessions(as_json):
                    return self._sessions(as_json=as_json)
                case Gone(person, kind):
                    return await self._gone(person, kind)
                case never:
                    assert_never(never)
        except PenstockError as error:
            return self._refuse(Refusal("not_done", error.fact, error.remedy))

    async def _mine(self) -> tuple[Filed, ...]:
        person = self._connection.sign_in.person
        assert person is not None
        return tuple(await self._parts.admission.permits_of(person))

    def _zone_of(self, asset: AssetId) -> str:
        return self._parts.charter().place_of(asset).time_zone

    def _listed(self, filed: tuple[Filed, ...]) -> str:
        charter = self._parts.charter()

        def lapses(one: Filed) -> datetime | None:
            timers = charter.timers_of(one.permit.asset, one.permit.conduit)
            match one.state:
                case PermitState.REQUESTED:
                    return timers.decide_by(one.permit)
                case PermitState.APPROVED if one.approvals:
                    return timers.use_by(one.permit, max(yes.at for yes in one.approvals))
                case _:
                    return None

        return permits(filed, self._zone_of, lapses, unread_by(charter))

    def _assets(self) -> tuple[Asset, ...]:
        person = self._connection.sign_in.person
        assert person is not None
        return assets_of(self._parts.charter(), person, self._parts.clock.now())

    def _known_hosts(self) -> int:
        here = [asset.id for asset in self._assets() if asset.terminal() is not None]
        if not here or self._house.jumps is None:
            self._complain("penstock: No asset that you may ask for speaks SSH. See 'assets'.")
            return 1
        self._write(f"{self._house.jumps.known_hosts(here)}\n")
        return 0

    async def _certificate(self, permit: PermitId) -> int:
        issuing, sign_in = self._parts.certificates, self._connection.sign_in
        if issuing is None or sign_in.person is None:
            return self._refuse(Refusal("not_done", "This gate issues no certificates.", "Use your code."))
        try:
            line, _ends = await issuing.of_own_key(
                sign_in.person,
                permit,
                key=sign_in.key,
                factor=sign_in.factor,
                source=self._connection.source,
                client=self._connection.client,
            )
        except DecisionError as error:
            return self._refuse(Refusal(error.code, error.fact, error.remedy))
        self._write(f"{line}\n")
        return 0

    async def _ask(self, said: Ask) -> int:
        person = self._connection.sign_in.person
        assert person is not None
        if self._terminal:
            said = replace(said, stated=await self._asked_for(said, person))
        start = self._parts.clock.now().replace(microsecond=0) + said.starts_in
        request = AccessRequest(
            person=person,
            asset=said.asset,
            passage=said.passage or usual(self._parts.charter().assets.get(said.asset)),
            actions=said.actions,
            limits=said.limits,
            source=self._connection.source,
            window=TimeWindow(start, start + said.length),
            conduit=said.conduit,
            client=self._connection.client,
            key=self._connection.sign_in.key,
            tools=said.tools,
            method=ConnectionMethod.SSH,
        )
        try:
            asked = await self._parts.admission.ask(
                request,
                purpose=said.stated.purpose,
                work_order=said.stated.work_order,
                back_out=said.stated.back_out,
                failure=said.stated.failure,
                conduit=said.conduit,
                states=said.states or None,
                door="ssh",
            )
        except ValueError as error:
            fact = str(error)
            sentence = fact[:1].upper() + fact[1:] + "."
            return self._refuse(Refusal("bad_request", sentence, "Say it differently."))
        if isinstance(asked.decision, Deny):
            return self._refuse(refusal_of(asked.decision))
        if asked.permit is None:
            return self._refuse(
                Refusal("not_filed", "The request could not be filed.", "Ask your contact at the plant.")
            )
        charter = self._parts.charter()
        waits = asked.decision if isinstance(asked.decision, NeedsApproval) else None
        if said.json:
            waiting: list[Json] = [
                charter.people[one].name
                for one in (waits.waiting_for if waits else ())
                if one in charter.people
            ]
            document = {"permit": asked.permit.id, "state": "requested", "waiting_for": waiting}
            self._say(json.dumps(document, ensure_ascii=True) + "\n")
            return 0
        self._say(
            wrapped(
                [
                    f"Asked for permit {asked.permit.id}.",
                    f"Waiting for {inert(awaited(waits, charter.people)) if waits else 'the plant'}.",
                    f"Say 'wait' here, or connect as {person}+{said.asset} and be held until it is decided.",
                ]
            )
        )
        return 0

    async def _asked_for(self, said: Ask, person: PersonId) -> Stated:
        """What was said, and what every way there wants to know besides, asked for line by line."""
        stated = said.stated
        for field in blank(self._parts.charter(), said, person):
            self._write(f"{QUESTIONS[field]}: ")
            answer = None if self._at_end and self._lines.empty() else await self._lines.get()
            stated = replace(stated, **{field.value: " ".join((answer or "").split())})
        return stated

    async def _wait(self, permit: PermitId | None) -> int:
        said = False
        while True:
            with self._house.wakes.watch() as woken:
                found = self._chosen(await self._mine(), permit)
                if found is None:
                    return self._refuse(
                        Refusal("no_permit", "There is no such permit of yours.", "See 'permits'.")
                    )
                if found.state not in WAITING:
                    return self._decided(found)
                if not self._connection.sign_in.attended:
                    return self._refuse(
                        Refusal(
                            "waiting_for_approval", "It is not decided yet.", "Come back later.", COME_BACK
                        )
                    )
                if self._interrupted.is_set():
                    return COME_BACK
                permit = found.permit.id
                if not said:
                    self._say(f"Waiting for permit {permit} to be decided; Ctrl-C to stop waiting.\n")
                    said = True
                await woken.within(LOOK_AGAIN_S)

    @staticmethod
    def _chosen(filed: tuple[Filed, ...], permit: PermitId | None) -> Filed | None:
        if permit is not None:
            return next((one for one in filed if one.permit.id == permit), None)
        waiting = [one for one in filed if one.state in WAITING]
        return next(iter(waiting or filed), None)

    def _decided(self, one: Filed) -> int:
        if one.state in USABLE:
            until = moment(one.permit.window.end, self._zone_of(one.permit.asset))
            self._say(wrapped([f"Permit {one.permit.id} is {one.state}, until {until}."]))
            self._say(f"Go in with: {way_in(one)}\n")  # not wrapped: it is there to be copied
            return 0
        return self._refuse(
            Refusal(
                f"permit_{one.state}",
                f"Permit {one.permit.id} is {one.state}.",
                "Ask for a new one: see 'help'.",
            )
        )

    async def _withdraw(self, permit: PermitId) -> int:
        person = self._connection.sign_in.person
        assert person is not None
        if self._chosen(await self._mine(), permit) is None:
            return self._refuse(Refusal("no_permit", "There is no such permit of yours.", "See 'permits'."))
        await self._parts.withdraw(permit, person)
        self._house.wakes.announce()
        self._say(f"Permit {permit} is withdrawn.\n")
        return 0

    async def _extend(self, permit: PermitId) -> int:
        one = self._chosen(await self._mine(), permit)
        if one is None:
            return self._refuse(Refusal("no_permit", "There is no such permit of yours.", "See 'permits'."))
        return self._refuse(await no_extension(self._parts, one.permit, self._connection.source))

    async def _gone(self, person: PersonId, kind: LeavingKind) -> int:
        speaker = self._connection.sign_in.person
        assert speaker is not None
        if self._parts.notices is None:
            return self._refuse(Refusal("not_done", "This gate takes no notice.", "Call the plant."))
        until = await self._parts.notices.give(speaker, person, kind)
        self._house.wakes.announce()
        zone = self._parts.charter().organisation.time_zone
        self._say(f"{person} has no access from {moment(until, zone)} on.\n")
        return 0

    async def _unlock(self, minutes: int) -> int:
        sign_in = self._connection.sign_in
        if not sign_in.attended:
            return self._refuse(
                Refusal(
                    "not_attended", "Only a sign-in with a code can unlock.", "Sign in with a code first."
                )
            )
        person = sign_in.person
        assert person is not None
        await self._parts.ledger.append(
            SignInUnlocked(
                at=self._parts.clock.now(), person=person, source=self._connection.source, minutes=minutes
            )
        )
        now_s = self._parts.clock.boottime_s()
        self._house.unlocks.unlock(sign_in.key, self._connection.source, now_s, minutes * 60.0)
        self._say(
            f"For {minutes} minutes this key may come in from {self._connection.source} without a code.\n"
        )
        return 0

    def _sessions(self, *, as_json: bool) -> int:
        mine = running(self._parts.supervisor.sessions(), self._connection.sign_in.person)
        self._say(sessions_json(mine) if as_json else sessions(mine, self._zone_of))
        return 0

    async def _unlock_session(self, session: SessionId) -> int:
        refusal = await unlock_by_sign_in(self._house, self._connection, session)
        return self._told(refusal or f"Session {session} goes on.\n")

    def _told(self, said: Refusal | str) -> int:
        if isinstance(said, Refusal):
            return self._refuse(said)
        self._say(said)
        return 0

    # -- the terminal ------------------------------------------------------------------------------

    def _refuse(self, refusal: Refusal) -> int:
        self._complain(refusal.line())
        return refusal.exit_status

    def _say(self, text: str) -> None:
        self._write(text.replace("\n", "\r\n") if self._terminal else text)

    def _write(self, text: str) -> None:
        if not self._channel.is_closing():
            self._channel.write(text.encode("utf-8", "replace"))

    def _complain(self, line: str) -> None:
        if not self._channel.is_closing():
            self._channel.write_stderr(f"{inert(line)}\r\n".encode("utf-8", "replace"))

    def _leave(self, status: int) -> None:
        if not self._channel.over:
            self._channel.exit(status)

    # -- from the vendor ---------------------------------------------------------------------------

    def vendor_sent(self, data: bytes) -> None:
        """Keys, or lines from a script."""
        typed = self._line.type(data)
        if typed.echo:
            self._write(typed.echo)
        if typed.interrupted:
            self._interrupted.set()
            self._house.wakes.announce()
            self._offer("")
        for line in typed.lines:
            self._offer(line)
        if typed.ended:
            self._end()

    def vendor_ended(self) -> None:
        """No more lines."""
        if rest := self._line.rest():
            self._offer(rest)
        self._end()

    def vendor_signalled(self, name: str) -> None:
        """Ctrl-C, as some clients say it."""
        if name == "INT":
            self._interrupted.set()
            self._house.wakes.announce()

    def _end(self) -> None:
        # The flag as well: a full queue may drop the word, but the lobby must still come to an end.
        self._at_end = True
        self._offer(None)

    def _offer(self, line: str | None) -> None:
        # Somebody who types ahead of twenty unread commands loses what follows.
        with suppress(asyncio.QueueFull):
            self._lines.put_nowait(line)

    def vendor_resized(self, size: tuple[int, int, int, int]) -> None:
        """Eighty columns are enough."""

    def vendor_broke(self, milliseconds: int) -> None:
        """Means nothing here."""

    def vendor_slow(self) -> None:
        """What the lobby says is short."""

    def vendor_ready(self) -> None:
        """What the lobby says is short."""

    def awaits_exit(self) -> bool:
        """The lobby tells its status at once."""
        return False

    def vendor_gone(self) -> None:
        """The task that runs the lobby is cancelled by the session."""
