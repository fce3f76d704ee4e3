"""Charter files to a Charter, or to every fault in them.

An engineer who is told of one fault per run stops reading; so nothing here raises before all files
have been read to the end.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.canonical import Json, canonical
from domain.delegation import Delegation
from domain.errors import ConfigError
from domain.parties import Tool
from domain.record import SafetyDependency
from policies.charter.charter import Charter, snapshot
from policies.charter.exception_tables import Bounds, read_bounds, read_exception
from policies.charter.homes import FILES as FILES
from policies.charter.homes import absent_file, misplaced, misspelt_header, stray_file
from policies.charter.not_toml import advice
from policies.charter.party_tables import read_rules
from policies.charter.pathway_tables import read_pathway
from policies.charter.person_tables import read_person
from policies.charter.places import Places
from policies.charter.plant_tables import (
    NO_ORGANISATION,
    ReadOrganisation,
    read_asset,
    read_conduit,
    read_organisation,
    read_site,
    read_zone,
)
from policies.charter.reading import Read
from policies.charter.record_tables import read_dependency
from policies.charter.references import Draft, check
from policies.charter.right_tables import (
    read_delegation,
    read_escalation,
    read_retention,
    read_review_terms,
    read_right,
    read_start_terms,
    read_timers,
)
from policies.charter.state_tables import read_states
from policies.charter.table import Source, Table
from policies.charter.vendor_tables import read_tool, read_vendor
from policies.charter.wording import quoted
from policies.escalation import BoundaryTimers, Escalation
from policies.retention import Term
from policies.review_terms import ReviewTerms
from policies.rule import Rule
from policies.start_notice import StartTerms
from policies.state_rules import StateRules

MAY_BE_EMPTY = frozenset({"exceptions.toml", "pathways.toml"})
"""Files that must be there and may hold nothing but comments."""

LONGEST_FILE_BYTES = 1024 * 1024  # three hundred assets take about a tenth of this

T = TypeVar("T")


class CharterError(ConfigError):
    """The charter can't be used as it is; ``faults`` are all that was found, file by file."""

    def __init__(self, faults: tuple[ConfigError, ...]) -> None:
        first, more = faults[0], len(faults) - 1
        fact = f"{first.fact} (And {more} more {'fault' if more == 1 else 'faults'}.)" if more else first.fact
        super().__init__(fact, remedy=first.remedy, file=first.file, line=first.line)
        self.faults = faults


def read_charter(files: Mapping[str, bytes]) -> Charter:
    """The charter that ``files`` (name to content) describe; CharterError with every fault they have."""
    faults: list[ConfigError] = []
    for name in sorted(set(files) - set(FILES)):
        remedy = stray_file(name, files)
        faults.append(ConfigError(f"{quoted(name)} is not a file of the charter.", remedy=remedy, file=name))
    parsed: dict[str, Table] = {}
    for name in FILES:
        try:
            parsed[name] = _parsed(name, files)
        except ConfigError as fault:
            faults.append(fault)
    read_by = _organisation(parsed.get("sites.toml"))
    clock, demonstration = read_by.clock, read_by.organisation.demonstration

    dependencies: list[Read[SafetyDependency]] = []

    def read(name: str, one: Callable[[Table], T | None]) -> list[Read[T]]:
        file = parsed.get(name)
        if file is None:
            return []
        key = FILES[name]
        found = [Read(table, one(table)) for table in file.tables(key, key, optional=name in MAY_BE_EMPTY)]
        file.done(elsewhere=lambda key: misplaced(name, key))
        return found

    given, escalation, timers = _rights(parsed.get("rights.toml"), clock)
    starts = _starts(parsed.get("rights.toml"))
    reviews = _reviews(parsed.get("rights.toml"))
    retention = _retention(parsed.get("rights.toml"))
    bounds = read_bounds(parsed["exceptions.toml"]) if "exceptions.toml" in parsed else Bounds()
    tools = _tools(parsed.get("vendors.toml"))
    if (file := parsed.get("zones.toml")) is not None:
        dependencies = [
            Read(one, read_dependency(one))
            for one in file.tables("safety_dependency", "safety_dependency", optional=True)
        ]
    zones = read("zones.toml", read_zone)
    draft = Draft(
        organisation=read_by.organisation,
        organisation_table=read_by.table,
        sites=read("sites.toml", read_site),
        zones=zones,
        dependencies=dependencies,
        conduits=read("conduits.toml", read_conduit),
        assets=read("assets.toml", lambda table: read_asset(table, demonstration=demonstration)),
        vendors=read("vendors.toml", lambda table: read_vendor(table, clock)),
        tools=tools,
        people=read("people.toml", lambda table: read_person(table, clock)),
        rights=read("rights.toml", lambda table: read_right(table, clock)),
        delegations=given,
        escalation=escalation,
        timers=timers,
        starts=starts,
        reviews=reviews,
        retention=retention,
        pathways=read("pathways.toml", read_pathway),
        exceptions=read("exceptions.toml", lambda table: read_exception(table, clock)),
    )
    rules = read_rules(parsed["rules.toml"]) if "rules.toml" in parsed else ()
    states = (
        read_states(
            parsed["states.toml"], frozenset(one.id for one in draft.zones), demonstration=demonstration
        )
        if "states.toml" in parsed
        else None
    )
    if len(parsed) == len(FILES):
        check(draft)  # with a file missing, every reference into it would be reported as a fault
    faults += [fault for file in parsed.values() for fault in file.faults]
    if faults or states is None:
        raise CharterError(tuple(sorted(faults, key=_place)))
    return _charter(draft, bounds, rules, states, {name: file.document() for name, file in parsed.items()})


def _organisation(file: Table | None) -> ReadOrganisation:
    table = file.table("organisation", "organisation") if file is not None else None
    if table is not None:
        return read_organisation(table)
    if file is not None:
        file.fault("", "the table [organisation] is missing.", "Begin the file with [organisation].")
    return NO_ORGANISATION


def _rights(
    file: Table | None, zone: ZoneInfo
) -> tuple[Sequence[Read[Delegation]], Read[Escalation] | None, Sequence[Read[BoundaryTimers]]]:
    """What ``rights.toml`` holds besides the rights themselves: none of it needs to be there."""
    if file is None:
        return (), None, ()
    tables = file.tables("delegation", "delegation", optional=True)
    ladder = file.table("escalation", "escalation")
    escalation = None if ladder is None else Read(ladder, read_escalation(ladder))
    timers = [Read(one, read_timers(one)) for one in file.tables("timers", "timers", optional=True)]
    return [Read(one, read_delegation(one, zone)) for one in tables], escalation, timers


def _starts(file: Table | None) -> list[Read[StartTerms]]:
    """Who is told of a start, where a boundary says so."""
    tables = file.tables("start_notice", "start_notice", optional=True) if file is not None else ()
    return [Read(one, read_start_terms(one)) for one in tables]


def _reviews(file: Table | None) -> list[Read[ReviewTerms]]:
    """Who reviews sessions, where a boundary says so."""
    tables = file.tables("review", "review", optional=True) if file is not None else ()
    return [Read(one, read_review_terms(one)) for one in tables]


def _retention(file: Table | None) -> list[Read[Term]]:
    """How long evidence stays, where a boundary says so."""
    tables = file.tables("retention", "retention", optional=True) if file is not None else ()
    return [Read(one, read_retention(one)) for one in tables]


def _tools(file: Table | None) -> list[Read[Tool]]:
    """What ``vendors.toml`` holds beside the vendors."""
    tables = file.tables("tool", "tool") if file is not None else ()
    return [Read(one, read_tool(one)) for one in tables]


def _charter(
    draft: Draft,
    bounds: Bounds,
    rules: tuple[Rule, ...],
    states: StateRules,
    documents: Mapping[str, Json],
) -> Charter:
    return Charter(
        organisation=draft.organisation,
        sites={one.id: one for one in _values(draft.sites)},
        zones={one.id: one for one in _values(draft.zones)},
        dependencies={one.id: one for one in _values(draft.dependencies)},
        conduits={one.id: one for one in _values(draft.conduits)},
        assets={one.id: one for one in _values(draft.assets)},
        vendors={one.id: one for one in _values(draft.vendors)},
        tools={one.id: one for one in _values(draft.tools)},
        people={one.id: one for one in _values(draft.people)},
        holdings=tuple(_values(draft.rights)),
        delegations=tuple(_values(draft.delegations)),
        escalation=_sound(draft.escalation) if draft.escalation else Escalation(),
        timers=tuple(_values(draft.timers)),
        start_terms=tuple(_values(draft.starts)),
        review_terms=tuple(_values(draft.reviews)),
        retention=tuple(_values(draft.retention)),
        exceptions=tuple(_values(draft.exceptions)),
        pathways={one.id: one for one in _values(draft.pathways)},
        glass=bounds.glass,
        longest_step=bounds.longest_step,
        rules=rules,
        state_rules=states,
        files=documents,
        digest=sha256(canonical(snapshot(documents))).digest(),
    )


def _values(read: Iterable[Read[T]]) -> list[T]:
    # check() has passed, so there is a value everywhere; a charter with a hole in it must not be built.
    return [_sound(one) for one in read]


def _sound(read: Read[T]) -> T:
    if read.value is None:
        raise AssertionError(f"{read.table.label} has a fault that nobody noted")
    return read.value


def _place(fault: ConfigError) -> tuple[int, str, int]:
    names = list(FILES)
    return (names.index(fault.file) if fault.file in names else len(names), fault.file, fault.line)


def _parsed(name: str, files: Mapping[str, bytes]) -> Table:
    """The file's top table; ConfigError when it is no TOML text at all."""
    if name not in files:
        fact = "This file of the charter is missing."
        raise ConfigError(fact, remedy=absent_file(name, files), file=name)
    text = _text(name, files[name])
    try:
        content, places = _toml(text)
    except RecursionError:
        fact, remedy = "The file is nested too deeply.", "Write it as docs/charter.md shows."
        raise ConfigError(fact, remedy=remedy, file=name) from None
    except ValueError as error:  # TOMLDecodeError, and numbers too long for Python
        place = re.search(r"\(at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1 if "end of document" in str(error) else 0
        lines, said = text.split("\n"), str(error)[:200]
        if said.startswith("Cannot declare") and (misspelt := misspelt_header(name, lines, line)):
            # Under a header that means nothing, the tables of one entry run on into the next.
            line, header, remedy = misspelt
            fact = f"{quoted(header)} is not a header of this file."
        else:
            fact, remedy = f"This is not TOML: {said}.", advice(said, lines[line - 1] if line else "")
        raise ConfigError(fact, remedy=remedy, file=name, line=line) from error
    return Table(Source(name, places), (), content, "")


# Two versions of a charter differ in a file or two: as many texts as two versions have are kept.
@lru_cache(maxsize=2 * len(FILES))
def _toml(text: str) -> tuple[Mapping[str, object], Places]:
    """What a text says and where; nobody changes either. TOMLDecodeError, and whatever else tomllib may raise."""
    return tomllib.loads(text), Places(text)


def _text(name: str, data: bytes) -> str:
    if len(data) > LONGEST_FILE_BYTES:
        fact = f"The file has {len(data)} bytes, more than {LONGEST_FILE_BYTES}."
        raise ConfigError(fact, remedy="Remove what is not the charter.", file=name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fact, remedy = "The file is not UTF-8 text.", "Save it as UTF-8, in no other encoding."
        raise ConfigError(fact, remedy=remedy, file=name, line=line) from error
    if text.startswith("\ufeff"):
        fact, remedy = "The file begins with a byte order mark.", "Save it as UTF-8 without one."
        raise ConfigError(fact, remedy=remedy, file=name, line=1)
    if (lone := re.search(r"\r(?!\n)", text)) is not None:
        fact, remedy = (
            "A line ends in a lone carriage return.",
            "Save it with line ends of Unix (LF) or Windows (CRLF).",
        )
        raise ConfigError(fact, remedy=remedy, file=name, line=text.count("\n", 0, lone.start()) + 1)
    return text
