"""What a rule is: one question about a request, answered with one of four verdicts."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.rights import DecisionRight
from policies.facts import Facts


@dataclass(frozen=True, slots=True)
class Accept:
    """This rule is content. It opens nothing alone; it only does not stand in the way."""

    sentence: str
    code: str = "accepted"
    exception: str = ""
    """The id of the exception by which it is content, where it would have refused without."""


@dataclass(frozen=True, slots=True)
class Require:
    """Nothing speaks against it, but these rights have not decided yet."""

    rights: frozenset[DecisionRight]
    sentence: str
    code: str = "needs_approval"
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """No. One Refuse closes the door, whatever all others say."""

    code: str
    """Stable snake_case: scripts and evidence rely on it."""
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Abstain:
    """This rule has nothing to say about this request."""


Verdict = Accept | Require | Refuse | Abstain


class Rule(Protocol):
    """One file, one rule, one id that is never reused: evidence refers to it for decades.

    ``judge`` is pure: the same request and facts give the same verdict. An exception refuses.
    """

    id: ClassVar[RuleId]

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        ...
