"""How many ways into the plant are under somebody's hand. The number of the others comes first, everywhere."""

from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json
from domain.exceptions import Liftable, in_force
from policies.charter.charter import Charter
from policies.pathway import Pathway, PathwayStatus


@dataclass(frozen=True, slots=True)
class Counted:
    """One pathway, and what it counts as now; ``sentence`` says why."""

    pathway: Pathway
    status: PathwayStatus
    sentence: str

    def document(self) -> dict[str, Json]:
        """The same for machines."""
        one = self.pathway
        return {
            "id": one.id,
            "name": one.name,
            "kind": str(one.kind),
            "zone": one.zone,
            "vendor": one.vendor,
            "status": str(self.status),
            "owner": one.owner,
            "carries": one.carries,
            "found": one.found.isoformat(),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every way in at one instant: the pathways of the charter, and its conduits, which are governed."""

    pathways: tuple[Counted, ...]
    """The ungoverned first, then the excepted, then by name."""
    conduits: int

    def count(self, status: PathwayStatus) -> int:
        """How many pathways count as ``status``; conduits apart."""
        return sum(one.status is status for one in self.pathways)

    @property
    def ungoverned(self) -> tuple[Counted, ...]:
        """The pathways that are nobody's."""
        return tuple(one for one in self.pathways if one.status is PathwayStatus.UNGOVERNED)

    @property
    def posture(self) -> int:
        """Of a hundred ways in, how many are governed or excepted: conduits count, and 100 means none is left."""
        ways = self.conduits + len(self.pathways)
        return 100 * (ways - len(self.ungoverned)) // ways if ways else 100

    def line(self) -> str:
        """The count in one line, the number that matters first."""
        number = len(self.ungoverned)
        return (
            f"{number} ungoverned {'pathway' if number == 1 else 'pathways'}; "
            f"{self.count(PathwayStatus.EXCEPTED)} excepted, {self.count(PathwayStatus.GOVERNED)} governed beside "
            f"{self.conduits} conduits: posture {self.posture} of 100"
        )

    def document(self) -> dict[str, Json]:
        """The same for machines."""
        return {
            "ungoverned": len(self.ungoverned),
            "excepted": self.count(PathwayStatus.EXCEPTED),
            "governed": self.count(PathwayStatus.GOVERNED),
            "conduits": self.conduits,
            "posture": self.posture,
            "pathways": [one.document() for one in self.pathways],
        }


def inventory(charter: Charter, at: datetime) -> Inventory:
    """What every pathway of ``charter`` counts as at ``at``. An exception that has ended makes it ungoverned again."""
    found = [_counted(charter, one, at) for one in charter.pathways.values()]
    order = [PathwayStatus.UNGOVERNED, PathwayStatus.EXCEPTED, PathwayStatus.GOVERNED]
    found.sort(key=lambda one: (order.index(one.status), one.pathway.name, one.pathway.id))
    return Inventory(tuple(found), len(charter.conduits))


def _counted(charter: Charter, one: Pathway, at: datetime) -> Counted:
    where = charter.zones[one.zone].name
    if one.status is PathwayStatus.GOVERNED:
        return Counted(one, one.status, f"{one.name} into {where}: {one.owner} answers; {one.control}.")
    if one.status is PathwayStatus.EXCEPTED:
        lifted = in_force(charter.exceptions, Liftable.PATHWAY, charter.around(one.zone), one.vendor, at)
        if lifted is not None:
            line = f"{one.name} into {where}: tolerated by the exception {lifted.id}; {lifted.compensating}."
            return Counted(one, one.status, line)
        line = f"{one.name} into {where}: no exception tolerates it now, so it counts as ungoverned."
        return Counted(one, PathwayStatus.UNGOVERNED, line)
    whose = f"of {charter.vendors[one.vendor].name}, " if one.vendor else ""
    return Counted(one, one.status, f"{one.name} into {where}: {whose}nobody decides over it; {one.carries}.")
