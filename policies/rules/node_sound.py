"""Evidence before effect: a node that can't record, or can't be stopped, opens nothing."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.wording import plain

SOUND = Accept("This node can record, can be stopped and knows the time.")


@dataclass(frozen=True, slots=True)
class NodeSound:
    """Refuses while this node has a fault, whichever it is: an unknown fault is a fault."""

    id: ClassVar[RuleId] = RuleId("node-sound/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: ARG002 - the same for everybody
        """This rule's word on ``request``."""
        if not facts.faults:
            return SOUND
        return Refuse(
            "node_not_sound",
            say(
                "This node opens nothing now; not in order: {join}.",
                join=", ".join(plain(one) for one in sorted(facts.faults)),
            ),
            say("Tell the plant; 'penstock doctor' on the node names the remedy."),
        )
