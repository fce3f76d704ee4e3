"""The gate signs in at a terminal, by the texts that the charter names and by nothing else. Pure.

A secret is sent only where the last line *is* the one that the charter names, nothing follows it for a moment, and everything
between the name and that line was the echo of the name. Whatever else the asset says, it gets no secret. If the
first that it says to a secret is the secret, nothing of it is shown.
"""

from dataclasses import dataclass
from enum import Enum

from broker.conduits.terminal.echo import CONTROL
from domain.line import LogIn

MOST_BYTES = 16 * 1024
"""How much an asset may say before it asks, and again before it is ready."""


class Fault(Enum):
    """Why nobody is signed in. The value is the sentence."""

    UNEXPECTED = "The asset does not ask for its log-in as the charter says; no secret was sent."
    REFUSED = "The asset did not accept the credential that the plant keeps for it."
    SHOWN = "The asset shows the password that it is given; the connection was closed."
    NOT_READY = "The asset took the credential, and then did not show what the charter says."


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: type something, go on with what may be shown, or give up. None of them: wait."""

    typed: bytes = b""
    shown: bytes | None = None
    fault: Fault | None = None


WAIT = Step()


class _At(Enum):
    NAME = 1
    PASSWORD = 2
    READY = 3


class SigningIn:
    """One log-in. ``heard`` as bytes come; ``quiet`` when for a moment none did; ``late`` when it lasted too long."""

    def __init__(self, expected: LogIn, name: str, password: str) -> None:
        self._expected = expected
        self._name = name.encode()
        self._password = password.encode()
        self._at = _At.NAME if expected.prompt else _At.PASSWORD
        self._text = bytearray()
        """What came since something was typed last."""
        self._before = b""
        """What stood above the first prompt."""

    def heard(self, data: bytes) -> Step:
        """More from the asset."""
        self._text += data
        if self._at is _At.READY and self._text.startswith(self._password):
            return Step(fault=Fault.SHOWN)
        return Step(fault=self._late()) if len(self._text) > MOST_BYTES else WAIT

    def quiet(self) -> Step:
        """Nothing has come for a moment: is this what was to be waited for?"""
        lines = _lines(bytes(self._text))
        match self._at:
            case _At.NAME:
                return self._give(self._name, _At.PASSWORD) if lines[-1] == self._expected.prompt else WAIT
            case _At.PASSWORD:
                return self._asked_for_password(lines)
            case _At.READY:
                return self._perhaps_ready(lines)

    def late(self) -> Step:
        """It has lasted too long."""
        return Step(fault=self._late())

    def _late(self) -> Fault:
        return Fault.NOT_READY if self._at is _At.READY else Fault.UNEXPECTED

    def _asked_for_password(self, lines: list[str]) -> Step:
        if self._expected.prompt:  # the name was typed: only its echo may stand before the next question
            between = [one for one in lines[:-1] if one]
            if between not in ([], [self._name.decode()]) or lines[-1] == self._expected.prompt:
                return Step(fault=Fault.UNEXPECTED)
        if lines[-1] != self._expected.password:
            return WAIT
        return self._give(self._password, _At.READY)

    def _perhaps_ready(self, lines: list[str]) -> Step:
        if lines[-1] and lines[-1].endswith(self._expected.ready):
            return Step(shown=self._before + bytes(self._text).lstrip(b"\r\n"))
        if lines[-1] == (self._expected.prompt or self._expected.password):
            return Step(fault=Fault.REFUSED)
        return WAIT

    def _give(self, word: bytes, then: _At) -> Step:
        if not self._before and (self._at is _At.NAME or not self._expected.prompt):
            text = bytes(self._text)
            self._before = text[: max(text.rfind(b"\r"), text.rfind(b"\n")) + 1]
        self._at = then
        self._text.clear()
        return Step(typed=word + b"\r")


def _lines(text: bytes) -> list[str]:
    """What stands on the screen, line by line, without what only moves or colours; never empty."""
    plain = CONTROL.sub(b"", text).decode("utf-8", "replace")
    return [one.strip() for one in plain.replace("\r", "\n").split("\n")]
