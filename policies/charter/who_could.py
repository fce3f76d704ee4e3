"""Who could decide what across a boundary at an instant, and why: read off one version of the charter."""

from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_text
from domain.delegation import Delegation
from domain.ids import PersonId
from domain.rights import DecisionRight, Holding, holding_of
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Answer:
    """For one right: the chain of boundaries, near to far, who holds it where, and who may speak for them."""

    right: DecisionRight
    chain: tuple[str, ...]
    holding: Holding | None
    """None is a void: nobody could decide, and everything was refused."""
    delegations: tuple[Delegation, ...]
    """Those of its holders that were in force."""

    @property
    def persons(self) -> tuple[PersonId, ...]:
        """Everybody who could say yes: holders, the deputy, delegates."""
        if self.holding is None:
            return ()
        deputy = () if self.holding.deputy is None else (self.holding.deputy,)
        return tuple(dict.fromkeys((*self.holding.holders, *deputy, *(one.to for one in self.delegations))))

    def document(self) -> dict[str, Json]:
        """The answer as JSON."""
        held = self.holding
        return {
            "right": str(self.right),
            "chain": list(self.chain),
            "held_over": None if held is None else held.boundary,
            "holders": [] if held is None else list(held.holders),
            "deputy": None if held is None else held.deputy,
            "arbiter": None if held is None else held.arbiter,
            "quorum": 0 if held is None else held.quorum,
            "side": None if held is None or held.seat is None else str(held.seat),
            "basis": "" if held is None else held.basis,
            "from": None if held is None else instant_text(held.window.start),
            "until": None if held is None else instant_text(held.window.end),
            "delegates": [
                {
                    "person": one.to,
                    "by": one.by,
                    "actions": sorted(one.actions),
                    "states": sorted(one.states),
                    "until": instant_text(one.window.end),
                    "document": one.document,
                }
                for one in self.delegations
            ],
        }

    def sentences(self) -> tuple[str, ...]:
        """The answer in words."""
        way = " → ".join(self.chain)
        if self.holding is None:
            return (f"{self.right}: nobody. The right was void on {way}, so everything was refused.",)
        held = self.holding
        many = f", {held.quorum} of them together" if held.quorum > 1 else ""
        said = [
            f"{self.right}: {' or '.join(held.holders)}{many}, holding it over {held.boundary} ({way}).",
            f"  By {held.basis}, until {instant_text(held.window.end)}.",
        ]
        if held.deputy is not None:
            said.append(f"  Deputy: {held.deputy}.")
        if held.arbiter is not None:
            said.append(f"  Arbiter where they disagree: {held.arbiter}.")
        said += [
            f"  Delegate: {one.to}, by {one.by}, for {', '.join(sorted(one.actions))} in "
            f"{', '.join(sorted(one.states))}, until {instant_text(one.window.end)}."
            for one in self.delegations
        ]
        return tuple(said)


def who_could(
    charter: Charter, boundary: str, at: datetime, right: DecisionRight | None = None
) -> tuple[Answer, ...]:
    """The answer for ``right``, or for every right; ValueError when the charter has no such boundary.

    The nearest boundary that names a right decides, even where its holding has ended.
    """
    known = {*charter.conduits, *charter.zones, *charter.sites, charter.organisation.id}
    if boundary not in known:
        raise ValueError(f"this version of the charter has no boundary {boundary!r}")
    chain = charter.around(boundary)
    found = []
    for one in DecisionRight if right is None else (right,):
        holding = holding_of(charter.holdings, one, chain, at)
        given = tuple(
            each
            for each in charter.delegations
            if holding is not None
            and each.right is one
            and each.boundary == holding.boundary
            and each.window.contains(at)
            and each.given_by(holding.holders)
        )
        found.append(Answer(one, chain, holding, given))
    return tuple(found)
