"""Where the charter says so, a vendor whose last sessions nobody looked at in time asks for nothing new."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import listed, say, say_n
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.session_review import blocking
from policies.wording import when

AT_THE_DOOR = Accept("Reviews of earlier sessions keep nobody out whose permit was approved.")
REVIEWED = Accept("No session of this vendor waits too long for its review.")


@dataclass(frozen=True, slots=True)
class SessionReviewed:
    """While asking: was every earlier session of this vendor that a `[[review]]` with `block` speaks of reviewed in time?

    Not asked at the door: what was approved stays approved.
    """

    id: ClassVar[RuleId] = RuleId("session-reviewed/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        person, asset = matter.person, matter.asset
        if person is None or person.vendor is None or asset is None:
            return Abstain()
        if request.window is None:
            return AT_THE_DOOR
        if not facts.charter.review_terms:
            return REVIEWED
        ways = facts.charter.conduits_for(person.vendor, asset.id)
        if request.conduit is not None:
            ways = tuple(one for one in ways if one.id == request.conduit)
        late = [
            one
            for way in ways
            for one in blocking(
                facts.charter,
                facts.unreviewed,
                person.vendor,
                facts.charter.boundaries(asset.id, way.id),
                facts.now,
            )
        ]
        if not late:
            return REVIEWED
        first = min(late, key=lambda one: one.by)
        count = len({one.what.session for one in late})
        return Refuse(
            "review_overdue",
            say_n(
                "A session of your company should have been reviewed by the plant until {until}.",
                "{count} sessions of your company should have been reviewed by the plant, the first until {until}.",
                count,
                until=when(first.by, facts.charter.place_of(asset.id)),
            ),
            say(
                "Nothing is wrong with what you ask. Have your contact at the plant review it: who holds {rights}.",
                rights=listed(sorted(map(str, first.terms.rights)), say(" or ")),
            ),
        )
