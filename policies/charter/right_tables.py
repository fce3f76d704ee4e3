"""``rights.toml``: who holds what, what was delegated, and who is told of a void."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.access import Action
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight, Holding, Side
from policies.charter.table import Table
from policies.escalation import SPANS, BoundaryTimers, Escalation
from policies.retention import LONGEST_DAYS, Material, Term
from policies.review_terms import Overdue, ReviewTerms
from policies.start_notice import StartTerms, Unheard

MOST_HOLDERS = 7
"""Of one right over one boundary; more than that is a crowd, and nobody is answerable."""

LONGEST_ESCALATION_DAYS = 31


def read_right(table: Table, zone: ZoneInfo) -> Holding | None:
    """One ``[[right]]``; None when it has a fault."""
    others = table.words("others", optional=True)
    holding = Holding(
        right=table.choice("right", DecisionRight),
        boundary=table.word("boundary"),
        holder=PersonId(table.word("holder")),
        deputy=PersonId(table.word("deputy")) if table.has("deputy") else None,
        basis=table.text("basis"),
        window=table.window(zone),
        others=tuple(PersonId(one) for one in others),
        quorum=table.number("quorum", 1, MOST_HOLDERS) if table.has("quorum") else 1,
        arbiter=PersonId(table.word("arbiter")) if table.has("arbiter") else None,
        side=table.choice("side", Side) if table.has("side") else None,
    )
    if holding.holder and holding.holder == holding.deputy:
        table.fault("deputy", "holder and deputy are the same person.", "Name somebody else, or no deputy.")
    if holding.deputy is not None and holding.deputy in others:
        table.fault("deputy", "the deputy is a holder already.", "Name somebody else, or no deputy.")
    if holding.holder in others:
        table.fault("others", "it names the holder again.", "Name the further holders only.", holding.holder)
    if holding.arbiter is not None and holding.arbiter in {*holding.holders, holding.deputy}:
        table.fault(
            "arbiter",
            "the arbiter would judge their own decision.",
            "Name somebody who has no say in it yet.",
        )
    if len(holding.holders) > MOST_HOLDERS:
        table.fault("others", f"there are more than {MOST_HOLDERS} holders.", "Name fewer.")
    if holding.quorum > len(holding.holders):
        table.fault(
            "quorum",
            f"{holding.quorum} must say yes, and {len(holding.holders)} may.",
            "Name as many holders as must say yes, at least; a deputy only stands in for one.",
        )
    if holding.right is DecisionRight.SAFETY and holding.arbiter is not None:
        table.fault("arbiter", "the no of a safety zone's second key is final.", "Remove 'arbiter'.")
    if holding.right is DecisionRight.SAFETY and holding.side is Side.IT:
        table.fault("side", "the second key of a safety zone is a seat of OT.", "Remove 'side'.")
    return holding if table.done() else None


def read_delegation(table: Table, zone: ZoneInfo) -> Delegation | None:
    """One ``[[delegation]]``; None when it has a fault. Everything but ``document`` must be there (B03)."""
    delegation = Delegation(
        right=table.choice("right", DecisionRight),
        boundary=table.word("boundary"),
        by=PersonId(table.word("by")),
        to=PersonId(table.word("to")),
        actions=table.choices("actions", Action),
        states=table.choices("states", OperatingState),
        window=table.window(zone),
        approved=table.instant("approved", zone),
        document=table.text("document", optional=True),
    )
    if delegation.by and delegation.by == delegation.to:
        table.fault("to", "it is given to the one who gives it.", "Name somebody else.")
    if table.sound and delegation.approved > delegation.window.start:
        table.fault(
            "approved",
            "it begins before it was approved.",
            "Let it begin when the holder has approved it, or later.",
        )
    return delegation if table.done() else None


def read_escalation(table: Table | None) -> Escalation:
    """The ``[escalation]`` table; what it leaves out stands as ``domain.timers`` says."""
    if table is None:
        return Escalation()
    executive = PersonId(table.word("executive")) if table.has("executive") else None
    escalation = Escalation(executive=executive, **_spans(table))
    _in_order(table, escalation.deputy_after, escalation.executive_after)
    table.done()
    return escalation


def read_timers(table: Table) -> BoundaryTimers | None:
    """One ``[[timers]]``: what a boundary says otherwise; None when it has a fault."""
    timers = BoundaryTimers(boundary=table.word("boundary"), **_spans(table))
    if timers.deputy_after is not None and timers.executive_after is not None:
        _in_order(table, timers.deputy_after, timers.executive_after)
    if table.sound and not any(table.has(one) for one in SPANS):
        table.fault("boundary", "it sets no timer.", f"Set one of {', '.join(SPANS)}; or remove it.")
    return timers if table.done() else None


def read_start_terms(table: Table) -> StartTerms | None:
    """One ``[[start_notice]]``: who is told over a boundary when a session may start; None when it has a fault."""
    usual = StartTerms()
    terms = StartTerms(
        boundary=table.word("boundary"),
        rights=table.choices("tell", DecisionRight),
        shift=table.claim("shift") if table.has("shift") else usual.shift,
        before=table.span("before", 1) if table.has("before") else usual.before,
        unheard=table.choice("unheard", Unheard),
    )
    return terms if table.done() else None


LONGEST_REVIEW_DAYS = 365


def read_review_terms(table: Table) -> ReviewTerms | None:
    """One ``[[review]]``: who looks at ended sessions over a boundary, and by when; None when it has a fault."""
    terms = ReviewTerms(
        boundary=table.word("boundary"),
        rights=table.choices("by", DecisionRight),
        within=timedelta(days=table.number("within_days", 1, LONGEST_REVIEW_DAYS)),
        overdue=table.choice("overdue", Overdue),
        percent=table.number("percent", 1, 100) if table.has("percent") else 100,
    )
    return terms if table.done() else None


def read_retention(table: Table) -> Term | None:
    """One ``[[retention]]``: how long one matter of a boundary stays; None when it has a fault."""
    longest = table.has("maximum_days")
    term = Term(
        id=table.word("id"),
        boundary=table.word("boundary"),
        of=table.choice("of", Material),
        minimum=timedelta(days=table.number("minimum_days", 0, LONGEST_DAYS)),
        maximum=timedelta(days=table.number("maximum_days", 1, LONGEST_DAYS)) if longest else None,
        basis=table.text("basis"),
    )
    if term.maximum is not None and table.sound and term.maximum < term.minimum:
        table.fault(
            "maximum_days",
            "it is due before it may go.",
            "Let it be due when the minimum is over, or later.",
        )
    return term if table.done() else None


def _spans(table: Table) -> dict[str, timedelta]:
    return {one: table.span(one, LONGEST_ESCALATION_DAYS) for one in SPANS if table.has(one)}


def _in_order(table: Table, deputy_after: timedelta, executive_after: timedelta) -> None:
    if table.sound and executive_after <= deputy_after:
        table.fault(
            "executive_after", "the executive is told before the deputy.", "Give the deputy the shorter time."
        )
