"""Only a conduit that the charter names leads to an asset, and it lets through only what it names."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import GRANTABLE, AccessRequest, Grant, PassageKind
from domain.ids import RuleId
from domain.plant import LINES, TERMINALS, Asset, Conduit, Protocol
from domain.said import say
from policies.facts import Facts
from policies.matter import IN_A_TERMINAL, covers, endpoint_for
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
        endpoints = [one for one in asset.endpoints if one.protocol not in TERMINALS]
        if asking and any(one.protocol in conduit.protocols for one in endpoints):
            return None
        return Refuse(
            "port_not_registered",
            say("The request names no port of {asset} that can be forwarded.", asset=asset.id),
            say("Forward to one of the asset's own ports (-L)."),
        )
    endpoint = endpoint_for(wanted, asset)
    if (terminal := _only_a_terminal(wanted, asset)) is not None:
        return Refuse(
            "shell_only",
            say(
                "{asset} is reached over {protocol}, which carries a shell and nothing else.",
                asset=asset.id,
                protocol=terminal,
            ),
            say("Connect for a shell: ssh you+asset@gate, without a command."),
        )
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


def _only_a_terminal(wanted: Grant, asset: Asset) -> Protocol | None:
    """The protocol of the line at which ``wanted`` would end, where it is no shell; None where it is another matter."""
    terminal = asset.terminal()
    if terminal is None or terminal.protocol not in LINES or wanted.kind in IN_A_TERMINAL:
        return None
    elsewhere = wanted.kind is PassageKind.FORWARD and wanted.port != terminal.port
    return None if elsewhere else terminal.protocol
