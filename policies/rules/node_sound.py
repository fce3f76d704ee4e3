"""Evidence before effect: a node that can't record, or can't be stopped, opens nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict
from policies.wording import plain

SOUND = Accept("This node can record, can be stopped and knows the time.")

OWN_WORDS: Mapping[str, Refuse] = {
    "disk_filling": Refuse(
        "disk_filling",
        say("This node's disk would soon be full of recordings; no new session begins."),
        say("Tell the plant; 'penstock doctor' on the node says how much is left, and what to do."),
    ),
    "backlog_full": Refuse(
        "backlog_full",
        say("Too much evidence waits to be copied to the plant's store; no new session begins."),
        say("Tell the plant that its evidence store does not keep up; 'penstock doctor' names the remedy."),
    ),
}
"""Faults that only keep new sessions out: what is open goes on. When one is all there is, it is said by itself."""


@dataclass(frozen=True, slots=True)
class NodeSound:
    """Refuses while this node has a fault, whichever it is: an unknown fault is a fault."""

    id: ClassVar[RuleId] = RuleId("node-sound/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: ARG002 - the same for everybody
        """This rule's word on ``request``."""
        if not facts.faults:
            return SOUND
        if len(facts.faults) == 1 and facts.faults[0] in OWN_WORDS:
            return OWN_WORDS[facts.faults[0]]
        return Refuse(
            "node_not_sound",
            say(
                "This node opens nothing now; not in order: {join}.",
                join=", ".join(plain(one) for one in sorted(facts.faults)),
            ),
            say("Tell the plant; 'penstock doctor' on the node names the remedy."),
        )
