"""The product's single baseline: which evidence each control rests on, how long that counts, which clauses it answers.

Read from a file that is ours and lies beside this module. Strict: a control without evidence, an item that
serves no control, a clause in scope that nobody answers, and anything this module does not know, is a fault;
then nothing is read (requirements S-13, G01, J07).
"""

import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from domain.errors import ConfigError
from policies.assurance.periods import Period, period

SCHEMA = "penstock-baseline/1"
PER_SESSION = "per_session"
TEXTS, BASES = frozenset("CPK"), frozenset({"stated", "derived", "product"})
EXCEPTION = "EV-EXC"
"""Evidence that the plant does something else for a while. It explains a control; it never fulfils one."""


class Scope(StrEnum):
    """What produces an item of evidence."""

    SESSION = "session"
    EVIDENCE = "evidence"
    """What is done with evidence afterwards."""
    REGISTER = "register"
    """What the plant has written down and somebody answers for."""
    PLATFORM = "platform"
    """This node itself."""


class Facet(StrEnum):
    """What a session is, where a control asks only of such."""

    HIGH_CONSEQUENCE = "high-consequence"
    SAFETY = "safety"
    BREAK_GLASS = "break-glass"
    TRANSFER = "transfer"
    VALIDATION = "validation"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence."""

    id: str
    title: str
    produced_by: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Control:
    """One control. ``refresh`` None is per session: the evidence must be there for each one."""

    id: str
    title: str
    text: str
    """How well its clauses were read: C the clause, P a paraphrase, K from knowledge."""
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    min_count: Mapping[str, int]
    """Of these kinds, from so many different persons."""
    refresh: Period | None
    basis: str
    source: str
    triggers: frozenset[str]
    applies: Facet | None
    complete_within: Period | None
    satisfies: Mapping[str, tuple[str, ...]]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of evidence that it names."""
        return tuple(dict.fromkeys((*self.all_of, *self.any_of, *self.min_count)))


@dataclass(frozen=True, slots=True)
class Framework:
    """One lens: whose clauses, and which of them are in scope."""

    id: str
    name: str
    about: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A clause in scope that no control answers, and why."""

    framework: str
    clause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """All of it, by id, in the order of the file."""

    kinds: Mapping[str, Kind]
    controls: Mapping[str, Control]
    frameworks: Mapping[str, Framework]
    exclusions: tuple[Exclusion, ...]

    def serves(self, kind: str) -> tuple[str, ...]:
        """The controls that an item of this kind is evidence for."""
        return tuple(one.id for one in self.controls.values() if kind in one.kinds)

    def answering(self, framework: str) -> tuple[Control, ...]:
        """The controls that a lens looks through: those that answer a clause of it."""
        return tuple(one for one in self.controls.values() if one.satisfies.get(framework))


class BaselineError(ConfigError):
    """The baseline can't be used; ``faults`` are all that was found."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        more = f" (And {len(faults) - 1} more.)" if len(faults) > 1 else ""
        super().__init__(f"The baseline can't be used: {faults[0]}{more}", remedy="Mend baseline.toml.")
        self.faults = faults


def read_baseline(data: bytes) -> Baseline:
    """The baseline that ``data`` writes in TOML; BaselineError with every fault it has."""
    try:
        document = tomllib.loads(data.decode())
    except ValueError as error:
        raise BaselineError((f"it is not TOML: {error}.",)) from error
    faults: list[str] = []
    if document.get("schema") != SCHEMA:
        faults.append(f"its schema is not {SCHEMA}.")
    if stray := sorted(document.keys() - {"schema", "evidence", "control", "framework", "exclusion"}):
        faults.append(f"it says {stray[0]!r}, which nobody reads.")
    kinds = _by_id(_read(document, "evidence", _kind, faults), faults)
    controls = _by_id(_read(document, "control", _control, faults), faults)
    frameworks = _by_id(_read(document, "framework", _framework, faults), faults)
    exclusions = tuple(_read(document, "exclusion", _exclusion, faults))
    found = Baseline(kinds, controls, frameworks, exclusions)
    faults += _faults_between(found)
    if faults:
        raise BaselineError(tuple(faults))
    return found


def _faults_between(found: Baseline) -> Iterator[str]:
    for control in found.controls.values():
        yield from (f"{control.id} {fault}" for fault in _faults_in(control, found.kinds))
    for kind in found.kinds:
        if not found.serves(kind):
            yield f"{kind} serves no control."
    yield from _unanswered(found)


def _faults_in(control: Control, kinds: Container[str]) -> Iterator[str]:
    if not set(control.kinds) - {EXCEPTION} and control.any_of:
        yield "rests on an exception alone."
    if not control.kinds:
        yield "rests on no evidence."
    if not control.satisfies:
        yield "answers no clause."
    yield from (
        f"rests on {kind}, which is no kind of evidence." for kind in control.kinds if kind not in kinds
    )
    yield from (
        f"counts {kind} without asking for it." for kind in control.min_count if kind not in control.all_of
    )
    if control.min_count and control.refresh is not None:
        yield "counts persons, which only a session has."


def _unanswered(found: Baseline) -> Iterator[str]:
    """J07: every clause in scope is answered or excluded with a reason, and none is both."""
    answered = {
        (framework, clause)
        for control in found.controls.values()
        for framework, clauses in control.satisfies.items()
        for clause in clauses
    }
    excluded = {(one.framework, one.clause) for one in found.exclusions}
    scope = {(one.id, clause) for one in found.frameworks.values() for clause in one.clauses}
    for framework, clause in sorted(scope - answered - excluded):
        yield f"{framework} {clause} is in scope, and no control answers it and no exclusion says why."
    for framework, clause in sorted((answered | excluded) - scope):
        yield f"{framework} {clause} is named, and is in no framework's scope."
    for framework, clause in sorted(answered & excluded):
        yield f"{framework} {clause} is answered and excluded."


T = TypeVar("T", Kind, Control, Framework)
R = TypeVar("R")


def _by_id(found: Iterable[T], faults: list[str]) -> Mapping[str, T]:
    known: dict[str, T] = {}
    for one in found:
        if one.id in known:
            faults.append(f"{one.id} stands there twice.")
        known[one.id] = one
    return MappingProxyType(known)


def _read(
    document: Mapping[str, object], key: str, one: Callable[["_Row"], R], faults: list[str]
) -> Iterator[R]:
    rows = document.get(key, [])
    for number, content in enumerate(rows if isinstance(rows, list) else [rows], 1):
        if not isinstance(content, dict):
            faults.append(f"[[{key}]] {number} is no table.")
            continue
        row = _Row(content)
        name = content.get("id") or content.get("clause") or f"[[{key}]] {number}"
        try:
            yield one(row)
        except ValueError as error:
            faults.append(f"{name}: {error}.")
            continue
        faults.extend(f"{name} says {stray!r}, which nobody reads." for stray in sorted(row.left))


class _Row:
    """One table while it is read: typed fields out; ValueError for one that is missing or of another type."""

    def __init__(self, content: Mapping[str, object]) -> None:
        self._content = content
        self.left = set(content)

    def text(self, key: str, *, optional: bool = False) -> str:
        self.left.discard(key)
        value = self._content.get(key, "" if optional else None)
        if not isinstance(value, str) or not (value.strip() or optional):
            raise ValueError(f"{key} is not a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        self.left.discard(key)
        return _texts(key, self._content.get(key, []))

    def period(self, key: str) -> Period | None:
        value = self.text(key, optional=True)
        return period(value) if value else None

    def counts(self, key: str) -> Mapping[str, int]:
        self.left.discard(key)
        value = self._content.get(key, {})
        if not isinstance(value, dict):
            raise ValueError(f"{key} is not a table")  # noqa: TRY004 (one kind of fault for a whole file)
        found: dict[str, int] = {}
        for name, number in value.items():
            if type(number) is not int or number < 1:
                raise ValueError(f"{key} of {name} is not a number of persons")
            found[name] = number
        return MappingProxyType(found)

    def clauses(self, key: str) -> Mapping[str, tuple[str, ...]]:
        self.left.discard(key)
        value = self._content.get(key, {})
        if not isinstance(value, dict):
            raise ValueError(f"{key} is not a table")  # noqa: TRY004 (the same)
        return MappingProxyType({name: _texts(name, clauses) for name, clauses in value.items()})


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{key} is not a list of texts")
    if len(set(value)) != len(value):
        raise ValueError(f"{key} says something twice")
    return tuple(value)


def _kind(row: _Row) -> Kind:
    return Kind(row.text("id"), row.text("title"), row.text("produced_by"), Scope(row.text("scope")))


def _control(row: _Row) -> Control:
    refresh, applies, text, basis = (
        row.text("refresh"),
        row.text("applies", optional=True),
        row.text("text"),
        row.text("basis"),
    )
    if text not in TEXTS:
        raise ValueError(f"text is {text!r}, and not C, P or K")
    if basis not in BASES:
        raise ValueError(f"basis is {basis!r}, and not stated, derived or product")
    return Control(
        id=row.text("id"),
        title=row.text("title"),
        text=text,
        all_of=row.texts("all_of"),
        any_of=row.texts("any_of"),
        min_count=row.counts("min_count"),
        refresh=None if refresh == PER_SESSION else period(refresh),
        basis=basis,
        source=row.text("source", optional=True),
        triggers=frozenset(row.texts("triggers")),
        applies=Facet(applies) if applies else None,
        complete_within=row.period("complete_within"),
        satisfies=row.clauses("satisfies"),
    )


def _framework(row: _Row) -> Framework:
    return Framework(row.text("id"), row.text("name"), row.text("about"), row.texts("clauses"))


def _exclusion(row: _Row) -> Exclusion:
    return Exclusion(row.text("framework"), row.text("clause"), row.text("reason"))
