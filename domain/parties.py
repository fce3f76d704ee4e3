"""The parties: vendor companies under contract, and persons of either side."""

from dataclasses import dataclass

from domain.ids import AssetId, PersonId, VendorId
from domain.rights import Side
from domain.window import TimeWindow


@dataclass(frozen=True, slots=True)
class Contract:
    """What a vendor may work on, and for how long. After its window it closes by itself."""

    reference: str
    window: TimeWindow
    assets: frozenset[AssetId]


@dataclass(frozen=True, slots=True)
class Vendor:
    """A company outside the plant."""

    id: VendorId
    name: str
    contracts: tuple[Contract, ...]

    def covers(self, asset: AssetId) -> tuple[Contract, ...]:
        """The contracts that name ``asset``, whatever the time."""
        return tuple(one for one in self.contracts if asset in one.assets)


@dataclass(frozen=True, slots=True)
class Person:
    """One natural person. ``vendor`` is None for people of the plant and its owner.

    ``admitted`` is when, and by whose ``identity`` decision, an outside person may appear at all.
    """

    id: PersonId
    name: str
    vendor: VendorId | None
    ssh_keys: tuple[str, ...] = ()
    """Public keys in OpenSSH's one-line form, without options or comment."""
    admitted: TimeWindow | None = None
    admitted_by: PersonId | None = None
    auditor: bool = False
    """May read evidence. Grants nothing else."""
    shift: bool = False
    """May set operating states and use the kill switch. Grants nothing else."""
    side: Side | None = None
    """For a person of the plant: whom they speak for. Without one they fill no seat that asks for a side."""
    contact: str = ""
    """How to reach them when the network is down: a telephone number, a radio channel."""
