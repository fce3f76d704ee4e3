"""A vendor's people come from the networks that the vendor has named, and from nowhere else."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.networks import network_of
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.wording import plain

STATED = Accept("The networks that the request names are the vendor's.")
NAME = "Connect from your company's own network, or have the plant add this one to vendors.toml."
INSIDE = Accept("The connection comes from one of the vendor's networks.")


@dataclass(frozen=True, slots=True)
class SourceNetwork:
    """An address that is none, or that nobody knows, is outside."""

    id: ClassVar[RuleId] = RuleId("source-network/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        vendor = facts.matter(request).vendor
        if vendor is None:
            return Abstain()
        if request.window is not None and request.networks:
            # Whoever asks in the console comes from the plant's own proxy, and says where they will work.
            beyond = sorted(request.networks.difference(vendor.networks))
            if not beyond:
                return STATED
            return Refuse(
                "source_not_listed",
                say(
                    "{vendor} has not named the network {beyond}.",
                    vendor=vendor.name,
                    beyond=plain(beyond[0]),
                ),
                NAME,
            )
        if network_of(request.source, vendor.networks) is None:
            return Refuse(
                "source_not_listed",
                say(
                    "{source} is in none of the networks that {vendor} has named.",
                    source=plain(request.source),
                    vendor=vendor.name,
                ),
                NAME,
            )
        return INSIDE
