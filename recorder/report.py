"""What a verification found: numbered steps, each with a sentence, and one verdict over all."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from domain.canonical import Json
from domain.errors import PenstockError
from recorder.replay import inert

MALFORMED = "malformed"
"""The code of whatever is not in the form that its specification gives."""


class Verdict(StrEnum):
    """Never a bare yes: PASS is over the steps that are listed, and no more."""

    PASS = "PASS"  # noqa: S105 -- not a secret
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked, and what came of it."""

    number: int
    title: str
    verdict: Verdict
    sentence: str
    code: str = ""
    """What is wrong or missing, by its stable name (``export/SPEC.md``); empty where the step held."""


@dataclass(frozen=True, slots=True)
class Report:
    """All steps. One that fails fails the whole; one that could not be finished leaves it incomplete."""

    subject: str
    steps: tuple[Step, ...]
    facts: tuple[str, ...] = ()
    """What a reader should know that no step can judge."""

    @property
    def verdict(self) -> Verdict:
        """FAIL beats INCOMPLETE, INCOMPLETE beats PASS; nothing checked is INCOMPLETE."""
        found = {step.verdict for step in self.steps}
        for worst in (Verdict.FAIL, Verdict.INCOMPLETE):
            if worst in found or not found:
                return worst if found else Verdict.INCOMPLETE
        return Verdict.PASS

    @property
    def first(self) -> Step | None:
        """The first thing wrong, or where nothing is, the first thing missing; None after a PASS."""
        return next((one for one in self.steps if one.verdict is self.verdict and one.code), None)

    def document(self) -> Json:
        """The report for machines."""
        return {
            "schema": "penstock-report/1",
            "subject": self.subject,
            "verdict": str(self.verdict),
            "steps": [
                {
                    "number": step.number,
                    "title": step.title,
                    "verdict": str(step.verdict),
                    "sentence": step.sentence,
                    "code": step.code,
                }
                for step in self.steps
            ],
            "facts": list(self.facts),
        }

    def lines(self) -> Iterator[str]:
        """The report for people, safe to print."""
        for step in self.steps:
            code = f" [{step.code}]" if step.code else ""
            yield f"{step.number:2}. {step.verdict:10}  {step.title}{code}: {step.sentence}"
        for fact in self.facts:
            yield f"    note        {fact}"
        yield f"{self.verdict}: {self.subject}"


class UnfinishedError(PenstockError):
    """A step can't be finished: something is missing that only somebody else has. ``code`` is stable."""

    def __init__(self, fact: str, *, code: str) -> None:
        super().__init__(fact)
        self.code = code


@dataclass(slots=True)
class Steps:
    """Collects a report, step after step."""

    subject: str
    _steps: list[Step] = field(default_factory=list)
    _facts: list[str] = field(default_factory=list)

    def add(self, title: str, verdict: Verdict, sentence: str, code: str = "") -> None:
        """One step more, numbered in turn."""
        self._steps.append(Step(len(self._steps) + 1, title, verdict, inert(sentence, 2000), code))

    def note(self, fact: str) -> None:
        """Something worth knowing."""
        self._facts.append(inert(fact, 2000))

    def report(self) -> Report:
        """All of it."""
        return Report(inert(self.subject, 300), tuple(self._steps), tuple(self._facts))
