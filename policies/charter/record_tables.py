"""The records of zones, conduits and safety functions: tables to domain values."""

from collections.abc import Mapping

from domain.ids import DependencyId, PersonId, ZoneId
from domain.plant import OperatingState
from domain.record import (
    FOUNDATIONAL_REQUIREMENTS,
    HIGHEST_LEVEL,
    Agreement,
    Record,
    SafetyDependency,
    SecurityLevels,
)
from policies.charter.table import Table
from policies.charter.wording import worry_about_text

NO_LEVELS = SecurityLevels((0,) * len(FOUNDATIONAL_REQUIREMENTS))
"""Stands in for a vector that could not be read; a charter with it is never built."""


def read_record(table: Table) -> Record:
    """The attributes that zones and conduits have alike, out of the table of either."""
    return Record(
        accountable=table.text("accountable"),
        sl_t=_levels(table),
        logical_boundary=table.text("logical_boundary"),
        physical_boundary=table.text("physical_boundary"),
        logical_access=_access(table, "logical_access"),
        physical_access=_access(table, "physical_access"),
        requirements=table.lines("requirements"),
        policies=table.lines("policies"),
        assumptions=table.text("assumptions"),
        dependencies=table.text("dependencies"),
    )


UNSIGNED = "?"
"""What stands for the digest until somebody knows it."""

_FIELDS = frozenset({"id", "name", "from", "to", "on", "site", "kind", "safety"})
"""Fields of zones, conduits and agreements; nobody calls an access point so."""

NEVER_WRITTEN_IN = frozenset({OperatingState.EMERGENCY, OperatingState.ISOLATED})


def read_dependency(table: Table) -> SafetyDependency | None:
    """One ``[[safety_dependency]]`` with its ``[safety_dependency.signed]``; None when it has a fault."""
    signed = table.table("signed", "signed")
    if signed is None:
        table.fault(
            "",
            "nobody has signed it.",
            "Add [safety_dependency.signed] with safety, security, on and text; docs/charter.md shows how.",
        )
    found = SafetyDependency(
        id=DependencyId(table.word("id")),
        zone=ZoneId(table.word("zone")),
        function=table.text("function"),
        harm=table.text("harm"),
        key_switch=table.text("key_switch"),
        safety=PersonId(signed.word("safety") if signed else ""),
        security=PersonId(signed.word("security") if signed else ""),
        signed_on=table.no_day if signed is None else signed.day("on"),
        writes_in=_writes_in(table),
    )
    if signed is None:
        table.done()
        return None
    text = signed.text("text")
    if text and table.sound and text != found.text():
        first = text == UNSIGNED
        signed.fault(
            "text",
            "it is not signed yet." if first else "what was signed is not what stands here now.",
            f"Have both sides read it and sign it{'' if first else ' again'}, "
            f'then write text = "{found.text()}" and the day.',
        )
    if found.safety and found.safety == found.security:
        signed.fault(
            "security", "both signatures are of one person.", "Two persons sign it, one for each side."
        )
    return found if table.done() and signed.done() else None


def _writes_in(table: Table) -> frozenset[str]:
    if not table.has("writes_in"):
        return frozenset()
    found = table.choices("writes_in", OperatingState)
    if never := found & NEVER_WRITTEN_IN:
        table.fault(
            "writes_in",
            f"nobody writes to a safety system from outside in the state '{min(never)}'.",
            "Name the states in which the shift turns the switch for such work.",
            min(never),
        )
    return frozenset(str(one) for one in found)


def read_agreement(table: Table) -> Agreement | None:
    """``[conduit.agreed]``; None when it is left out (nothing passes then) or has a fault."""
    agreed = table.table("agreed", "agreed")
    if agreed is None:
        return None
    found = Agreement(PersonId(agreed.word("from")), PersonId(agreed.word("to")), agreed.day("on"))
    if not agreed.done():
        table.sound = False
    return found


def _levels(table: Table) -> SecurityLevels:
    levels = table.numbers("sl_t", len(FOUNDATIONAL_REQUIREMENTS), 0, HIGHEST_LEVEL)
    return SecurityLevels(levels) if levels else NO_LEVELS


def _access(table: Table, key: str) -> Mapping[str, str]:
    inner = table.table(key, key)
    if inner is None:
        table.fault(
            "",
            f"'{key}' is missing.",
            f'Add [{table.header}.{key}] with a line for each access point: "name of it" = "what flows through it".',
        )
        return {}
    if fields := [name for name in inner.names() if name in _FIELDS]:
        # The header of what follows was forgotten, and this table took its fields in.
        others = "[conduit.agreed] or [[conduit]]" if table.header == "conduit" else f"[[{table.header}]]"
        inner.fault(
            fields[0],
            f"'{fields[0]}' is the name of a field, not of an access point.",
            f"Put the header of its own table above it: {others}, perhaps.",
        )
        table.sound = False
        return {}
    points = {name: inner.text(name) for name in inner.names()}
    for name in points:
        if worry := worry_about_text(name) or ("" if name.strip() else "is blank"):
            inner.fault(name, f"the name of an access point {worry}.", "Write one plain line.")
    if not points:
        inner.fault("", "it names no access point.", 'Add one: "name of it" = "what flows through it".')
    if not inner.done():
        table.sound = False
    return points
