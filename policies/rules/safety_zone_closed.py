"""No remote path leads into a safety zone (IEC 62443-3-2 ZCR 3.3, paraphrased; requirement C07).

Two keys, turned by two persons, are the least that could open one. Until a rule asks for both,
a charter can't, and no approval can.
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

NOT_SAFETY = Accept("The way touches no safety zone.")


@dataclass(frozen=True, slots=True)
class SafetyZoneClosed:
    """Refuses when the asset's zone, or either end of the conduit, is a safety zone."""

    id: ClassVar[RuleId] = RuleId("safety-zone-closed/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None:
            return Abstain()
        touched = {matter.asset.zone}
        if matter.conduit is not None:
            touched |= {matter.conduit.source, matter.conduit.destination}
        zones = facts.charter.zones
        for zone in sorted(touched):
            if zones[zone].safety:
                return Refuse(
                    "safety_zone_closed",
                    f"{zones[zone].name} is a safety zone; no remote path leads into it.",
                    "Work on site, with the plant's safety engineer.",
                )
        return NOT_SAFETY
