"""Whose business something is, by the charter. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.access import Grant
from domain.ids import AssetId, ConduitId, PersonId, VendorId, ZoneId
from domain.rights import DecisionRight
from domain.template import signed_by
from policies.charter.charter import Charter
from policies.rights import required_rights
from policies.unrecorded import said, unrecorded

CONNECT, LEAD, IDENTITY = DecisionRight.CONNECT, DecisionRight.INCIDENT_LEAD, DecisionRight.IDENTITY


class Audience:
    """The people of one charter at one instant; every answer names each person once, in the charter's order."""

    def __init__(self, charter: Charter, at: datetime) -> None:
        self.charter = charter
        self.at = at

    def deciders(self, asset: AssetId, conduit: ConduitId, grants: Iterable[str]) -> tuple[PersonId, ...]:
        """Who holds a right that must say yes to a permit over this way. Deputies are told when time is short."""
        if asset not in self.charter.assets or conduit not in self.charter.conduits:
            return ()
        rights = required_rights(self.charter, asset, conduit, tuple(_granted(grants)))
        order = [one for one in self.charter.conduits[conduit].in_order if one in rights]
        return self.holders(
            rights - set(order[1:]), asset, conduit
        )  # the others are told when it is their turn

    def confirming(self, template: str, asset: AssetId, conduit: ConduitId) -> tuple[PersonId, ...]:
        """Who confirms a use of this standing template, and signed it not; nobody where it is not known here."""
        one = next((each for each in self.charter.templates if each.digest() == template), None)
        if one is None:
            return ()
        beside = self.shift() if one.confirm is LEAD else ()
        signed = {person for _, person in signed_by(template, self.charter.statements)}
        found = dict.fromkeys((*self.holders([one.confirm], asset, conduit), *beside))
        return tuple(person for person in found if person not in signed)

    def next_after(self, right: DecisionRight, asset: AssetId, conduit: ConduitId) -> tuple[PersonId, ...]:
        """Who holds the right that decides after ``right`` over this way; nobody where none does."""
        way = self.charter.conduits.get(conduit)
        if way is None or asset not in self.charter.assets:
            return ()
        needed = required_rights(self.charter, asset, conduit, way.grants)
        order = [one for one in way.in_order if one in needed]
        after = order[order.index(right) + 1 :][:1] if right in order else []
        return self.holders(after, asset, conduit)

    def holders(
        self, rights: Iterable[DecisionRight], asset: AssetId, conduit: ConduitId
    ) -> tuple[PersonId, ...]:
        """Who holds one of ``rights`` over this way now."""
        found: list[PersonId] = []
        for right in sorted(rights):
            holding = self.charter.holder(right, asset, conduit, self.at)
            if holding is not None:
                found += holding.holders
        return tuple(dict.fromkeys(found))

    def leads(self, *boundaries: str) -> tuple[PersonId, ...]:
        """Who leads incidents over any of ``boundaries``, deputies too; with none named, over anything."""
        found: list[PersonId] = []
        for one in self.charter.holdings:
            if (
                one.right is LEAD
                and one.window.contains(self.at)
                and (not boundaries or one.boundary in boundaries)
            ):
                found += [person for person in (*one.holders, one.deputy) if person is not None]
        return tuple(dict.fromkeys(found))

    def holding(self, right: DecisionRight) -> tuple[PersonId, ...]:
        """Who holds ``right`` over anything now."""
        holdings = (
            one for one in self.charter.holdings if one.right is right and one.window.contains(self.at)
        )
        return tuple(dict.fromkeys(person for one in holdings for person in one.holders))

    def in_zone(self, zone: str) -> tuple[PersonId, ...]:
        """Who holds ``connect`` over a zone, or over what lies around it."""
        near = self.charter.around(zone) if ZoneId(zone) in self.charter.zones else ()
        for boundary in near:
            here = [
                one
                for one in self.charter.holdings
                if one.right is CONNECT and one.boundary == boundary and one.window.contains(self.at)
            ]
            if here:
                return tuple(dict.fromkeys(person for one in here for person in one.holders))
        return ()

    def unrecorded(self, asset: AssetId, conduit: ConduitId, passage: Iterable[str]) -> tuple[str, ...]:
        """That some of what is asked for could not be recorded, where the charter lets it."""
        tunnels = unrecorded(self.charter, conduit, asset, [Grant.of(one) for one in passage])
        return (said(tunnels),) if tunnels else ()

    def shift(self) -> tuple[PersonId, ...]:
        """Everybody who may be on shift."""
        return tuple(one.id for one in self.charter.people.values() if one.shift and one.vendor is None)

    def people_of(self, vendor: str) -> tuple[PersonId, ...]:
        """A company's people."""
        return tuple(one.id for one in self.charter.people.values() if one.vendor == VendorId(vendor))

    def people_within(self, kind: str, name: str) -> tuple[PersonId, ...]:
        """Whom a kill switch's scope names: a company's people, or one person; nobody where it names a place."""
        if kind == "vendor":
            return self.people_of(name)
        return (PersonId(name),) if kind == "person" else ()

    def name(self, id_: str) -> str:
        """What a person is called; who acts on the plant's own machine is said to do so."""
        known = self.charter.people.get(PersonId(id_))
        if known is not None:
            return known.name
        kind, _, account = id_.partition(":")
        return (
            f"the account {account} on the plant's machine" if kind == "local" else id_ or "somebody unknown"
        )

    def company(self, person: PersonId) -> str:
        """Whom a person works for."""
        known = self.charter.people.get(person)
        vendor = self.charter.vendors.get(known.vendor) if known is not None and known.vendor else None
        return vendor.name if vendor is not None else "no company that the charter names"

    def asset(self, id_: str) -> str:
        """What an asset is called."""
        known = self.charter.assets.get(AssetId(id_))
        return known.name if known else id_

    def when(self, instant: datetime, asset: AssetId) -> str:
        """An instant as the people at the asset's site read a clock."""
        zone = self.charter.place_of(asset).time_zone
        return f"{instant.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M} {zone}"


def _granted(texts: Iterable[str]) -> Iterator[Grant]:
    for text in texts:
        try:
            yield Grant.of(text)
        except ValueError:
            continue  # a passage that nobody can be granted asks for nobody's yes
