"""A conduit passes nothing before both its sides have said what it is for and how it may fail.

What are we solving, who owns what, what does failure look like (requirement S-25); and no permission
without a reason (C03).
"""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

AGREED = Accept("Both sides of the conduit have agreed on what it is for.")
ANSWERS = ("purpose", "owner", "failure", "success")


@dataclass(frozen=True, slots=True)
class ConduitAgreed:
    """Refuses while one of the four answers is blank, or one side has not agreed to them."""

    id: ClassVar[RuleId] = RuleId("conduit-agreed/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        conduit = facts.matter(request).conduit
        if conduit is None:
            return Abstain()
        blank = [name for name in ANSWERS if not getattr(conduit, name).strip()]
        if not blank and conduit.agreed is not None:
            return AGREED
        lacks = f"its {' and '.join(blank)}" if blank else "the agreement of its two sides"
        return Refuse(
            "conduit_not_agreed",
            say(
                "The conduit {conduit} is not open yet: the charter lacks {lacks}.",
                conduit=conduit.id,
                lacks=lacks,
            ),
            say("Ask your contact at the plant; both sides of the conduit have to write it down."),
        )
