"""What no charter can grant, because it can't be recorded or reaches back to the vendor's side."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import GRANTABLE, AccessRequest, PassageKind
from domain.ids import RuleId
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict

GRANTABLE_ONLY = Accept("Everything asked is of a kind that a permit can name.")

REFUSALS = {
    PassageKind.AGENT: Refuse(
        "agent_forwarding_refused",
        "Agent forwarding would lend the vendor's keys to a machine of the plant.",
        "Connect without -A (ForwardAgent no).",
    ),
    PassageKind.X11: Refuse(
        "x11_forwarding_refused",
        "X11 forwarding would let a machine of the plant read the vendor's screen and keyboard.",
        "Connect without -X or -Y (ForwardX11 no).",
    ),
    PassageKind.REVERSE_FORWARD: Refuse(
        "reverse_forwarding_refused",
        "A reverse forward would open a door from the plant towards the vendor.",
        "Connect without -R; ask for a forward (-L) to the asset instead.",
    ),
    PassageKind.STREAMLOCAL: Refuse(
        "streamlocal_refused",
        "Forwarding a Unix socket would reach services that no conduit names.",
        "Forward to one of the asset's own ports instead.",
    ),
    PassageKind.TUN: Refuse(
        "tun_refused",
        "A tunnel device would join two networks; conduits lead to assets, one at a time.",
        "Connect without -w; ask for a forward (-L) to the asset instead.",
    ),
    PassageKind.JUMP: Refuse(
        "jump_refused",
        "A jump onwards from here could not be recorded.",
        "Name the asset itself: ssh -J you@gate asset, or ssh you+asset@gate.",
    ),
    PassageKind.SUBSYSTEM: Refuse(
        "subsystem_refused",
        "This subsystem is not one that can be recorded.",
        "Use sftp, or ask for a shell.",
    ),
    PassageKind.ENVIRONMENT: Refuse(
        "environment_refused",
        "Environment variables from outside can change what a program does.",
        "Connect without SendEnv and SetEnv, and set the variable in the session.",
    ),
    PassageKind.OTHER: Refuse(
        "unknown_passage_refused",
        "This kind of channel or request is not known here.",
        "Use a shell, a command, sftp, scp or a forward (-L).",
    ),
}


@dataclass(frozen=True, slots=True)
class PassageGrantable:
    """Refuses every kind of passage that is not in ``GRANTABLE``, each with its own code."""

    id: ClassVar[RuleId] = RuleId("passage-grantable/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:  # noqa: ARG002 - the same for everybody
        """This rule's word on ``request``."""
        for wanted in request.passage:
            if wanted.kind not in GRANTABLE:
                return REFUSALS[wanted.kind]
        return (
            GRANTABLE_ONLY
            if request.passage
            else Refuse(
                "no_passage",
                "The request does not say with what it wants through.",
                "Ask for a shell, a command, sftp, scp or a forward (-L).",
            )
        )
