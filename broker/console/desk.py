"""The console's own things, built once from its parts: who is signed in, what pages look like."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from approvals.filed import Filed
from broker.console.browsing.keys import Asked, Identity
from broker.console.browsing.once import Once
from broker.console.browsing.tabs import Tabs
from broker.console.charter.weighing import Works
from broker.console.evidence.brought import Brought
from broker.console.panels.open_panels import Panels
from broker.console.parts import ConsoleParts
from broker.console.permits.by_hand import ByHand
from broker.console.stream import Streams
from broker.evidence.standing import Standing
from broker.people.accounts import Accounts
from broker.people.answered import Answered
from broker.people.applications import Applications
from broker.people.ceremonies import Ceremonies
from broker.people.passkeys import PendingPasskeys
from broker.people.provider_sign_ins import ProviderSignIns
from broker.people.sessions import ConsoleSessions
from broker.people.tokens import Tokens
from broker.watchdog.overrides import Overrides, overrides_of
from broker.watchdog.pauses import NONE, Pauses, pauses_of
from broker.watchdog.zone_states import Permitted, Told, signals_of, told_of
from domain.break_glass import Glass
from domain.canonical import Json
from domain.errors import PeerError
from domain.ids import PermitId, ZoneId

LATELY_S = 0.33
STOOD_S = 0.5


@dataclass(frozen=True, slots=True)
class Interlocks:
    """What the watchdog says is in force, and the sessions its gates report. ``sound``: it answered."""

    sound: bool
    isolated: tuple[str, ...]
    agreed: tuple[str, ...]
    """``scope boundary``: what holders have agreed to."""
    states: Mapping[ZoneId, str]
    revoked: frozenset[str]
    glasses: tuple[Glass, ...]
    """Every use of break-glass, oldest first."""
    overrides: Overrides
    """Suspensions for a time, in force or not reviewed yet, oldest first."""
    paused: Pauses
    """Live sessions that somebody paused: who, when and why."""
    attended: tuple[tuple[str, str], ...]
    """``session:x`` or ``zone:x``, and who says that they watch it."""
    told: Mapping[ZoneId, Told]
    """What persons set, who, when and why; a signal of the plant may put another state in force."""
    signals: Mapping[ZoneId, Permitted]
    sessions: tuple[Mapping[str, Json], ...]


NOTHING_KNOWN = Interlocks(
    sound=False,
    isolated=(),
    agreed=(),
    states={},
    revoked=frozenset(),
    glasses=(),
    overrides=(),
    paused=NONE,
    attended=(),
    told={},
    signals={},
    sessions=(),
)


class Desk:
    """Held in the application's state; each request finds it there."""

    def __init__(self, parts: ConsoleParts) -> None:
        self.parts = parts
        self.accounts = Accounts(parts.engine, parts.clock)
        self.browsers = ConsoleSessions(parts.engine, parts.clock)
        self.provider_sign_ins = ProviderSignIns(parts.engine, parts.clock)
        self.tokens = Tokens(parts.engine, parts.clock)
        self.answered = Answered(parts.engine, parts.clock)
        self.ceremonies = Ceremonies(parts.engine, parts.clock)
        self.pending = PendingPasskeys(parts.engine, parts.clock)
        self.by_hand = ByHand(
            node=parts.settings.node,
            charter=parts.charter,
            trust=parts.trust,
            admission=parts.admission,
            approvals=parts.approvals,
            ceremonies=self.ceremonies,
            ledger=parts.ledger,
            clock=parts.clock,
        )
        self.applications = Applications(parts.engine, parts.clock)
        self.streams = Streams()
        self.tabs = Tabs()
        self.panels = Panels()
        self.keys: Once[Asked] = Once()
        """Keys of tabs that wait for their person's passkey."""
        self.tallies: Once[Identity] = Once()
        """By each of these one tab comes in, once."""
        self.in_use: dict[PermitId, Filed] = {}
        """Permits of live sessions, as they were filed; where they stand by now is not to be read from here."""
        self.misused: set[tuple[str, str]] = set()
        """Tokens that were tried where they may not be used, and how: the ledger knows of it."""
        self.works = Works(parts.clock)
        self.brought = Brought(parts.log)
        self._asking = asyncio.Lock()
        self._asked_s = float("-inf")
        self._held = NOTHING_KNOWN
        self._standing = asyncio.Lock()
        self._stood_s = float("-inf")
        self._stands: tuple[Standing, ...] = ()
        self.held_back: set[str] = set()
        """Addresses whose being held back the ledger knows of, until they are looked at again."""

    async def lately(self) -> Interlocks:
        """``interlocks``, as anybody here heard it within the last third of a second: one asks for all."""
        async with self._asking:
            now_s = asyncio.get_running_loop().time()
            if now_s - self._asked_s >= LATELY_S:
                self._held, self._asked_s = await self.interlocks(), now_s
            return self._held

    async def stands(self) -> tuple[Standing, ...]:
        """How the evidence stands, as anybody here looked it up within the last half second: one looks for all."""
        async with self._standing:
            now_s = asyncio.get_running_loop().time()
            if now_s - self._stood_s >= STOOD_S:
                self._stands = await asyncio.to_thread(self.parts.evidence)
                self._stood_s = asyncio.get_running_loop().time()
            return self._stands

    async def interlocks(self) -> Interlocks:
        """The watchdog's word now; a watchdog that does not answer is shown as such, never as calm."""
        try:
            said = await self.parts.watchdog({"do": "show"})
        except PeerError:
            return NOTHING_KNOWN
        held = _object(said.get("interlocks"))
        gates = said.get("gates")
        sessions = [
            _object(session)
            for gate in (gates if isinstance(gates, list | tuple) else ())
            for session in _list(_object(gate).get("sessions"))
        ]
        return Interlocks(
            sound=bool(held),
            isolated=tuple(str(scope) for scope in _list(held.get("isolated"))),
            agreed=tuple(str(one) for one in _list(held.get("agreed"))),
            states={ZoneId(zone): str(state) for zone, state in _object(held.get("states")).items()},
            glasses=tuple(Glass.of(one) for one in _list(held.get("glasses"))),
            revoked=frozenset(str(permit) for permit in _list(held.get("revoked"))),
            overrides=overrides_of(held.get("overrides", [])),
            paused=pauses_of(held.get("paused", {})),
            attended=tuple(
                (str(_object(one).get("scope")), str(_object(one).get("by")))
                for one in _list(said.get("attended"))
            ),
            told=told_of(held.get("told", {})),
            signals=signals_of(held.get("signals", {})),
            sessions=tuple(sessions),
        )


def desk_of(request: HTTPConnection) -> Desk:
    """The desk of the application that serves this request."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> tuple[Json, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
