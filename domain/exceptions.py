"""Exceptions: what the plant tolerates for a while, by whose word, against what, and until when.

An exception lifts one of a closed list of refusals and findings over one boundary. It ends by itself,
and no exception lifts an approval, an identity, a recording or a deadline.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ids import ExceptionId, PersonId, VendorId
from domain.window import TimeWindow

LONGEST_EXCEPTION = timedelta(days=180)
GOES_UP_AT = 3
"""The renewal that the boundary's holder can't grant any more (requirement J05)."""


class Liftable(StrEnum):
    """Everything that an exception may lift, by the code that it is refused or found with."""

    CONTRACT_TERM = "contract_term_missing"
    TOOL = "tool_unknown"
    DEPUTY = "no_deputy"
    PATHWAY = "ungoverned_pathway"
    TUNNEL = "unrecordable_inner_tunnel"


@dataclass(frozen=True, slots=True)
class GrantedException:
    """One entry of exceptions.toml. Half-open: at its window's end the plant is as strict as before."""

    id: ExceptionId
    owner: PersonId
    """Who answers for it while it lasts."""
    granted_by: PersonId
    reason: str
    compensating: str
    """What is done instead, so that the risk is borne."""
    lifts: frozenset[Liftable]
    boundary: str
    """The conduit, zone, site or organisation over which it holds."""
    window: TimeWindow
    vendor: VendorId | None = None
    """For one vendor only, where it is about one."""
    renews: ExceptionId | None = None
    """The exception that it follows upon."""
    reviewed: datetime | None = None
    """When somebody last looked whether it is still needed."""

    def lifting(self, code: str, vendor: VendorId | None, at: datetime) -> bool:
        """Whether it lifts ``code`` for ``vendor`` at ``at``, wherever it holds."""
        return code in self.lifts and self.vendor in {None, vendor} and self.window.contains(at)


def chain(
    exceptions: Mapping[ExceptionId, GrantedException], one: GrantedException
) -> tuple[GrantedException, ...]:
    """What ``one`` renews, nearest first, as far as it is written down; its length is the renewal's number.

    A circle, which no sound charter holds, is walked once.
    """
    found: dict[ExceptionId, GrantedException] = {}
    before = one.renews
    while before is not None and before in exceptions and before not in found and before != one.id:
        found[before] = exceptions[before]
        before = exceptions[before].renews
    return tuple(found.values())


def in_force(
    exceptions: Iterable[GrantedException],
    code: str,
    boundaries: Iterable[str],
    vendor: VendorId | None,
    at: datetime,
) -> GrantedException | None:
    """The exception that lifts ``code`` over one of ``boundaries`` at ``at``: the one that lasts longest."""
    where = frozenset(boundaries)
    found = [one for one in exceptions if one.boundary in where and one.lifting(code, vendor, at)]
    return max(found, key=lambda one: (one.window.end, one.id), default=None)
