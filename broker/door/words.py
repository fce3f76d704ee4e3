"""The one form in which the door says no. Pure."""

from dataclasses import dataclass

from broker.exit_status import REFUSED
from domain.access import Deny
from policies.explain import outward
from recorder.replay import inert


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no: a code that scripts rely on, a sentence, what to do about it, and the exit status."""

    code: str
    sentence: str
    remedy: str = ""
    exit_status: int = REFUSED

    def line(self) -> str:
        """One line of text without a control character in it, whatever its parts held."""
        remedy = f" What to do: {self.remedy}" if self.remedy else ""
        return inert(f"penstock: refused [{self.code}]: {self.sentence}{remedy}")


def refusal_of(deny: Deny) -> Refusal:
    """What may be said outside of a Deny: its first reason, worded for a vendor."""
    reason = outward(deny)
    return Refusal(reason.code, reason.sentence, reason.remedy)


def shortened(text: str, most: int = 64) -> str:
    """``text`` fit for evidence about somebody unknown: escaped, and no longer than ``most`` characters."""
    return inert(text[: most + 1])[:most]
