"""Field by field: does another value tighten, relax, or do neither? What is not listed relaxes."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from domain.access import granted
from domain.canonical import instant_text
from domain.limits import beyond, limit_text
from domain.parties import Contract
from domain.plant import Criticality, Direction, Limit, Protocol, Screening
from domain.record import Record
from domain.screening import FileRules
from domain.window import TimeWindow
from policies.state_table import StateTable


class Effect(StrEnum):
    """What a difference does to a boundary."""

    TIGHTENING = "tightening"
    RELAXING = "relaxing"
    NEUTRAL = "neutral"


Judge = Callable[[object, object], Effect]

LONGEST_LIST = 12
LONGEST_TEXT = 80
RANKS = (Criticality.LOW, Criticality.MEDIUM, Criticality.HIGH)


def neutral(_was: object, _now: object) -> Effect:
    """A name: it opens nothing, whatever it says."""
    return Effect.NEUTRAL


def filled(_was: object, now: object) -> Effect:
    """A text that people decide by: another wording is neutral, none at all is not."""
    return Effect.NEUTRAL if str(now).strip() else Effect.RELAXING


def fewer(was: object, now: object) -> Effect:
    """A set of what is allowed: a part of the old one tightens."""
    inside = isinstance(was, Collection) and isinstance(now, Collection) and all(one in was for one in now)
    return Effect.TIGHTENING if inside else Effect.RELAXING


def passages(was: object, now: object) -> Effect:
    """Kinds of passage; one direction of what went both ways is less of it."""
    inside = (
        isinstance(was, frozenset) and isinstance(now, frozenset) and all(granted(was, one) for one in now)
    )
    return Effect.TIGHTENING if inside else Effect.RELAXING


def screened(_was: object, now: object) -> Effect:
    """What becomes of files that are put."""
    return Effect.TIGHTENING if now is Screening.SCREENED else Effect.RELAXING


def more(was: object, now: object) -> Effect:
    """A set of what is demanded: the old one and more tightens."""
    return fewer(now, was)


def shorter(was: object, now: object) -> Effect:
    """A length of time that something may last."""
    less = isinstance(was, timedelta) and isinstance(now, timedelta) and now < was
    return Effect.TIGHTENING if less else Effect.RELAXING


def higher(was: object, now: object) -> Effect:
    """A number that demands more the higher it is."""
    up = isinstance(was, int) and isinstance(now, int) and now > was
    return Effect.TIGHTENING if up else Effect.RELAXING


def fewer_at_once(was: object, now: object) -> Effect:
    """How many there may be at once: 0 is without limit, or what is usual."""
    less = isinstance(was, int) and isinstance(now, int) and now > 0 and (was == 0 or now < was)
    return Effect.TIGHTENING if less else Effect.RELAXING


def graver(was: object, now: object) -> Effect:
    """A criticality."""
    up = was in RANKS and now in RANKS and RANKS.index(now) > RANKS.index(was)
    return Effect.TIGHTENING if up else Effect.RELAXING


def claim(now_tightens: bool, _was: object, now: object) -> Effect:
    """A flag that demands (or allows) something when it is set."""
    return Effect.TIGHTENING if now is now_tightens else Effect.RELAXING


def within(was: object, now: object) -> Effect:
    """A window in which something holds; none at all is nothing."""
    if now is None:
        return Effect.TIGHTENING
    inside = (
        isinstance(was, TimeWindow)
        and isinstance(now, TimeWindow)
        and was.start <= now.start
        and now.end <= was.end
    )
    return Effect.TIGHTENING if inside else Effect.RELAXING


def deputy(_was: object, now: object) -> Effect:
    """A deputy who goes leaves one person fewer to decide."""
    return Effect.TIGHTENING if now is None else Effect.RELAXING


def carried(was: object, now: object) -> Effect:
    """Protocols and what each may be used for: no new one, and no more under any."""
    inside = (
        isinstance(was, Mapping)
        and isinstance(now, Mapping)
        and all(name in was and actions <= was[name] for name, actions in now.items())
    )
    return Effect.TIGHTENING if inside else Effect.RELAXING


def bounded(was: object, now: object) -> Effect:
    """Limits: nothing that those of before did not reach. Where a protocol had none, any is less."""
    if not isinstance(was, frozenset) or not isinstance(now, frozenset):
        return Effect.RELAXING
    return Effect.RELAXING if beyond(now, was, Protocol) else Effect.TIGHTENING


def one_way(_was: object, now: object) -> Effect:
    """A direction: one that lets nothing in any more."""
    return Effect.TIGHTENING if now is Direction.OUTBOUND else Effect.RELAXING


def described(was: object, now: object) -> Effect:
    """A zone's or conduit's record: other words are neutral while no level falls and nothing is left blank."""
    if not isinstance(was, Record) or not isinstance(now, Record):
        return Effect.RELAXING
    falls = any(one < other for one, other in zip(now.sl_t.levels, was.sl_t.levels, strict=True))
    blank = any(not getattr(now, one) and getattr(was, one) for one in was.__dataclass_fields__)
    if falls or blank:
        return Effect.RELAXING
    return Effect.NEUTRAL if now.sl_t == was.sl_t else Effect.TIGHTENING


def scheduled(was: object, now: object) -> Effect:
    """Hours: a conduit that had none, or loses some of several, can be used less."""
    if not isinstance(was, tuple) or not isinstance(now, tuple):
        return Effect.RELAXING
    less = bool(now) and (not was or all(one in was for one in now))
    return Effect.TIGHTENING if less else Effect.RELAXING


def ordered(was: object, now: object) -> Effect:
    """Steps: where there were none, an order more is asked; any other change lets somebody sign earlier."""
    return Effect.TIGHTENING if was == () and now else Effect.RELAXING


def screened_harder(was: object, now: object) -> Effect:
    """What is asked of files: no more may pass, and nothing by itself that did not before."""
    if not isinstance(was, FileRules) or not isinstance(now, FileRules):
        return Effect.RELAXING
    pairs = ((was.endings, now.endings), (was.kinds, now.kinds), (was.signed_by, now.signed_by))
    inside = all(not old or (new and new <= old) for old, new in pairs)
    smaller = not was.largest_bytes or 0 < now.largest_bytes <= was.largest_bytes
    known = not was.expected or (bool(now.expected) and now.expected <= was.expected)
    waits = not now.at_once or (was.at_once and known)
    return Effect.TIGHTENING if inside and smaller and waits else Effect.RELAXING


def noticed(was: object, now: object) -> Effect:
    """Notice that somebody leaves: it takes access away, and taking it back gives it again."""
    return Effect.TIGHTENING if was is None and now is not None else Effect.RELAXING


def stricter(was: object, now: object) -> Effect:
    """The table of operating states: no cell may let through more, or ask fewer."""
    if not isinstance(was, StateTable) or not isinstance(now, StateTable):
        return Effect.RELAXING
    held = all(cell.as_strict_as(was.cells[key]) for key, cell in now.cells.items())
    return Effect.TIGHTENING if held else Effect.RELAXING


def contracts(was: object, now: object) -> Effect:
    """A vendor's contracts: each must be an old one, over no more assets and no more time."""
    old = {one.reference: one for one in was} if isinstance(was, tuple) else {}
    new = now if isinstance(now, tuple) else (None,)
    return Effect.TIGHTENING if all(_covered(one, old) for one in new) else Effect.RELAXING


def _covered(one: object, old: Mapping[str, Contract]) -> bool:
    if not isinstance(one, Contract) or one.reference not in old:
        return False
    before = old[one.reference]
    same = before.window == one.window or within(before.window, one.window) is Effect.TIGHTENING
    return same and one.assets <= before.assets and _rest(before) == _rest(one)


def _rest(one: Contract) -> dict[str, object]:
    """What a contract says besides: any other term may matter, so it must be the same."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__ if name not in {"window", "assets"}}


EFFECTS: Mapping[tuple[str, str], Judge] = {
    ("Organisation", "name"): neutral,
    ("Organisation", "demonstration"): partial(claim, False),
    ("Site", "name"): neutral,
    ("Zone", "name"): neutral,
    ("Zone", "purdue_level"): neutral,
    ("Zone", "record"): described,
    ("Zone", "criticality"): graver,
    ("Zone", "safety"): partial(claim, True),
    ("Zone", "step_up_actions"): more,
    ("Zone", "hardware_keys"): partial(claim, True),
    ("Conduit", "name"): neutral,
    ("Conduit", "purpose"): filled,
    ("Conduit", "owner"): filled,
    ("Conduit", "vendors"): fewer,
    ("Conduit", "failure"): filled,
    ("Conduit", "success"): filled,
    ("Conduit", "carries"): carried,
    ("Conduit", "supervised"): partial(claim, True),
    ("Conduit", "direction"): one_way,
    ("Conduit", "limits"): bounded,
    ("Conduit", "step_up"): more,
    ("Conduit", "step_up_actions"): more,
    ("Conduit", "hardware_keys"): partial(claim, True),
    ("Conduit", "record"): described,
    ("Conduit", "grants"): passages,
    ("Conduit", "files"): screened,
    ("Conduit", "cleartext"): fewer,
    ("Conduit", "not_recordable"): fewer,
    ("Conduit", "states"): fewer,
    ("Conduit", "proofs"): fewer,
    ("Conduit", "longest_window"): shorter,
    ("Conduit", "hours"): scheduled,
    ("Asset", "name"): neutral,
    ("Asset", "consequence"): filled,
    ("Asset", "owner"): filled,
    ("Asset", "protect"): filled,
    ("Asset", "keep_available"): filled,
    ("Asset", "criticality"): graver,
    ("Asset", "endpoints"): fewer,
    ("Asset", "sessions"): fewer_at_once,
    ("Conduit", "sessions"): fewer_at_once,
    ("Vendor", "sessions"): fewer_at_once,
    ("Person", "sessions"): fewer_at_once,
    ("Vendor", "name"): neutral,
    ("Vendor", "contracts"): contracts,
    ("Person", "name"): neutral,
    ("Person", "contact"): neutral,
    ("Person", "ssh_keys"): fewer,
    ("Person", "bindings"): fewer,
    ("Person", "admitted"): within,
    ("Person", "auditor"): partial(claim, False),
    ("Person", "shift"): partial(claim, False),
    ("Vendor", "networks"): fewer,
    ("Vendor", "tools"): fewer,
    ("Person", "leaving"): noticed,
    ("Person", "high_risk"): partial(claim, True),
    ("Tool", "name"): neutral,
    ("Tool", "clients"): fewer,
    ("Conduit", "data_out"): more,
    ("Conduit", "in_order"): ordered,
    ("Conduit", "screening"): screened_harder,
    ("StateRules", "table"): stricter,
    ("StateRules", "ask_again_for"): shorter,
    ("GlassTerms", "longest"): shorter,
    ("GrantedException", "window"): within,
    ("GrantedException", "lifts"): fewer,
    ("GrantedException", "compensating"): filled,
    ("GrantedException", "reason"): filled,
    **{
        (table, span): judge
        for table in ("Escalation", "BoundaryTimers")
        for span, judge in {
            "decide_within": shorter,
            "use_within": shorter,
            "arbiter_within": shorter,
            "deputy_after": neutral,
            "executive_after": neutral,
            "lock_idle_after": shorter,
            "end_idle_after": shorter,
        }.items()
    },
    ("Term", "basis"): filled,
    ("Delegation", "window"): within,
    ("Delegation", "actions"): fewer,
    ("Delegation", "states"): fewer,
    ("Delegation", "document"): filled,
    ("Holding", "basis"): filled,
    ("Holding", "window"): within,
    ("Holding", "deputy"): deputy,
    ("Holding", "others"): fewer,
    ("Holding", "quorum"): higher,
}
"""By class and field. A field that stands for two things at once, or is new, is not here: it relaxes."""

NAMES = {
    "timers": "timers",
    "organisation": "organisation",
    "sites": "site",
    "zones": "zone",
    "conduits": "conduit",
    "assets": "asset",
    "vendors": "vendor",
    "people": "person",
    "holdings": "right",
    "rules": "rule",
    "retention": "retention term",
}


def named(part: str) -> str:
    """One entry of a part of the charter, in one word."""
    return NAMES.get(part, part.removesuffix("s").replace("_", " "))


def label_of(part: str, key: str, entry: object) -> str:
    """How a sentence begins that is about this entry."""
    name = getattr(entry, "name", "")
    right, boundary, holder = (getattr(entry, one, None) for one in ("right", "boundary", "holder"))
    if part == "holdings" and right is not None:
        return f"The right '{right}' over {boundary}, held by {holder},"
    what = named(part).capitalize()
    if name and isinstance(name, str):
        return f"{what} {key} ({name})" if key else f"{what} {name}"
    return f"{what} {key}".rstrip() if len(str(key)) < LONGEST_TEXT else what


def changed_words(field: str, was: object, now: object) -> str:
    """What became of a field, in words."""
    what = {
        "longest_window": "the longest window",
        "admitted": "the time of admission",
        "bindings": "whom identity providers sign in as them",
    }.get(field, field.replace("_", " "))
    if isinstance(was, StateTable) and isinstance(now, StateTable):
        return f"the table {_cells(was, now)}"
    if isinstance(was, frozenset | tuple) and isinstance(now, frozenset | tuple):
        gone = [words(one) for one in was if one not in now]
        come = [words(one) for one in now if one not in was]
        parts = [f"without {_listed(gone)}"] if gone else []
        parts += [f"also {_listed(come)}"] if come else []
        return f"{what} {' and '.join(parts)}" if parts else f"{what} in another order"
    return f"{what} from {words(was)} to {words(now)}"


def words(value: object) -> str:
    """A value as a reader would write it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    match value:
        case TimeWindow():
            said = f"{words(value.start)} until {words(value.end)}"
        case datetime():
            said = instant_text(value)
        case timedelta():
            said = _length(value)
        case Mapping():
            said = _listed([f"{key}: {words(one)}" for key, one in value.items()]) or "nothing"
        case Record():
            said = f"one at SL-T {value.sl_t}"
        case frozenset() | tuple():
            said = _listed([words(one) for one in value]) or "nothing"
        case _:
            said = _thing(value)
    return said


def _thing(value: object) -> str:
    """One entry of the charter, or a text."""
    if isinstance(value, Limit):
        return f"'{limit_text(value)}'"
    if isinstance(value, Contract):
        return f"contract {value.reference}"
    if is_dataclass(value) and hasattr(value, "port") and hasattr(value, "address"):
        return f"{getattr(value, 'protocol', '')} at {value.address} port {value.port}".strip()
    text = str(value)
    return f"'{text[:LONGEST_TEXT]}…'" if len(text) > LONGEST_TEXT else text or "blank"


def _cells(was: StateTable, now: StateTable) -> str:
    return _listed(
        [
            f"{' / '.join(key)} from {was.cells[key]} to {cell}"
            for key, cell in now.cells.items()
            if was.cells[key] != cell
        ]
    )


def _listed(parts: list[str]) -> str:
    shown = sorted(parts)[:LONGEST_LIST]
    left = len(parts) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _length(value: timedelta) -> str:
    minutes = round(value.total_seconds() / 60)
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
