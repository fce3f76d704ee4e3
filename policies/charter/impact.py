"""What a new charter would have decided otherwise: past wishes and today's permits, through the one engine.

A past wish is judged as if it were asked today, under the old charter and under the new one: its window is
moved to now, and its zones are in the states that they were in then. So every flip is the charter's doing,
and none is that of time gone by. Isolations and the node's own faults are left out: they are no charter's.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
from domain.canonical import Json, canonical, instant_of, instant_text, parse, text_in, texts_in
from domain.errors import PenstockError
from domain.ids import AssetId, ConduitId, PersonId, ToolId, ZoneId
from domain.plant import OperatingState
from domain.said import say
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.facts import Facts
from policies.rules.key_in_hardware import keys_in_hardware
from policies.standing import Standing
from policies.tenure import LastUse

WISHES = frozenset({"PermitRequested", "RequestRefused"})
IMPACT = "penstock-impact/1"
DAYS = 90
"""How far back a version is tried before it takes effect (J14)."""


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
            person=PersonId(text_in(event, "person")),
            asset=AssetId(text_in(event, "asset")),
            passage=tuple(Grant.of(one) for one in texts_in(event, "passage")),
            actions=frozenset(Action(one) for one in texts_in(event, "actions")),
            source=text_in(event, "source"),
            window=TimeWindow(instant_of(start), instant_of(end)),
            conduit=ConduitId(text_in(event, "conduit")) if event.get("conduit") else None,
            tools=frozenset(ToolId(one) for one in texts_in(event, "tools")),
            networks=frozenset(texts_in(event, "networks")),
            method=ConnectionMethod.SSH,
            limits=frozenset(texts_in(event, "limits")),
            stated=Stated(**{RequestField(one).value: "stated" for one in texts_in(event, "stated")}),
        )
    except ValueError:
        return None  # written by another version, which knew other words


class _Reader:
    """Reads a ledger's events, oldest first: the wishes since ``since``, with the states as they were set."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._states: Mapping[ZoneId, OperatingState] = {}

    def wish(self, leaf: int, event: Mapping[str, Json]) -> Past | None:
        """The wish that this event is, if it is one."""
        if event.get("event") == "StateChanged":
            self._states = {
                **self._states,
                ZoneId(text_in(event, "zone")): OperatingState(text_in(event, "after")),
            }
        request = wish_of(event)
        if request is None:
            return None
        at = instant_of(text_in(event, "at"))
        return Past(at, request, self._states, leaf) if at >= self._since else None


def pasts(events: Iterable[tuple[int, Mapping[str, Json]]], since: datetime) -> Iterator[Past]:
    """The wishes since ``since`` among a ledger's events, oldest first, with the states as they were set."""
    reader = _Reader(since)
    for leaf, event in events:
        if (past := reader.wish(leaf, event)) is not None:
            yield past


def flips(
    old: Charter, new: Charter, wishes: Iterable[Past], standings: Iterable[Standing], now: datetime
) -> Iterator[Flip]:
    """Each decision that ``new`` would make otherwise than ``old``; what stays the same is not told."""
    for past in wishes:
        if (flip := _of_wish(old, new, past, now)) is not None:
            yield flip
    for standing in standings:
        if (flip := _of_permit(old, new, standing, now)) is not None:
            yield flip


def _of_wish(old: Charter, new: Charter, past: Past, now: datetime) -> Flip | None:
    request = _as_of(past, now)
    before, after = (_decided(one, request, past.states, (), now) for one in (old, new))
    if before == after:
        return None
    return Flip(past.at, request.person, request.asset, _wanted(request), before, after, leaf=past.leaf)


def _of_permit(old: Charter, new: Charter, standing: Standing, now: datetime) -> Flip | None:
    permit = standing.permit
    states = {zone: state for zone in {*old.zones, *new.zones} for state in sorted(permit.states)[:1]}
    request = _through(old, standing)
    before, after = (_decided(one, request, states, (standing,), now) for one in (old, new))
    if before == after:
        return None
    wanted = _wanted(request)
    return Flip(permit.requested_at, permit.person, permit.asset, wanted, before, after, permit=permit.id)


@dataclass(frozen=True, slots=True)
class Impact:
    """What a step from ``old`` to ``new`` would have changed, as it was at ``at``. Its digest is what a version cites."""

    old: bytes
    new: bytes
    at: datetime
    days: int
    """How far it looks back."""
    requests: int
    permits: int
    """How many it looked at of each."""
    flips: tuple[Flip, ...]

    def line(self) -> str:
        """The whole in one sentence."""
        return say(
            "{requests} requests of {days} days and {permits} live permits: {flips} decisions would change.",
            requests=self.requests,
            days=self.days,
            permits=self.permits,
            flips=len(self.flips),
        )

    def document(self) -> dict[str, Json]:
        """The impact as JSON."""
        return {
            "schema": IMPACT,
            "old": self.old.hex(),
            "new": self.new.hex(),
            "at": instant_text(self.at),
            "days": self.days,
            "requests": self.requests,
            "permits": self.permits,
            "flips": [one.document() for one in self.flips],
        }

    def canonical(self) -> bytes:
        """The bytes that are kept (RFC 8785)."""
        return canonical(self.document())

    def digest(self) -> bytes:
        """SHA-256 of them."""
        return hashlib.sha256(self.canonical()).digest()

    @staticmethod
    def of(data: bytes) -> "Impact":
        """The impact whose canonical bytes are exactly ``data``; PenstockError for anything else."""
        try:
            found = _impact(parse(data))
        except (KeyError, TypeError, ValueError) as error:
            raise PenstockError(f"This is no impact of a charter: {error!r}.") from error
        if found.canonical() != data:
            raise PenstockError("This is no impact of a charter: it holds more, or holds it in another form.")
        return found


class Weighing:
    """The work of an impact a little at a time: iterate until it ends, and ``impact`` is there."""

    EVENTS_AT_ONCE = 256
    WISHES_AT_ONCE = 20

    def __init__(
        self,
        old: Charter,
        new: Charter,
        events: Iterable[tuple[int, Mapping[str, Json]]],
        size: int,
        standings: Sequence[Standing],
        now: datetime,
        days: int = DAYS,
    ) -> None:
        """``events``: the whole ledger's, oldest first, ``size`` of them."""
        self._old, self._new = old, new
        self._events, self._size = events, size
        self._standings = standings
        self._now, self._days = now, days
        self.share = 0.0
        """How much of it is done: 0 to 1."""
        self.impact: Impact | None = None

    def __iter__(self) -> Iterator[None]:
        """Ends when all is done; whoever iterates decides how long to go on at once."""
        reader = _Reader(self._now - timedelta(days=self._days))
        wishes: list[Past] = []
        for number, (leaf, event) in enumerate(self._events, 1):
            if (past := reader.wish(leaf, event)) is not None:
                wishes.append(past)
            if number % self.EVENTS_AT_ONCE == 0:
                self.share = number / max(self._size, 1) / 2
                yield
        found: list[Flip] = []
        for number, past in enumerate(wishes, 1):
            found += flips(self._old, self._new, (past,), (), self._now)
            if number % self.WISHES_AT_ONCE == 0:
                self.share = 0.5 + number / len(wishes) / 2
                yield
        found += flips(self._old, self._new, (), self._standings, self._now)
        self.share = 1.0
        self.impact = Impact(
            self._old.digest,
            self._new.digest,
            self._now,
            self._days,
            len(wishes),
            len(self._standings),
            tuple(found),
        )

    def whole(self) -> Impact:
        """All of it at once."""
        for _ in self:
            pass
        assert self.impact is not None  # the end of the iteration made it
        return self.impact


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
    """Going through on a permit now, with a client, a key and an address that it names; by the hardest key that there is."""
    permit = standing.permit
    tools = [charter.tools[one] for one in sorted(permit.tools) if one in charter.tools]
    hard = keys_in_hardware(charter.people.get(permit.person))
    return AccessRequest(
        person=permit.person,
        asset=permit.asset,
        passage=tuple(sorted(permit.grants)),
        actions=permit.actions,
        source=next((one.partition("/")[0] for one in sorted(permit.networks)), "local"),
        permit=permit.id,
        conduit=permit.conduit,
        client=tools[0].clients[0] if tools else "",
        key=next(iter(sorted(permit.keys, key=lambda one: (one not in hard, one))), ""),
        method=permit.method,
    )


def _wanted(request: AccessRequest) -> str:
    passages = ", ".join(str(one) for one in request.passage) or "nothing"
    return f"{passages} to {', '.join(sorted(request.actions)) or 'view'}"


def _impact(document: Json) -> Impact:
    if not isinstance(document, Mapping) or document["schema"] != IMPACT:
        raise ValueError(f"its schema is not {IMPACT}")
    told = document["flips"]
    if not isinstance(told, list):
        raise TypeError("its flips are no list")
    return Impact(
        bytes.fromhex(text_in(document, "old")),
        bytes.fromhex(text_in(document, "new")),
        instant_of(text_in(document, "at")),
        _number(document, "days"),
        _number(document, "requests"),
        _number(document, "permits"),
        tuple(_flip(one) for one in told),
    )


def _flip(document: Json) -> Flip:
    if not isinstance(document, Mapping):
        raise TypeError("a flip is an object")
    names = ("person", "asset", "wanted", "before", "after", "permit")
    leaf = document["leaf"]
    return Flip(
        at=instant_of(text_in(document, "at")),
        **{name: text_in(document, name) for name in names},
        leaf=None if leaf is None else _number(document, "leaf"),
    )


def _number(document: Mapping[str, Json], name: str) -> int:
    value = document[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is no number")
    return value
