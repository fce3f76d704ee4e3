"""Errors that may cross a package boundary.

* PenstockError
  + ConfigError      the operator must change a file before we can start
  + TransitionError  a caller asked a state machine for an edge it does not have
  + PeerError        the vendor's client or the asset broke its protocol, or can't be reached
  + ProofError       an approval's proof does not verify against the plant's trust file
  + DecisionError    a decision did not count: wrong person, lost race, no reason given
  + EvidenceError    evidence cannot be written or does not verify; the session ends

A refusal by policy is not an error: it is a Decision. Anything else that is raised
(ValueError, OSError, AssertionError) is a bug or the host's trouble; let it surface.
"""


class PenstockError(Exception):
    """The fact, with its values; ``remedy`` says what to do about it."""

    def __init__(self, fact: str, *, remedy: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.fact} What to do: {self.remedy}" if self.remedy else self.fact


class ConfigError(PenstockError):
    """The operator must change a file before we can start."""

    def __init__(self, fact: str, *, remedy: str = "", file: str = "", line: int = 0) -> None:
        super().__init__(fact, remedy=remedy)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + super().__str__()


class TransitionError(PenstockError):
    """A caller asked a state machine for an edge it does not have."""


class PeerError(PenstockError):
    """The vendor's client or the asset broke its protocol, or can't be reached."""


class ProofError(PenstockError):
    """An approval's proof does not verify against the keys that the plant enrolled.

    ``code`` is stable: the ledger and the API carry it.
    """

    def __init__(self, fact: str, *, remedy: str = "", code: str = "not_an_approval") -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class DecisionError(PenstockError):
    """A decision on a permit did not count, and nothing changed. ``code`` is stable."""

    def __init__(self, fact: str, *, code: str, remedy: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code


class EvidenceError(PenstockError):
    """Evidence cannot be written, or what is there does not verify.

    ``code`` is stable where a verifier raises it: ``recorder/export/SPEC.md`` lists them. Empty elsewhere.
    """

    def __init__(self, fact: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code
