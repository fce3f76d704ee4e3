"""What no charter can grant, because it can't be recorded or reaches back to the vendor's side."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import GRANTABLE, AccessRequest, PassageKind
from domain.ids import RuleId
from domain.said import say
from policies.facts import Facts
from policies.rule import Accept, Refuse, Verdict

GRANTABLE_ONLY = Accept("Everything asked is of a kind that a permit can name.")

REFUSALS = {
    PassageKind.AGENT: Refuse(
        "agent_forwarding_refused",
        say("Agent forwarding would lend the vendor's keys to a machine of the plant."),
        say("Connect without -A (ForwardAgent no)."),
    ),
    PassageKind.X11: Refuse(
        "x11_forwarding_refused",
        say("X11 forwarding would let a machine of the plant read the vendor's screen and keyboard."),
        say("Connect without -X or -Y (ForwardX11 no)."),
    ),
    PassageKind.REVERSE_FORWARD: Refuse(
        "reverse_forwarding_refused",
        say("A reverse forward would open a door from the plant towards the vendor."),
        say("Connect without -R; ask for a forward (-L) to the asset instead."),
    ),
    PassageKind.STREAMLOCAL: Refuse(
        "streamlocal_refused",
        say("Forwarding a Unix socket would reach services that no conduit names."),
        say("Forward to one of the asset's own ports instead."),
    ),
    PassageKind.TUN: Refuse(
        "tun_refused",
        say("A tunnel device would join two networks; conduits lead to assets, one at a time."),
        say("Connect without -w; ask for a forward (-L) to the asset instead."),
    ),
    PassageKind.JUMP: Refuse(
        "jump_refused",
        say("A jump onwards from here could not be recorded."),
        say("Name the asset itself: ssh -J you@gate asset, or ssh you+asset@gate."),
    ),
    PassageKind.SUBSYSTEM: Refuse(
        "subsystem_refused",
        say("This subsystem is not one that can be recorded."),
        say("Use sftp, or ask for a shell."),
    ),
    PassageKind.ENVIRONMENT: Refuse(
        "environment_refused",
        say("Environment variables from outside can change what a program does."),
        say("Connect without SendEnv and SetEnv, and set the variable in the session."),
    ),
    PassageKind.OTHER: Refuse(
        "unknown_passage_refused",
        say("This kind of channel or request is not known here."),
        say("Use a shell, a command, sftp, scp or a forward (-L)."),
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
                say("The request does not say with what it wants through."),
                say("Ask for a shell, a command, sftp, scp or a forward (-L)."),
            )
        )
