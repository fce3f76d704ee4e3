"""Where the plant says so, a vendor's people come by a key that can't be copied, and by nothing else."""

from dataclasses import dataclass
from typing import ClassVar

from domain.access import AccessRequest, ConnectionMethod
from domain.ids import RuleId
from domain.parties import Person
from domain.said import say
from domain.ssh_key import in_hardware
from policies.charter.ssh_keys import fingerprint
from policies.facts import Facts
from policies.rule import Abstain, Accept, Refuse, Verdict

ANY = Accept("Any of this person's keys will do here.")
KEPT = Accept("The key is in a security key, and can't be copied out of it.")
HAS_ONE = Accept("One of this person's keys is in a security key.")
USE = say(
    "Sign in with your security key: ssh -i ~/.ssh/id_ed25519_sk. Without one: ssh-keygen -t ed25519-sk, and have the plant enter its public half."
)


@dataclass(frozen=True, slots=True)
class KeyInHardware:
    """Do both ask for nothing of the kind, the conduit and its zone (``hardware_keys``), or is the key in a security key?

    Which kind of key it is, the charter says: whether a device has made it, whoever enters it there has looked at.
    """

    id: ClassVar[RuleId] = RuleId("key-in-hardware/1")

    def judge(self, request: AccessRequest, facts: Facts) -> Verdict:
        """This rule's word on ``request``."""
        matter = facts.matter(request)
        if matter.person is None or matter.conduit is None:
            return Abstain()
        if not facts.charter.hardware_keys(matter.conduit):
            return ANY
        return _word(request, keys_in_hardware(matter.person), matter.conduit.name)


def _word(request: AccessRequest, hard: frozenset[str], conduit: str) -> Verdict:
    if request.method is ConnectionMethod.BROWSER:
        said = say("{conduit} asks for a key in a security key, and a browser's is none.", conduit=conduit)
        return Refuse("key_in_software", said, USE)
    if request.window is None:
        if request.key in hard:
            return KEPT
        said = say(
            "{conduit} asks for a key in a security key; the one that you signed in with is none.",
            conduit=conduit,
        )
        return Refuse("key_in_software", said, USE)
    if hard:
        return HAS_ONE
    said = say("{conduit} asks for a key in a security key, and none of yours is.", conduit=conduit)
    return Refuse("no_hardware_key", said, USE)


def keys_in_hardware(person: Person | None) -> frozenset[str]:
    """The fingerprints of those of this person's keys that are in a security key."""
    return (
        frozenset(fingerprint(one) for one in person.ssh_keys if in_hardware(one)) if person else frozenset()
    )
