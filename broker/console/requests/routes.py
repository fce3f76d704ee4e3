"""The vendor's page: ask for a permit, and see before sending what the charter would say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.forms import Form, form_of
from broker.console.guard import Visitor, guard, visitor_of
from broker.console.pages import fragment, page
from broker.console.refusals import STATUS
from broker.console.requests.keys import Key, keys_of
from broker.console.signin.routes import source_of
from domain.access import (
    AccessRequest,
    Action,
    ConnectionMethod,
    Decision,
    Deny,
    Grant,
    PassageKind,
    Reason,
    RequestField,
    Stated,
)
from domain.ids import AssetId, ConduitId, ToolId, is_word
from domain.parties import Tool
from domain.plant import Asset, Conduit, OperatingState, Protocol
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.explain import outward
from policies.tools import selectable

router = APIRouter(dependencies=[Depends(guard)], include_in_schema=False)

Choice = TypeVar("Choice", Grant, Action, OperatingState)

USUAL_LENGTH = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Way:
    """An asset that the vendor's contract names, and a conduit that leads there."""

    asset: Asset
    conduit: Conduit

    @property
    def key(self) -> str:
        """What the form sends; ids are words, so the slash can't be part of one."""
        return f"{self.asset.id}/{self.conduit.id}"

    @property
    def choices(self) -> tuple[Grant, ...]:
        """What may be ticked: the conduit's grants, a forward spelt out for each endpoint."""
        found: set[Grant] = set()
        for one in self.conduit.grants:
            if one.kind is PassageKind.FORWARD and not one.port:
                found |= {
                    Grant(PassageKind.FORWARD, end.port)
                    for end in self.asset.endpoints
                    if end.protocol is not Protocol.SSH  # its own grants lead there, decoded and recorded
                }
            else:
                found.add(one)
        return tuple(sorted(found))


@router.get("/request")
async def show(request: Request) -> Response:
    """The form, filled with the two hours from now: whoever asks mostly stands before the machine."""
    desk = desk_of(request)
    return await _form_page(request, desk, _blank(desk), None, 200)


@router.post("/request/explain")
async def explain(request: Request) -> Response:
    """What the charter says to the form as it stands. Nothing is filed."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    decision: Decision | None = None
    keys: tuple[Key, ...] = ()
    problem = ""
    try:
        wish = wish_of(form, visitor, desk, source_of(request))
        facts = await desk.parts.admission.facts_for(wish.person, wish.asset)
        decision = decide(wish, facts, facts.charter.rules)
        keys = keys_of(wish, decision, facts)
    except ValueError as error:
        problem = f"{error}"
    return fragment(
        request,
        "requests/verdict.html",
        visitor,
        decision=decision,
        keys=keys,
        reasons=_reasons(decision),
        problem=problem,
    )


@router.post("/request")
async def send(request: Request) -> Response:
    """File the request; the answer is the permit's page, or the form with the reason."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    try:
        wish = wish_of(form, visitor, desk, source_of(request))
        asked = await desk.parts.admission.ask(
            wish,
            purpose=_line(form.get("purpose", "")),
            work_order=_line(form.get("work_order", "")),
            back_out=_line(form.get("back_out", "")),
            failure=_line(form.get("failure", "")),
            conduit=wish.conduit,
            states=states_of(form),
        )
    except ValueError as error:
        return await _form_page(request, desk, form, f"{error}", 422)
    if asked.permit is None:
        status = max((STATUS.get(one.code, 403) for one in _reasons(asked.decision)), default=403)
        return await _form_page(request, desk, form, asked.decision, status)
    return RedirectResponse(f"/permits/{asked.permit.id}", 303)


def ways_for(charter: Charter, visitor: Visitor, at: datetime) -> tuple[Way, ...]:
    """Every asset under the vendor's running contracts, by every conduit that leads there."""
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    if vendor is None:
        return ()
    named = {asset for one in vendor.contracts if one.window.contains(at) for asset in one.assets}
    return tuple(
        Way(charter.assets[asset], conduit)
        for asset in sorted(named & set(charter.assets))
        for conduit in charter.conduits_for(vendor.id, asset)
    )


def wish_of(form: Mapping[str, str], visitor: Visitor, desk: Desk, source: str) -> AccessRequest:
    """The request that a form's fields mean; ValueError says in a sentence what is missing."""
    charter = desk.parts.charter()
    zone = charter.organisation.time_zone
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    if vendor is None:
        raise ValueError("Only a vendor's person asks for access.")
    asset, _, conduit = form.get("way", "").partition("/")
    if not is_word(asset) or (conduit and not is_word(conduit)):
        raise ValueError("Choose an asset.")
    many = form.many if isinstance(form, Form) else lambda name: form.get(name, "").split()
    grants = tuple(sorted({Grant.of(text) for text in many("grant")}))
    actions = frozenset(Action(text) for text in many("action"))
    if not grants:
        raise ValueError("Tick at least one way of working.")
    if not actions:
        raise ValueError("Tick at least one thing that you will do.")
    if not form.get("from") or not form.get("until"):
        raise ValueError("Say from when until when.")
    start = words.of_input(form["from"], zone).astimezone(UTC)
    end = words.of_input(form["until"], zone).astimezone(UTC)
    if end <= start:
        raise ValueError("The end must come after the start.")
    return AccessRequest(
        person=visitor.person.id,
        asset=AssetId(asset),
        passage=grants,
        actions=actions,
        source=source,
        window=TimeWindow(start, end),
        conduit=ConduitId(conduit) if conduit else None,
        tools=frozenset(ToolId(one) for one in many("tool")) or selectable(charter, vendor),
        networks=frozenset(vendor.networks),
        method=ConnectionMethod.SSH,
        stated=Stated(*(_line(form.get(one.value, "")) for one in RequestField)),
    )


def states_of(form: Form) -> frozenset[OperatingState] | None:
    """The states in which it shall hold; None where none was ticked: all in which the way is open."""
    try:
        return frozenset(OperatingState(one) for one in form.many("state")) or None
    except ValueError as error:
        raise ValueError("There is no such operating state.") from error


async def _form_page(
    request: Request, desk: Desk, form: Form, outcome: Decision | str | None, status: int
) -> Response:
    visitor = visitor_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    ways = ways_for(charter, visitor, now)
    return await page(
        request,
        "requests/ask.html",
        visitor,
        status=status,
        ways=ways,
        form=form,
        tools=_tools(charter, visitor),
        grants=_by_way({way.key: way.choices for way in ways}),
        actions=_by_way({way.key: way.conduit.actions for way in ways}),
        states=_by_way({way.key: way.conduit.states for way in ways}),
        reasons=None if outcome is None or isinstance(outcome, str) else _reasons(outcome),
        problem=outcome if isinstance(outcome, str) else "",
    )


def _tools(charter: Charter, visitor: Visitor) -> list[Tool]:
    """What the visitor may come in with, by name."""
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    able = selectable(charter, vendor) if vendor is not None else frozenset[ToolId]()
    return sorted((charter.tools[one] for one in able), key=lambda one: one.name)


def _by_way(choices: Mapping[str, Iterable[Choice]]) -> list[tuple[Choice, str]]:
    """Each choice once, with the ways that offer it: a page hides what the chosen way does not."""
    found: dict[Choice, list[str]] = {}
    for key, offered in choices.items():
        for one in offered:
            found.setdefault(one, []).append(key)
    return [(one, " ".join(found[one])) for one in sorted(found, key=_rank)]


def _rank(choice: Grant | Action | OperatingState) -> tuple[int, str]:
    """Actions from the harmless one up, states as the plant goes through them; ways of working as they sort."""
    if isinstance(choice, Action):
        return list(Action).index(choice), ""
    return (
        (list(OperatingState).index(choice), "") if isinstance(choice, OperatingState) else (0, f"{choice}")
    )


def _blank(desk: Desk) -> Form:
    zone = desk.parts.charter().organisation.time_zone
    start = desk.parts.clock.now().replace(second=0, microsecond=0)
    return Form(
        [
            ("from", words.for_input(start, zone)),
            ("until", words.for_input(start + USUAL_LENGTH, zone)),
            ("action", "view"),
        ]
    )


def _reasons(decision: Decision | None) -> tuple[Reason, ...]:
    # Only what may leave the plant: a second reason could tell what stands in the charter.
    return (outward(decision),) if isinstance(decision, Deny) else ()


def _line(text: str) -> str:
    return " ".join(text.split())
