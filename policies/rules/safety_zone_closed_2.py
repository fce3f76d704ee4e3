"""No remote path leads into a safety zone (IEC 62443-3-2 ZCR 3.3, paraphrased; requirement C07), but for one that
stands on a safety dependency record and that two persons under two rights open.

The record says which safety function is at stake, how securing the way could harm it, and who signed that
for safety and for security. A permit names the record that its approvers saw: any edit of it, and their
approvals are worth nothing (J06). Writing is refused unless the record says in which operating states the
configuration switch stands where writing needs it (B17).
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, Action
from domain.ids import RuleId
from domain.plant import Conduit, Direction
from domain.record import SafetyDependency
from domain.rights import DecisionRight
from domain.said import say
from policies.facts import Facts
from policies.matter import Matter
from policies.rule import Abstain, Accept, Refuse, Verdict

NOT_SAFETY = Accept("The way touches no safety zone.")
RECORDED = Accept("The way into the safety zone stands on its signed record, and needs two keys.")
ON_SITE = "Work on site, with the plant's safety engineer."


@dataclass(frozen=True, slots=True)
class SafetyZoneClosed:
    """Speaks when the asset's zone, or either end of the conduit, is a safety zone."""

    id: ClassVar[RuleId] = RuleId("safety-zone-closed/2")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None:
            return Abstain()
        touched = {matter.asset.zone}
        if matter.conduit is not None:
            touched |= {matter.conduit.source, matter.conduit.destination}
        zones = facts.charter.zones
        name = next((zones[one].name for one in sorted(touched) if zones[one].safety), "")
        if not name:
            return NOT_SAFETY
        if matter.conduit is None:
            return _closed(name)
        return _recorded(name, matter, matter.conduit, facts) or RECORDED


def _closed(name: str) -> Refuse:
    return Refuse(
        "safety_zone_closed",
        say("{name} is a safety zone; no remote path leads into it.", name=name),
        ON_SITE,
    )


def _recorded(name: str, matter: Matter, conduit: Conduit, facts: Facts) -> Refuse | None:
    record = facts.charter.safety_record(conduit)
    if record is None and conduit.direction is not Direction.OUTBOUND:
        return _closed(name)
    if DecisionRight.SAFETY not in matter.deciders:
        return Refuse(
            "safety_one_key",
            say("{name} is a safety zone, and one key alone would open it.", name=name),
            ON_SITE,
        )
    seen = matter.standing.permit.safety_record if matter.standing else None
    if seen is not None and seen != (record.digest().hex() if record else ""):
        return Refuse(
            "safety_record_changed",
            say(
                "The safety record of {conduit} has changed since this permit was approved.",
                conduit=conduit.id,
            ),
            say("Ask for a new permit; whoever approves it must see the record as it is now."),
        )
    return _written(name, matter, conduit, record)


def _written(name: str, matter: Matter, conduit: Conduit, record: SafetyDependency | None) -> Refuse | None:
    """Looking is one thing. Whoever writes needs the switch to stand where the record says, in every state
    in which the way may be open; where it names none, nobody writes from outside (C07).
    """
    actions = matter.standing.permit.actions if matter.standing else matter.actions
    beyond = sorted(str(one) for one in (actions | matter.actions) - {Action.VIEW})
    if not beyond or record is None:  # an outbound way carries nothing inward
        return None
    if not record.writes_in:
        return Refuse(
            "safety_write_refused",
            say(
                "{name} is a safety zone, and its record lets nobody {beyond} there from outside.",
                name=name,
                beyond=beyond[0],
            ),
            ON_SITE,
        )
    elsewhere = sorted(state for state in conduit.states if state not in record.writes_in)
    if elsewhere:
        return Refuse(
            "safety_key_switch",
            say(
                "In the state '{elsewhere}' the switch of {name} does not stand where writing needs it: {key_switch}.",
                elsewhere=elsewhere[0],
                name=name,
                key_switch=record.key_switch,
            ),
            say("The plant narrows the conduit's states, or both sides sign a record that names this one."),
        )
    return None
