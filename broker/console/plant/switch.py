"""The kill switch and the zones' states, as pages and API use them: who may, and then the watchdog is asked."""

from dataclasses import dataclass

from broker.console.desk import Desk, Interlocks
from broker.console.guard import Visitor
from broker.console.permits.decide import checked_reason
from broker.console.plant.scopes import Scope, scope_named, scopes_of, session_name
from broker.console.refusals import RefusalError, not_found
from broker.console.roles import Role, may_isolate, may_restore, may_set_state
from broker.console.sessions.live import live_sessions
from broker.console.sessions.routes import accepted
from broker.watchdog.suspensions import agreement_purpose
from domain.canonical import Json
from domain.ids import ZoneId
from domain.plant import OperatingState
from domain.said import say
from policies.suspension import SUSPENDED, missing

LEAD_ONLY = RefusalError(
    403,
    "incident_lead_only",
    say("In an emergency only whoever leads the incident opens anything again."),
    say("Ask the incident lead; cutting off stays open to you."),
)
SHIFT_ONLY = RefusalError(
    403, "shift_only", say("The shift sets this zone's state."), say("Ask the control room.")
)

UNSAID = "no reason was given at the switch"
"""A reason may be told afterwards, in the shift's log: nobody types one while something burns."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What came of the kill switch. ``killed``: gates that did not obey in time, and were ended themselves."""

    acknowledged: bool
    killed: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """A yes that the visitor may give: something suspended comes back over one boundary."""

    scope: str
    boundary: str


async def cut_off(desk: Desk, visitor: Visitor, scope: Scope, reason: str) -> Cut:
    """Close a scope that ``scope_for`` found, and end what lives in it, now."""
    kind, _, name = scope.id.partition(":")
    what: dict[str, Json] = (
        {"do": "stop", "session": name} if kind == "session" else {"do": "isolate", "scope": scope.id}
    )
    reason = checked_reason(reason.strip() or UNSAID)
    said = accepted(await desk.parts.watchdog(what | {"by": visitor.person.id, "reason": reason}))
    killed = said.get("killed")
    return Cut(said.get("acknowledged") is True, len(killed) if isinstance(killed, list | tuple) else 0)


async def may_let_back(desk: Desk, visitor: Visitor, scope: str) -> None:
    """404 for what is not isolated or not the visitor's business; 403 where only an incident's lead may."""
    held = await desk.interlocks()
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    if scope not in held.isolated or not may_isolate(charter, visitor.person, visitor.roles, scope, now):
        raise not_found()
    if not may_restore(charter, visitor.person, visitor.roles, scope, held.states, now):
        raise LEAD_ONLY


async def let_back(desk: Desk, visitor: Visitor, scope: str, reason: str) -> None:
    """Open a scope again. No session comes back by itself: the vendor connects anew."""
    await may_let_back(desk, visitor, scope)
    reason = checked_reason(reason)
    line: dict[str, Json] = {"do": "restore", "scope": scope, "by": visitor.person.id, "reason": reason}
    accepted(await desk.parts.watchdog(line))


async def agree_to(desk: Desk, visitor: Visitor, scope: str, boundary: str, code: str) -> None:
    """A holder's word, with a code, that something suspended may come back over a boundary of theirs."""
    if not any((one.scope, one.boundary) == (scope, boundary) for one in await agreements(desk, visitor)):
        raise not_found()
    person = visitor.person.id
    step = await desk.parts.codes.check(person, code, agreement_purpose(scope, boundary))
    if step is None:
        raise RefusalError(
            403,
            "wrong_code",
            say("This code is wrong, too old, or was used already."),
            say("Wait for the next one."),
        )
    accepted(
        await desk.parts.watchdog(
            {"do": "agree", "scope": scope, "boundary": boundary, "by": person, "step": step}
        )
    )


async def may_say(desk: Desk, visitor: Visitor, zone: ZoneId, state: OperatingState) -> None:
    """404 for a zone that nobody knows; 403 when somebody else says what state it is in."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    if zone not in charter.zones:
        raise not_found()
    held = await desk.interlocks()
    if not may_set_state(charter, visitor.person, visitor.roles, zone, state, held.states, now):
        raise LEAD_ONLY if held.states.get(zone) == OperatingState.EMERGENCY else SHIFT_ONLY


async def set_zone(desk: Desk, visitor: Visitor, zone: ZoneId, state: OperatingState, reason: str) -> None:
    """Say what a zone is doing; what may not live in it ends, what its permit does not name waits."""
    await may_say(desk, visitor, zone, state)
    line: dict[str, Json] = {"do": "set-state", "zone": zone, "state": str(state), "by": visitor.person.id}
    accepted(await desk.parts.watchdog(line | {"reason": checked_reason(reason)}))


async def agreements(desk: Desk, visitor: Visitor) -> tuple[Agreement, ...]:
    """Every yes that waits for this visitor."""
    charter, now, held = desk.parts.charter(), desk.parts.clock.now(), await desk.interlocks()
    return tuple(
        Agreement(scope, seat.boundary)
        for scope in held.isolated
        if scope.partition(":")[0] in SUSPENDED | {"person"}
        for seat in missing(
            charter, scope, [one[len(scope) + 1 :] for one in held.agreed if one.startswith(f"{scope} ")], now
        )
        if visitor.person.id in seat.holders
    )


def scopes_for(desk: Desk, visitor: Visitor) -> tuple[Scope, ...]:
    """Everything that this visitor may cut off."""
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    return tuple(
        one
        for one in scopes_of(charter)
        if visitor.roles & {Role.SHIFT, Role.LEAD}
        and may_isolate(charter, visitor.person, visitor.roles, one.id, now)
    )


async def scope_for(desk: Desk, visitor: Visitor, text: str, held: Interlocks) -> Scope:
    """The scope of this name, if the visitor may cut it off; 404 otherwise."""
    if text.startswith("session:"):
        live = await live_sessions(desk, visitor, held)
        found = next((one for one in live if one.may_stop and text == f"session:{one.id}"), None)
        if found is None:
            raise not_found()
        return Scope(text, session_name(desk.parts.charter(), found.person, found.asset))
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    scope = scope_named(charter, text)
    if scope is None or not may_isolate(charter, visitor.person, visitor.roles, scope.id, now):
        raise not_found()
    return scope
