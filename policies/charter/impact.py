"""What a new charter would have decided otherwise: past wishes and today's permits, through the one engine.

A past wish is judged as if it were asked today, under the old charter and under the new one: its window is
moved to now, and its zones are in the states that they were in then. So every flip is the charter's doing,
and none is that of time gone by. Isolations and the node's own faults are left out: they are no charter's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.access import (
    AccessRequest,
    Action,
    Allow,
    ConnectionMethod,
    Decision,
    Deny,
    Grant,
    NeedsApproval,
    RequestField,
    Stated,
)
from domain.canonical import Json, instant_of, instant_text
from domain.ids import AssetId, ConduitId, PersonId, ToolId, ZoneId
from domain.plant import OperatingState
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts
from policies.standing import Standing
from policies.tenure import LastUse

WISHES = frozenset({"PermitRequested", "RequestRefused"})


@dataclass(frozen=True, slots=True)
class Past:
    """A wish that was made: when, what for, and the states that the plant's zones were in."""

    at: datetime
    request: AccessRequest
    states: Mapping[ZoneId, OperatingState]
    leaf: int


@dataclass(frozen=True, slots=True)
class Flip:
    """One decision that would be another: about a past wish (``leaf`` of the ledger) or a live permit."""

    at: datetime
    person: str
    asset: str
    wanted: str
    before: str
    after: str
    permit: str = ""
    leaf: int | None = None

    def sentence(self) -> str:
        """The flip in words."""
        what = f"live permit {self.permit}" if self.permit else f"asked {instant_text(self.at)}"
        return f"{self.person} → {self.asset}, {self.wanted} ({what}): {self.before} → {self.after}"

    def document(self) -> dict[str, Json]:
        """The flip as JSON."""
        return {
            "at": instant_text(self.at),
            "person": self.person,
            "asset": self.asset,
            "wanted": self.wanted,
            "before": self.before,
            "after": self.after,
            "permit": self.permit,
            "leaf": self.leaf,
        }


def wish_of(event: Mapping[str, Json]) -> AccessRequest | None:
    """The wish that a leaf tells of; None where it tells too little to judge it again."""
    start, end = event.get("window_from"), event.get("window_until")
    if event.get("event") not in WISHES or not isinstance(start, str) or not isinstance(end, str):
        return None
    try:
        return AccessRequest(
            person=PersonId(_text(event, "person")),
            asset=AssetId(_text(event, "asset")),
            passage=tuple(Grant.of(one) for one in _texts(event, "passage")),
            actions=frozenset(Action(one) for one in _texts(event, "actions")),
            source=_text(event, "source"),
            window=TimeWindow(instant_of(start), instant_of(end)),
            conduit=ConduitId(_text(event, "conduit")) if event.get("conduit") else None,
            tools=frozenset(ToolId(one) for one in _texts(event, "tools")),
            networks=frozenset(_texts(event, "networks")),
            method=ConnectionMethod.SSH,
            stated=Stated(**{RequestField(one).value: "stated" for one in _texts(event, "stated")}),
        )
    except ValueError:
        return None  # written by another version, which knew other words


def pasts(events: Iterable[tuple[int, Mapping[str, Json]]], since: datetime) -> Iterator[Past]:
    """The wishes since ``since`` among a ledger's events, oldest first, with the states as they were set."""
    states: dict[ZoneId, OperatingState] = {}
    for leaf, event in events:
        if event.get("event") == "StateChanged":
            states = {**states, ZoneId(_text(event, "zone")): OperatingState(_text(event, "after"))}
        request = wish_of(event)
        at = instant_of(_text(event, "at")) if request is not None else since
        if request is not None and at >= since:
            yield Past(at, request, states, leaf)


def flips(
    old: Charter, new: Charter, wishes: Iterable[Past], standings: Iterable[Standing], now: datetime
) -> Iterator[Flip]:
    """Each decision that ``new`` would make otherwise than ``old``; what stays the same is not told."""
    for past in wishes:
        request = _as_of(past, now)
        before, after = (_decided(one, request, past.states, (), now) for one in (old, new))
        if before != after:
            yield Flip(
                past.at, request.person, request.asset, _wanted(request), before, after, leaf=past.leaf
            )
    for standing in standings:
        permit = standing.permit
        states = {zone: state for zone in {*old.zones, *new.zones} for state in sorted(permit.states)[:1]}
        request = _through(old, standing)
        before, after = (_decided(one, request, states, (standing,), now) for one in (old, new))
        if before != after:
            yield Flip(
                permit.requested_at,
                permit.person,
                permit.asset,
                _wanted(request),
                before,
                after,
                permit=permit.id,
            )


def _decided(
    charter: Charter,
    request: AccessRequest,
    states: Mapping[ZoneId, OperatingState],
    standings: tuple[Standing, ...],
    now: datetime,
) -> str:
    facts = Facts(
        now=now,
        charter=charter,
        states=states,
        isolated=frozenset(),
        revoked=frozenset(),
        standings=standings,
        faults=(),
        last_use=LastUse(now, {request.person: now}),
    )
    return _brief(decide(request, facts, charter.rules))


def _brief(decision: Decision) -> str:
    match decision:
        case Deny(reasons=reasons):
            return f"refused [{reasons[0].code if reasons else 'no_rule'}]"
        case Allow():
            return "goes through"
        case NeedsApproval(rights=rights, waiting_for=waiting):
            return f"asks {' or '.join(waiting)} under {' and '.join(sorted(rights))}"


def _as_of(past: Past, now: datetime) -> AccessRequest:
    window = past.request.window
    assert window is not None  # a wish for a permit always has one
    moved = now - past.at
    return replace(past.request, window=TimeWindow(window.start + moved, window.end + moved))


def _through(charter: Charter, standing: Standing) -> AccessRequest:
    """Going through on a permit now, with a client, a key and an address that it names."""
    permit = standing.permit
    tools = [charter.tools[one] for one in sorted(permit.tools) if one in charter.tools]
    return AccessRequest(
        person=permit.person,
        asset=permit.asset,
        passage=tuple(sorted(permit.grants)),
        actions=permit.actions,
        source=next((one.partition("/")[0] for one in sorted(permit.networks)), "local"),
        permit=permit.id,
        conduit=permit.conduit,
        client=tools[0].clients[0] if tools else "",
        key=next(iter(sorted(permit.keys)), ""),
        method=permit.method,
    )


def _wanted(request: AccessRequest) -> str:
    passages = ", ".join(str(one) for one in request.passage) or "nothing"
    return f"{passages} to {', '.join(sorted(request.actions)) or 'view'}"


def _text(event: Mapping[str, Json], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _texts(event: Mapping[str, Json], name: str) -> tuple[str, ...]:
    value = event.get(name)
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
