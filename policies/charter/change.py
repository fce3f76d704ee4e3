"""What a new version of the charter changes, and whether each change tightens, relaxes or does neither.

Two charters in, every difference out. Relaxing is whatever could let through what the old charter
refused, or could change who decides; it is also whatever this module does not know better. Nothing is
weighed against anything else: a conduit that loses one grant and gains another is relaxed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from enum import StrEnum

from domain.delegation import Delegation
from domain.ids import PersonId
from domain.rights import DecisionRight, Holding
from policies.charter.change_fields import EFFECTS, Effect, changed_words, label_of, named, shorter
from policies.charter.charter import Charter
from policies.escalation import BoundaryTimers

__all__ = ["Difference", "Effect", "compare"]

DERIVED = frozenset({"files", "digest", "statements"})
"""Parts of a charter that say the same again, or that are not in its files."""

WRITTEN = {"holdings": "register", "delegations": "given", "exceptions": "granted"}
"""Parts that are compared as they are written: what nobody attested yet may come into force later."""


class Part(StrEnum):
    """What happened to an entry."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the new charter says otherwise.

    ``boundaries`` are those whose holder must agree when it relaxes, under ``right``. ``gains`` are the
    persons of the plant who would decide more by it: they can't be the ones who agree.
    """

    effect: Effect
    part: Part
    kind: str
    subject: str
    field: str
    boundaries: tuple[str, ...]
    right: DecisionRight
    sentence: str
    gains: frozenset[PersonId] = frozenset()

    def document(self) -> dict[str, object]:
        """The difference as JSON, for ``penstock charter diff --json``."""
        return {
            "effect": str(self.effect),
            "part": str(self.part),
            "kind": self.kind,
            "subject": self.subject,
            "field": self.field,
            "boundaries": list(self.boundaries),
            "right": str(self.right),
            "sentence": self.sentence,
        }


def compare(old: Charter, new: Charter) -> tuple[Difference, ...]:
    """Every difference, in the order of the charter's parts and of their ids. None when the digests agree."""
    if old.digest == new.digest:
        return ()
    found = [one for name in _parts() for one in _of_part(name, old, new)]
    if not found:  # the files differ in what no part holds: we can't tell what that means
        found = [
            Difference(
                Effect.RELAXING,
                Part.CHANGED,
                "charter",
                "",
                "files",
                (outermost(old),),
                DecisionRight.CONNECT,
                "The files say something else that no part of the charter holds.",
            )
        ]
    return tuple(found)


def outermost(charter: Charter) -> str:
    """The boundary around all others."""
    return charter.organisation.id


def _parts() -> tuple[str, ...]:
    return tuple(one.name for one in fields(Charter) if one.init and one.name not in DERIVED)


def _of_part(name: str, old: Charter, new: Charter) -> Iterator[Difference]:
    before, after = getattr(old, WRITTEN.get(name, name)), getattr(new, WRITTEN.get(name, name))
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _entries(name, before, after, old, new)
    elif isinstance(before, tuple) and isinstance(after, tuple):
        yield from _entries(name, _keyed(before), _keyed(after), old, new)
    elif is_dataclass(before) and is_dataclass(after):
        yield from _fields(name, "", before, after, old, new)
    elif isinstance(before, timedelta) and before != after:
        words = f"{named(name).capitalize()} {changed_words('', before, after).strip()}."
        yield replace(_unknown(name, old), effect=shorter(before, after), sentence=words)
    elif before != after:
        yield _unknown(name, old)


def _keyed(entries: tuple[object, ...]) -> Mapping[str, object]:
    """Entries by what they are about; those that say no such thing, by all that they say."""
    found: dict[str, object] = {}
    for one in entries:
        about = getattr(one, "id", None)
        if isinstance(one, Holding):
            about = f"{one.right} over {one.boundary}"
            about = f"{about} from {one.window.start:%Y-%m-%d}" if about in found else about
        elif isinstance(one, Delegation):
            about = f"{one.right} over {one.boundary} from {one.by} to {one.to}"
        elif isinstance(one, BoundaryTimers):
            about = f"over {one.boundary}"
        found[str(about) if about is not None and str(about) not in found else repr(one)] = one
    return found


def _entries(
    name: str, before: Mapping[str, object], after: Mapping[str, object], old: Charter, new: Charter
) -> Iterator[Difference]:
    for key in sorted({*before, *after}, key=str):
        if key not in after:
            yield _whole(name, key, before[key], Part.REMOVED, old, new)
        elif key not in before:
            yield _whole(name, key, after[key], Part.ADDED, old, new)
            yield from _bound(name, key, after[key], new)
        elif is_dataclass(before[key]) and type(before[key]) is type(after[key]):
            yield from _fields(name, key, before[key], after[key], old, new)
        elif before[key] != after[key]:
            yield _unknown(name, old, key)


ADDED = {"people": Effect.RELAXING, "rules": Effect.TIGHTENING}
REMOVED = {
    "assets": Effect.TIGHTENING,
    "vendors": Effect.TIGHTENING,
    "people": Effect.TIGHTENING,
    "exceptions": Effect.TIGHTENING,
    "delegations": Effect.TIGHTENING,
    "tools": Effect.TIGHTENING,
}
"""What an entry's coming or going does; relaxing where it is not named.

A conduit or zone that goes takes its conditions with it, so its holder is asked for that too.
"""


def _whole(name: str, key: str, entry: object, part: Part, old: Charter, new: Charter) -> Difference:
    effect = (ADDED if part is Part.ADDED else REMOVED).get(name, Effect.RELAXING)
    if name == "people" and part is Part.ADDED and not _outsider(entry) and not _trusted(entry):
        effect = Effect.NEUTRAL  # a name of the plant opens nothing until a right or a role names it
    here = new if part is Part.ADDED else old
    gone = "is added" if part is Part.ADDED else "is removed"
    label = label_of(name, key, entry)
    return Difference(
        effect,
        part,
        named(name),
        str(key),
        "",
        boundaries_of(name, key, entry, here),
        right_of(name, entry),
        f"{label} {gone}.",
        _gains(None, entry) if part is Part.ADDED else frozenset(),
    )


def _bound(name: str, key: str, entry: object, new: Charter) -> Iterator[Difference]:
    """That an identity provider may sign in somebody of the plant who is added: `identity` is asked for it."""
    bindings = getattr(entry, "bindings", ())
    if bindings and not _outsider(entry):
        yield Difference(
            Effect.RELAXING,
            Part.ADDED,
            named(name),
            str(key),
            "bindings",
            boundaries_of(name, key, entry, new),
            right_of(name, entry, "bindings"),
            f"{label_of(name, key, entry)}: {changed_words('bindings', (), bindings)}.",
        )


def _fields(
    name: str, key: str, before: object, after: object, old: Charter, new: Charter
) -> Iterator[Difference]:
    for one in fields(before):  # type: ignore[arg-type] # a dataclass, as the caller knows
        was, now = getattr(before, one.name), getattr(after, one.name)
        if was == now:
            continue
        judge = EFFECTS.get((type(before).__name__, one.name))
        effect = judge(was, now) if judge is not None else Effect.RELAXING
        where = dict.fromkeys(boundaries_of(name, key, before, old) + boundaries_of(name, key, after, new))
        yield Difference(
            effect,
            Part.CHANGED,
            named(name),
            str(key),
            one.name,
            tuple(where),
            right_of(name, after, one.name),
            f"{label_of(name, key, before)}: {changed_words(one.name, was, now)}.",
            _gains(before, after),
        )


def _unknown(name: str, old: Charter, key: str = "") -> Difference:
    return Difference(
        Effect.RELAXING,
        Part.CHANGED,
        named(name),
        str(key),
        "",
        (outermost(old),),
        DecisionRight.CONNECT,
        f"{label_of(name, key, None)} is changed.",
    )


def boundaries_of(name: str, key: str, entry: object, charter: Charter) -> tuple[str, ...]:
    """The boundaries that an entry is about, each the nearest one."""
    if name in {"conduits", "zones", "sites"}:
        return (str(key),)
    if name in {"vendors", "people"}:
        vendor = key if name == "vendors" else getattr(entry, "vendor", None)
        ways = [one for one in charter.conduits.values() if vendor is not None and vendor in one.vendors]
        if name == "people":
            reached = dict.fromkeys(str(charter.zones[one.destination].site) for one in ways)
            return tuple(reached) or (outermost(charter),)
        return tuple(str(one.id) for one in ways) or (outermost(charter),)
    for attribute in ("boundary", "conduit", "zone", "site"):
        place = getattr(entry, attribute, None)
        if isinstance(place, str) and place:
            return (place,)
    return (outermost(charter),)


def right_of(name: str, entry: object, field: str = "") -> DecisionRight:
    """Whose yes a relaxed entry needs, or a field of it: outside people are admitted under ``identity``.

    So is everybody whom an identity provider may sign in. How long evidence stays is for ``data_out``. All else connects.
    """
    if name == "people" and (_outsider(entry) or field == "bindings"):
        return DecisionRight.IDENTITY
    if name == "retention":
        return DecisionRight.DATA_OUT
    return DecisionRight.CONNECT


def _outsider(entry: object) -> bool:
    return getattr(entry, "vendor", None) is not None


def _trusted(entry: object) -> bool:
    return bool(getattr(entry, "auditor", False) or getattr(entry, "shift", False))


def _gains(before: object, after: object) -> frozenset[PersonId]:
    """Who decides more afterwards: named anew, moved up from deputy to holder, or for another time."""
    if isinstance(after, Delegation):
        return frozenset({after.to})
    if not isinstance(after, Holding):
        return frozenset()
    deputy = () if after.deputy is None else (after.deputy,)
    if not isinstance(before, Holding) or before.window != after.window:
        return frozenset([*after.holders, *deputy])
    risen = [one for one in after.holders if one not in before.holders]
    return frozenset([*risen, *(one for one in deputy if one not in {*before.holders, before.deputy})])
