"""How long things may wait, who is told, and when: for the whole organisation, and for one boundary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from domain.ids import PersonId
from domain.timers import Timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(Timers):
    """The timers wherever no boundary has its own; and who answers for the whole in the end."""

    executive: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryTimers:
    """What one boundary says otherwise; None is as around it."""

    boundary: str
    decide_within: timedelta | None = None
    use_within: timedelta | None = None
    arbiter_within: timedelta | None = None
    deputy_after: timedelta | None = None
    executive_after: timedelta | None = None
    lock_idle_after: timedelta | None = None
    end_idle_after: timedelta | None = None

    def over(self, timers: Timers) -> Timers:
        """``timers``, but for what this boundary says."""
        said = {one: span for one in SPANS if isinstance(span := getattr(self, one), timedelta)}
        return replace(timers, **said)


SPANS = tuple(one.name for one in fields(Timers))
"""The names of all spans, in the order in which they are explained."""


def timers_over(usual: Timers, said: Iterable[BoundaryTimers], boundaries: Sequence[str]) -> Timers:
    """The timers on a way over ``boundaries``, near to far: the nearest that sets a span decides it."""
    by_boundary = {one.boundary: one for one in said}
    for boundary in reversed(boundaries):
        if boundary in by_boundary:
            usual = by_boundary[boundary].over(usual)
    return usual
