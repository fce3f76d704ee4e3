"""The vendor's page: ask for a permit, and see before sending what the charter would say."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from broker.console import words
from broker.console.desk import Desk, desk_of
from broker.console.forms import FieldError, Form, field_of, form_of, sentence_of
from broker.console.guard import Visitor, visitor_of
from broker.console.pages import page
from broker.console.refusals import STATUS
from broker.console.requests.keys import keys_of, said_keys
from broker.console.requests.ways import OTHER, begun, last_by, ways_for
from broker.console.route import page_router
from broker.console.signin.routes import source_of
from domain.access import (
    AccessRequest,
    Action,
    ConnectionMethod,
    Decision,
    Deny,
    Grant,
    Reason,
    RequestField,
    Stated,
)
from domain.ids import AssetId, ConduitId, ToolId, is_word
from domain.limits import EXAMPLE, limit_texts, limits_of
from domain.parties import Tool
from domain.permit import Permit
from domain.plant import OperatingState
from domain.said import say
from domain.window import TimeWindow
from policies.charter.charter import Charter
from policies.engine import decide
from policies.explain import outward
from policies.facts import Facts
from policies.recurrence import openings
from policies.tools import by_method, selectable
from policies.unrecorded import path, said, tunnels_let, unrecorded

router = page_router()

ASKED = (
    "way",
    "grant",
    "action",
    "state",
    "for",
    "from",
    "until",
    "purpose",
    "work_order",
    "back_out",
    "failure",
    "tool",
    "method",
    "limits",
)
"""The fields of a wish, which its last step hands on."""

MOST_EARLIER = 20
LONGEST_MINUTES = 7 * 24 * 60


@router.get("/request")
async def show(request: Request, way: str = "") -> Response:
    """The first step, where; with a way, or where there is only one, the second: what, and when."""
    desk, visitor = desk_of(request), visitor_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    ways = ways_for(charter, visitor, now)
    chosen = next((one for one in ways if one.key == way or len(ways) == 1), None)
    if chosen is None:
        return await _form_page(request, desk, Form([]), None, 200)
    earlier = await desk.parts.approvals.filed_for(visitor.person.id, chosen.asset.id, most=MOST_EARLIER)
    last = last_by(chosen, (one.permit for one in earlier))
    form = begun(chosen, last, now, charter.organisation.time_zone)
    return await _form_page(request, desk, form, None, 200, last=last)


@router.post("/request/review")
async def review(request: Request) -> Response:
    """The third step: what would be asked for, and what the charter says to it. Nothing is filed."""
    desk, visitor = desk_of(request), visitor_of(request)
    form = await form_of(request)
    try:
        wish = wish_of(form, visitor, desk, source_of(request))
        states = states_of(form)
    except ValueError as error:
        return await _form_page(request, desk, form, error, 422)
    facts = await desk.parts.admission.facts_for(wish.person, wish.asset)
    decision = decide(wish, facts, facts.charter.rules)
    return await page(
        request,
        "requests/review.html",
        visitor,
        form=form,
        asked=ASKED,
        wish=wish,
        states=states,
        decision=decision,
        keys=keys_of(wish, decision, facts),
        not_recordable=_tunnels(wish, facts, visitor),
        said_keys=said_keys,
        inside=await desk.parts.admission.inside(wish, states),
        reasons=_reasons(decision),
        openings=_openings(wish, decision, facts),
        tools=_tools(facts.charter, visitor),
    )


@router.post("/request/change")
async def change(request: Request) -> Response:
    """Back to the second step, with what was filled in."""
    return await _form_page(request, desk_of(request), await form_of(request), None, 200)


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
        return await _form_page(request, desk, form, error, 422)
    if asked.permit is None:
        status = max((STATUS.get(one.code, 403) for one in _reasons(asked.decision)), default=403)
        return await _form_page(request, desk, form, asked.decision, status)
    return RedirectResponse(f"/permits/{asked.permit.id}", 303)


def wish_of(form: Mapping[str, str], visitor: Visitor, desk: Desk, source: str) -> AccessRequest:
    """The request that a form's fields mean; ValueError says in a sentence what is missing."""
    charter = desk.parts.charter()
    zone = charter.organisation.time_zone
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    if vendor is None:
        raise ValueError(say("Only a vendor's person asks for access."))
    asset, _, conduit = form.get("way", "").partition("/")
    if not is_word(asset) or (conduit and not is_word(conduit)):
        raise ValueError(say("Choose an asset."))
    many = form.many if isinstance(form, Form) else lambda name: form.get(name, "").split()
    grants = tuple(sorted({Grant.of(text) for text in many("grant")}))
    actions = frozenset(Action(text) for text in many("action"))
    if not grants:
        raise FieldError(say("Tick at least one way of working."), "grant")
    if not actions:
        raise FieldError(say("Tick at least one thing that you will do."), "action")
    chosen = frozenset(ToolId(one) for one in many("tool"))
    method = ConnectionMethod(form.get("method", ConnectionMethod.SSH))
    return AccessRequest(
        person=visitor.person.id,
        asset=AssetId(asset),
        passage=grants,
        actions=actions,
        limits=_limits(form),
        source=source,
        window=window_of(form, zone, desk.parts.clock.now()),
        conduit=ConduitId(conduit) if conduit else None,
        tools=by_method(charter, chosen, method) or by_method(charter, selectable(charter, vendor), method),
        networks=frozenset(vendor.networks),
        method=method,
        stated=Stated(*(_line(form.get(one.value, "")) for one in RequestField)),
    )


def _limits(form: Mapping[str, str]) -> frozenset[str]:
    """One a line, each in its one written form; FieldError says which is none."""
    lines = [line for line in form.get("limits", "").splitlines() if line.strip()]
    try:
        return frozenset(limit_texts(limits_of(lines)))
    except ValueError as error:
        why = sentence_of(error)
        raise FieldError(say("Such a limit can't be held: {why}.", why=why), "limits") from error


def window_of(form: Mapping[str, str], zone: str, now: datetime) -> TimeWindow:
    """From ``now`` for so many minutes, or from when until when in ``zone``; FieldError says what is wrong.

    "Now" is when it is sent: whoever takes their time over the form loses none of what they ask for.
    """
    if (length := form.get("for", OTHER)) != OTHER:
        if not (length.isascii() and length.isdigit() and 0 < int(length[:6]) <= LONGEST_MINUTES):
            raise FieldError(say("Say for how long."), "from")
        start = now.replace(microsecond=0)
        return TimeWindow(start, start + timedelta(minutes=int(length)))
    if not form.get("from") or not form.get("until"):
        raise FieldError(say("Say from when until when."), "from")
    try:
        start, end = (words.of_input(form[name], zone).astimezone(UTC) for name in ("from", "until"))
    except ValueError as error:
        raise FieldError(sentence_of(error), "from") from error
    if end <= start:
        raise FieldError(say("The end must come after the start."), "from")
    return TimeWindow(start, end)


def states_of(form: Form) -> frozenset[OperatingState] | None:
    """The states in which it shall hold; None where none was ticked: all in which the way is open."""
    try:
        return frozenset(OperatingState(one) for one in form.many("state")) or None
    except ValueError as error:
        raise ValueError(say("There is no such operating state.")) from error


async def _form_page(
    request: Request,
    desk: Desk,
    form: Form,
    outcome: Decision | ValueError | None,
    status: int,
    *,
    last: Permit | None = None,
) -> Response:
    visitor = visitor_of(request)
    charter, now = desk.parts.charter(), desk.parts.clock.now()
    ways = ways_for(charter, visitor, now)
    way = next((one for one in ways if one.key == form.get("way")), None)
    return await page(
        request,
        "requests/where.html" if way is None else "requests/ask.html",
        visitor,
        status=status,
        ways=ways,
        way=way,
        form=form,
        last=last,
        tools=_tools(charter, visitor),
        browser=bool(_tools(charter, visitor, ConnectionMethod.BROWSER)),
        example=EXAMPLE,
        window=_window(form, charter.organisation.time_zone, now),
        reasons=None if outcome is None or isinstance(outcome, ValueError) else _reasons(outcome),
        problem=sentence_of(outcome) if isinstance(outcome, ValueError) else "",
        wrong=field_of(outcome) if isinstance(outcome, ValueError) else "",
    )


def _window(form: Form, zone: str, now: datetime) -> TimeWindow | None:
    """What the form's times mean so far; None where they mean nothing yet."""
    try:
        return window_of(form, zone, now)
    except ValueError:
        return None


def _tunnels(wish: AccessRequest, facts: Facts, visitor: Visitor) -> str:
    """That tunnels may run in what is asked for, and by which exception, or how there comes to be one."""
    where = (facts.charter, wish.conduit, wish.asset, wish.passage)
    named, vendor = unrecorded(*where), visitor.person.vendor
    if not named or vendor is None:
        return said(named)
    return f"{said(named)} {path(tunnels_let(*where, vendor, facts.now)[1])}"


def _tools(charter: Charter, visitor: Visitor, method: ConnectionMethod = ConnectionMethod.SSH) -> list[Tool]:
    """What the visitor may come in with, by name."""
    vendor = charter.vendors.get(visitor.person.vendor) if visitor.person.vendor else None
    able = selectable(charter, vendor) if vendor is not None else frozenset[ToolId]()
    return sorted((charter.tools[one] for one in by_method(charter, able, method)), key=lambda one: one.name)


def _openings(wish: AccessRequest, decision: Decision, facts: Facts) -> tuple[TimeWindow, ...]:
    """Times of the wished length that would lie inside the conduit's hours, where the one that was asked for does not."""
    conduit = facts.charter.conduits.get(wish.conduit) if wish.conduit else None
    outside = any(one.code == "outside_hours" for one in _reasons(decision))
    if conduit is None or wish.window is None or not outside:
        return ()
    zone = ZoneInfo(facts.charter.place_of(wish.asset).time_zone)
    earliest = max(facts.now, wish.window.start - wish.window.length)
    return openings(conduit.hours, zone, earliest, wish.window.length)


def _reasons(decision: Decision | None) -> tuple[Reason, ...]:
    # Only what may leave the plant: a second reason could tell what stands in the charter.
    return (outward(decision),) if isinstance(decision, Deny) else ()


def _line(text: str) -> str:
    """One line of what was typed; ValueError for characters that act on a reader instead of being read."""
    line = " ".join(text.split())
    if not line.isprintable():
        raise ValueError(say("Only printable characters can be put into a permit."))
    return line
