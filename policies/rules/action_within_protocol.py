"""What is done over a protocol stays within what the conduit lets that protocol be used for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from domain.access import FILES, GRANTABLE, AccessRequest, PassageKind
from domain.ids import RuleId
from domain.limits import beyond, limit_texts, limits_of, with_usual
from domain.plant import TERMINALS, Asset, Conduit, Protocol
from domain.said import say
from policies.facts import Facts
from policies.matter import endpoint_for
from policies.rule import Abstain, Accept, Refuse, Verdict
from policies.standing import Standing

WITHIN = Accept("Each protocol that is asked for may be used for what is to be done.")


@dataclass(frozen=True, slots=True)
class ActionWithinProtocol:
    """An action must be allowed on every protocol asked for: who may configure by SSH may not thereby by Modbus.

    So must every place: a permit's limits lie within those of the conduit, when it is asked for and at the door.
    """

    id: ClassVar[RuleId] = RuleId("action-within-protocol/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.conduit is None or matter.asset is None or not matter.actions:
            return Abstain()
        used = tuple(_protocols(request, matter.asset, matter.conduit))
        for protocol in used:
            beyond = matter.actions - matter.conduit.carries[protocol]
            if beyond:
                allowed = ", ".join(sorted(matter.conduit.carries[protocol]))
                return Refuse(
                    "action_not_for_protocol",
                    say(
                        "The conduit {conduit} does not let {protocol} be used to: {beyond}.",
                        conduit=matter.conduit.id,
                        protocol=protocol,
                        beyond=", ".join(sorted(beyond)),
                    ),
                    say(
                        "Ask for a permit of its own for {protocol}; it may be used to: {allowed}.",
                        protocol=protocol,
                        allowed=allowed,
                    ),
                )
        return _outside(request, matter.standing, matter.conduit, used) or WITHIN


def _outside(
    request: AccessRequest, standing: Standing | None, conduit: Conduit, used: tuple[Protocol, ...]
) -> Refuse | None:
    """Where the wish, or the permit at the door, reaches beyond the conduit's limits over a protocol of ``used``."""
    wanted = limits_of(standing.permit.limits if standing else request.limits)
    if standing is None:  # where a wish names none, the conduit's own are meant
        wanted = with_usual(wanted, conduit.limits)
    if not any(one.kind in FILES for one in request.passage):
        used = tuple(one for one in used if one is not Protocol.SSH)  # there its limits are those of files
    outside = beyond(wanted, conduit.limits, used)
    if not outside:
        return None
    return Refuse(
        "limit_not_in_conduit",
        say(
            "Beyond the limits of the conduit {conduit}: {outside}.",
            conduit=conduit.id,
            outside="; ".join(outside),
        ),
        say(
            "Ask for a permit within its limits: {allowed}.",
            allowed="; ".join(limit_texts(one for one in conduit.limits if one.protocol in used)),
        ),
    )


def _protocols(request: AccessRequest, asset: Asset, conduit: Conduit) -> Iterator[Protocol]:
    """The protocols of the conduit that ``request`` would use; what it does not carry is conduit-passes/1's."""
    for wanted in request.passage:
        if wanted.kind not in GRANTABLE:
            continue
        if wanted.kind is PassageKind.FORWARD and wanted.port == 0:
            found: list[Protocol] = [one.protocol for one in asset.endpoints if one.protocol not in TERMINALS]
        else:
            endpoint = endpoint_for(wanted, asset)
            found = [endpoint.protocol] if endpoint else []
        yield from (one for one in found if one in conduit.carries)
