"""What must agree between retention terms and the rest: each boundary exists, and no two terms speak of one thing."""

from collections.abc import Sequence

from policies.charter.reading import Read, refers
from policies.retention import Term


def check_retention(terms: Sequence[Read[Term]], boundaries: frozenset[str]) -> None:
    """Note every term whose boundary is none, whose id is another's, or that speaks of what another speaks of."""
    ids: set[str] = set()
    spoken: set[tuple[str, str]] = set()
    for one in terms:
        term = one.value
        if term is None:
            continue
        refers(one.table, "boundary", [term.boundary], boundaries, "conduit, zone, site or organisation")
        if term.id in ids:
            one.table.fault("id", "another retention term has this id.", "Give each its own.")
        if (about := (term.boundary, str(term.of))) in spoken:
            one.table.fault(
                "of", "another term speaks of this over the same boundary.", "Keep one of the two."
            )
        ids.add(term.id)
        spoken.add(about)
