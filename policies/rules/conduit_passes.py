"""Only a conduit that the charter names leads to an asset, and it lets through only what it names."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import GRANTABLE, AccessRequest, Grant, PassageKind
from domain.ids import RuleId
from domain.plant import Asset, Conduit, Protocol
from domain.said import say
from policies.facts import Facts
from policies.matter import covers, endpoint_for
from policies.rule import Abstain, Accept, Refuse, Verdict

PASSES = Accept("The conduit lets this vendor through with what is asked.")


@dataclass(frozen=True, slots=True)
class ConduitPasses:
    """Vendor, grants and protocol must all be on the conduit; a forward leads to a registered port only."""

    id: ClassVar[RuleId] = RuleId("conduit-passes/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.asset is None or matter.vendor is None:
            return Abstain()
        if matter.conduit is None:
            return Refuse(
                "no_conduit",
                say(
                    "No conduit leads {vendor} to {asset}.", vendor=matter.vendor.name, asset=matter.asset.id
                ),
                say("Ask the plant to write one into its charter."),
            )
        for wanted in request.passage:
            if wanted.kind in GRANTABLE:  # the rest is passage-grantable/1's to refuse, in better words
                refusal = _refusal(wanted, matter.asset, matter.conduit, asking=request.window is not None)
                if refusal is not None:
                    return refusal
        return PASSES


def _refusal(wanted: Grant, asset: Asset, conduit: Conduit, *, asking: bool) -> Refuse | None:  # noqa: PLR0911 - one return per answer
    if not covers(conduit.grants, wanted, asset, through=not asking):
        allowed = ", ".join(str(one) for one in sorted(conduit.grants))
        return Refuse(
            "passage_not_in_conduit",
            say("The conduit {conduit} does not let {wanted} through.", conduit=conduit.id, wanted=wanted),
            say("It lets through: {allowed}.", allowed=allowed),
        )
    if wanted.kind is PassageKind.FORWARD and wanted.port == 0:
        # While asking this means every port of the asset; at the door somebody wants one of them.
        endpoints = [one for one in asset.endpoints if one.protocol is not Protocol.SSH]
        if asking and any(one.protocol in conduit.protocols for one in endpoints):
            return None
        return Refuse(
            "port_not_registered",
            say("The request names no port of {asset} that can be forwarded.", asset=asset.id),
            say("Forward to one of the asset's own ports (-L)."),
        )
    endpoint = endpoint_for(wanted, asset)
    if endpoint is None:
        what = f"port {wanted.port}" if wanted.kind is PassageKind.FORWARD else "SSH endpoint"
        return Refuse(
            "port_not_registered",
            say("The charter names no {what} of {asset}.", what=what, asset=asset.id),
            say("Ask for one of the asset's own endpoints; the lobby lists them."),
        )
    if wanted.kind is PassageKind.FORWARD and endpoint.protocol is Protocol.SSH:
        # SSH inside a forward is a tunnel that nobody can record (CIP-005-7 R2.2; requirement C05).
        return Refuse(
            "unrecordable_inner_tunnel",
            say("A forward to the SSH port of {asset} could not be recorded.", asset=asset.id),
            say("Connect straight to the asset: ssh you+asset@gate."),
        )
    if endpoint.protocol not in conduit.protocols:
        return Refuse(
            "protocol_not_in_conduit",
            say(
                "The conduit {conduit} does not carry {protocol}.",
                conduit=conduit.id,
                protocol=endpoint.protocol,
            ),
            say("Ask the plant whether another conduit does."),
        )
    return None
