"""Findings: something is wrong with an asset, a zone or a conduit, and stands in exactly one register (S-20, J16).

The rule, so that nobody has to discuss it: the register is that of the site, on the side (operations or IT) that
whoever holds ``connect`` over the nearest boundary speaks for, and that holder owns it. Holders of the other boundaries
around it, and who owns an asset that it depends on, are told. Without a holder there is no owner, and it is refused:
that is a void, which the executive has already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.errors import DecisionError
from domain.ids import AssetId, ConduitId, PersonId, SiteId, ZoneId
from domain.rights import DecisionRight, Holding, holding_of
from policies.assurance.collection import Leaf
from policies.charter.charter import Charter


@dataclass(frozen=True, slots=True)
class Home:
    """Where a finding goes: one register, one owner, and who else is told."""

    register: str
    owner: PersonId
    told: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding as the ledger has it. ``closed`` is the leaf that closed it."""

    raised: Leaf
    closed: Leaf | None

    @property
    def id(self) -> str:
        """Its name: given when it was raised."""
        return self.raised.text("finding")


def home_of(charter: Charter, about: str, at: datetime) -> Home:
    """The one register for a finding about an asset, zone, conduit or site; DecisionError where there is no owner."""
    boundaries = _around(charter, about)
    if not boundaries:
        raise DecisionError(
            f"Nothing in the charter is called {about!r}.",
            code="finding_about_nothing",
            remedy="Name an asset, a zone, a conduit or a site.",
        )
    holding = holding_of(charter.holdings, DecisionRight.CONNECT, boundaries, at)
    if holding is None:
        raise DecisionError(
            f"Nobody holds 'connect' over {boundaries[0]}: a finding there would have no owner.",
            code="finding_without_owner",
            remedy="Mend the void first: `penstock charter void`.",
        )
    side = charter.sides.get(holding.holder)
    site = next((one for one in boundaries if SiteId(one) in charter.sites), charter.organisation.id)
    others = (*_other_holders(charter, boundaries, holding, at), *_of_dependants(charter, about, at))
    told = tuple(dict.fromkeys(one for one in others if one != holding.holder))
    return Home(f"{site}/{side or 'plant'}", holding.holder, told)


def _around(charter: Charter, about: str) -> tuple[str, ...]:
    asset = charter.assets.get(AssetId(about))
    if asset is not None:
        return charter.around(asset.zone)
    known = (
        ConduitId(about) in charter.conduits
        or ZoneId(about) in charter.zones
        or SiteId(about) in charter.sites
        or about == charter.organisation.id
    )
    return charter.around(about) if known else ()


def _other_holders(
    charter: Charter, boundaries: Sequence[str], holding: Holding, at: datetime
) -> Iterator[PersonId]:
    """Who decides here besides: the other holders, and those of the boundaries around it."""
    yield from holding.holders
    for boundary in boundaries:
        for right in DecisionRight:
            held = holding_of(charter.holdings, right, (boundary,), at)
            if held is not None:
                yield from held.holders


def _of_dependants(charter: Charter, about: str, at: datetime) -> Iterator[PersonId]:
    """Who holds ``connect`` where an asset stands that depends on this one: it is a shared one."""
    for asset in charter.assets.values():
        if AssetId(about) in asset.depends_on:
            held = holding_of(charter.holdings, DecisionRight.CONNECT, charter.around(asset.zone), at)
            if held is not None:
                yield from held.holders


def findings(said: Sequence[Leaf]) -> tuple[Finding, ...]:
    """Every finding, in the order in which they were raised; one that was raised twice is one."""
    raised = {one.text("finding"): one for one in reversed(said) if one.name == "FindingRaised"}
    closed = {one.text("finding"): one for one in said if one.name == "FindingClosed"}
    return tuple(
        Finding(one, closed.get(name)) for name, one in sorted(raised.items(), key=lambda kept: kept[1].index)
    )
