"""What a check finds: one thing that is not what it was, what is the matter, and who had it last. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import Json, instant_of, instant_text

LONGEST_FACT = 300

CHANGED, MISSING, UNKNOWN, UNBOUND = "changed", "missing", "unknown", "unbound"
"""What can be the matter: it is not what it was; it is gone; nothing tells of it; its signature does not hold."""

REMEDIES = {
    "recording": "Keep the file as it is. Where a second store has a copy, `penstock evidence store check SESSION` says whether that one is whole.",
    "copy": "Take the receipt away: the uploader reads the copy back and writes another.",
    "permit": "Keep the database as it is for the investigation, then restore it; the ledger says what each permit was.",
    "approval": "Keep the database and the trust file as they are. What this approval opened is in its sessions.",
    "charter": "Restore it from the plant's backup under its own name.",
    "trust": "Restore the trust file, or its past version, from the plant's backup; who enrolled what is in the ledger.",
    "key": "Compare it with the copy that the auditors have, and restore it.",
    "witness": "Compare witness.policy with what the witnesses gave you; the next head is vouched for anew.",
    "time-stamp": "Restore the folder of time-stamps from the plant's backup.",
}
LEDGER = "Keep the ledger's folder as it is for the auditor, then restore it from its backup; the signer tells whether it is whole."


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. ``holder`` last had it, by the leaf ``leaf``; empty and -1 where the ledger tells of nobody."""

    place: str
    item: str
    code: str
    fact: str
    holder: str = ""
    leaf: int = -1

    @property
    def key(self) -> tuple[str, str, str]:
        """By which it is known again in the next check."""
        return self.place, self.item, self.code

    @property
    def remedy(self) -> str:
        """What to do."""
        return REMEDIES.get(self.place, LEDGER)

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "place": self.place,
            "item": self.item,
            "code": self.code,
            "fact": self.fact[:LONGEST_FACT],
            "holder": self.holder,
            "leaf": self.leaf,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Json]) -> "Found":
        """From a document; KeyError, TypeError or ValueError when it is none."""
        place, item, code, fact, holder = (
            str(kept[name]) for name in ("place", "item", "code", "fact", "holder")
        )
        return cls(place, item, code, fact, holder, int(str(kept["leaf"])))


COUNTS = ("recordings", "copies", "permits", "approvals", "charters", "trusts")


@dataclass(frozen=True, slots=True)
class Checked:
    """One check that came to its end. ``counts`` say how much of each was compared."""

    begun: datetime
    ended: datetime
    size: int
    root: str
    counts: Mapping[str, int]
    found: tuple[Found, ...]

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "begun": instant_text(self.begun),
            "ended": instant_text(self.ended),
            "size": self.size,
            "root": self.root,
            "counts": dict(self.counts),
            "found": [one.document() for one in self.found],
        }

    @classmethod
    def of(cls, kept: Mapping[str, Json]) -> "Checked":
        """From a document; KeyError, TypeError or ValueError when it is none."""
        counts, found = kept["counts"], kept["found"]
        if not isinstance(counts, Mapping) or not isinstance(found, list):
            raise TypeError("no check is written like that")
        return cls(
            instant_of(str(kept["begun"])),
            instant_of(str(kept["ended"])),
            int(str(kept["size"])),
            str(kept["root"]),
            {name: int(str(counts[name])) for name in COUNTS},
            tuple(Found.of(one) for one in found if isinstance(one, Mapping)),
        )
