"""How long evidence stays: the charter's terms, legal holds and an instant in; keep, may go or must go out. Pure.

Nothing may go that no term speaks of, and nothing that is held. A span is half-open: at the instant
at which the minimum is over an item may go, at the one at which the maximum is over it is due.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_DAYS = 36_500


class Material(StrEnum):
    """What a term speaks of."""

    RECORDING = "recording"
    """What crossed in a session: its recording and the key to it. Counted from the session's end."""
    LEDGER = "ledger"
    """The ledger's own tiles and entries, from the leaf's time on. Leaves that later proofs need stay."""


@dataclass(frozen=True, slots=True)
class Term:
    """One ``[[retention]]`` of the charter."""

    id: str
    boundary: str
    of: Material
    minimum: timedelta
    """Before so much time has passed nobody may delete it."""
    maximum: timedelta | None
    """Once so much time has passed it is due; None: it may stay as long as it likes."""
    basis: str
    """By what law, standard or agreement."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may be deleted."""

    of: Material
    subject: str
    """``session:…``."""
    boundaries: tuple[str, ...]
    """What it lies in, near to far."""
    about: frozenset[str]
    """Whatever else a hold may name: ``vendor:…``, ``person:…``, ``asset:…``."""
    since: datetime | None
    """From when its time counts; None while it still grows."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: what it covers stays, whatever any term says."""

    id: str
    scope: str
    """``session:…``, ``boundary:…``, ``vendor:…``, ``person:…``, ``asset:…``."""
    by: str
    at: datetime
    reason: str

    def covers(self, item: Item) -> bool:
        """Whether it is about this item."""
        kind, _, name = self.scope.partition(":")
        if kind == "boundary":
            return name in item.boundaries
        return self.scope == item.subject or self.scope in item.about


class Standing(StrEnum):
    """What may become of an item now."""

    KEPT = "kept"
    MAY_GO = "may_go"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may become of one item, and why. ``code`` and ``sentence`` say why it may not go; empty when it may."""

    standing: Standing
    term: Term | None
    holds: tuple[Hold, ...] = ()
    may_go_at: datetime | None = None
    due_at: datetime | None = None
    code: str = ""
    sentence: str = ""
    remedy: str = ""


def term_over(terms: Iterable[Term], of: Material, boundaries: Sequence[str]) -> Term | None:
    """What holds over ``boundaries``, near to far: the nearest that speaks of ``of`` decides; None refuses."""
    by_boundary = {one.boundary: one for one in terms if one.of is of}
    return next((by_boundary[one] for one in boundaries if one in by_boundary), None)


def judge(item: Item, terms: Iterable[Term], holds: Iterable[Hold], now: datetime) -> Judgement:
    """What may become of ``item`` at ``now``."""
    term = term_over(terms, item.of, item.boundaries)
    held = tuple(one for one in holds if one.covers(item))
    if item.since is None:
        return Judgement(
            Standing.KEPT,
            term,
            held,
            code="session_not_ended",
            sentence="It has not ended yet, so its time has not begun.",
            remedy="End the session first.",
        )
    if term is None:
        return Judgement(
            Standing.KEPT,
            None,
            held,
            code="no_retention_term",
            sentence="No retention term of the charter speaks of this, so it stays.",
            remedy="Write a [[retention]] into rights.toml, and have the charter signed.",
        )
    may_go_at = _later(item.since, term.minimum)
    due_at = None if term.maximum is None else _later(item.since, term.maximum)
    if now < may_go_at:
        return Judgement(
            Standing.KEPT,
            term,
            held,
            may_go_at,
            due_at,
            "too_early",
            f"By the term '{term.id}' it stays until {may_go_at:%Y-%m-%d %H:%M:%S} UTC.",
            "Wait; or have the charter changed by who holds 'data_out' there.",
        )
    due = due_at is not None and now >= due_at
    standing = Standing.DUE if due else Standing.MAY_GO
    if held:
        names = ", ".join(one.scope for one in held)
        return Judgement(
            Standing.KEPT,
            term,
            held,
            may_go_at,
            due_at,
            "legal_hold",
            f"A legal hold keeps it: {names}.",
            "Two persons lift a hold, on the page 'Retention'.",
        )
    return Judgement(standing, term, held, may_go_at, due_at)


def _later(since: datetime, span: timedelta) -> datetime:
    try:
        return since + span
    except OverflowError:
        return datetime.max.replace(tzinfo=since.tzinfo)
