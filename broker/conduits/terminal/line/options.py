"""Telnet's options: who has agreed to what (RFC 855), by the method of RFC 1143. Pure.

The gate asks for an option at most once and never asks to end one, so of RFC 1143's states those
that wait for a *no*, and the queue bit, can't come about; what is left is its table, unchanged.
"""

from dataclasses import dataclass, field
from enum import Enum, IntEnum

IAC = 255


class Verb(IntEnum):
    """RFC 854, the four that negotiate."""

    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254


class Option(IntEnum):
    """What the gate understands. Every other one is declined."""

    BINARY = 0  # RFC 856
    ECHO = 1  # RFC 857
    SUPPRESS_GO_AHEAD = 3  # RFC 858
    TERMINAL_TYPE = 24  # RFC 1091
    WINDOW_SIZE = 31  # RFC 1073
    COM_PORT = 44  # RFC 2217


class State(Enum):
    """One option on one side."""

    NO = "no"
    YES = "yes"
    ASKED = "asked"
    """RFC 1143's WANTYES: asked for, and not answered yet."""


@dataclass(slots=True)
class Options:
    """Both sides of one connection. Bounded: only options that may be agreed to are remembered."""

    ours: frozenset[int]
    """What the gate may do when the asset asks it to."""
    theirs: frozenset[int]
    """What the asset may do."""
    _ours: dict[int, State] = field(default_factory=dict)
    _theirs: dict[int, State] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    """Of ``theirs``: what the asset was asked to do, or did, and then said that it does not."""

    def ask(self, verb: Verb, option: int) -> bytes:
        """Offer (``WILL``) or ask for (``DO``) an option; nothing when it is agreed or asked for already."""
        states = self._ours if verb is Verb.WILL else self._theirs
        if states.get(option, State.NO) is not State.NO:
            return b""
        states[option] = State.ASKED
        return bytes((IAC, verb, option))

    def received(self, verb: Verb, option: int) -> bytes:
        """The answer to what the asset said; empty where RFC 1143 wants none, so that no two parties go on for ever."""
        if verb in {Verb.WILL, Verb.WONT}:
            answer = _answer(self._theirs, option, verb is Verb.WILL, option in self.theirs)
            if option in self.theirs:
                (self.refused.discard if verb is Verb.WILL else self.refused.add)(option)
            return _said(answer, Verb.DO, Verb.DONT, option)
        answer = _answer(self._ours, option, verb is Verb.DO, option in self.ours)
        return _said(answer, Verb.WILL, Verb.WONT, option)

    def we_do(self, option: int) -> bool:
        """Whether it is agreed that the gate does it."""
        return self._ours.get(option) is State.YES

    def they_do(self, option: int) -> bool:
        """Whether it is agreed that the asset does it."""
        return self._theirs.get(option) is State.YES


def _answer(states: dict[int, State], option: int, yes: bool, agreeable: bool) -> bool | None:
    """RFC 1143 section 7, without what can't come about; None is no answer."""
    state = states.get(option, State.NO)
    if yes:
        if state is State.NO and not agreeable:
            return False
        if agreeable:
            states[option] = State.YES
        return True if state is State.NO else None
    states.pop(option, None)
    return False if state is State.YES else None


def _said(answer: bool | None, yes: Verb, no: Verb, option: int) -> bytes:
    return b"" if answer is None else bytes((IAC, yes if answer else no, option))
