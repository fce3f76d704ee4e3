"""What is done to an asset stays within what its conduit allows: view, operate, configure, override."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

WITHIN = Accept("The conduit allows every action that is asked.")


@dataclass(frozen=True, slots=True)
class ActionWithinConduit:
    """At the door a request may leave its actions out; then all that the permit states are meant."""

    id: ClassVar[RuleId] = RuleId("action-within-conduit/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.conduit is None:
            return Abstain()
        if not matter.actions:
            if request.window is None:
                return Abstain()  # at the door without a permit: permit-valid/1 says so
            return Refuse(
                "action_not_stated",
                say("The request does not say what is to be done."),
                say("State the actions: view, operate, configure or override."),
            )
        beyond = matter.actions - matter.conduit.actions
        if not beyond:
            return WITHIN
        allowed = ", ".join(sorted(matter.conduit.actions))
        return Refuse(
            "action_not_in_conduit",
            say(
                "The conduit {conduit} does not allow: {beyond}.",
                conduit=matter.conduit.id,
                beyond=", ".join(sorted(beyond)),
            ),
            say("Ask for less; it allows: {allowed}.", allowed=allowed),
        )
