"""Limits as text, and whether some lie within others: ``modbus write holding registers 40-43 of unit 3 between 0 and 500``.

One limit says one thing, and has one written form. A protocol's words stand in ``VOCABULARY``; of a protocol that has
none there, no limit can be held, and none can be written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.permit import MOST_LIMITS
from domain.plant import Form, Limit, Protocol, Way

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of place that a protocol has."""

    last: int
    """The highest address; -1 where its addresses are names."""
    writes: bool = True
    words: bool = False
    """16-bit registers: a bounded value may be signed, or go over two of them."""
    signed: bool = False
    """What the protocol itself writes there may be negative."""
    decimals: bool = False
    """And may be a fraction."""
    bounds: bool = True
    """What is written there can be held within bounds."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one protocol."""

    unit: str
    """What it calls whoever answers behind the endpoint; empty where it has no such number."""
    last_unit: int
    tables: Mapping[str, Table]
    uses: frozenset[str]
    """Functions that touch no address, by the name that the protocol's table of functions gives them."""


VOCABULARY: Mapping[Protocol, Vocabulary] = {
    Protocol.MODBUS: Vocabulary(
        "unit",
        255,
        {
            "coils": Table(65535),
            "discrete inputs": Table(65535, writes=False),
            "holding registers": Table(65535, words=True),
            "input registers": Table(65535, writes=False, words=True),
        },
        frozenset(
            {
                "read exception status", "return query data", "restart communications", "return diagnostic register",
                "change ASCII delimiter", "force listen only", "clear counters", "read a diagnostic counter",
                "clear overrun counter", "get event counter", "get event log", "report server id", "read file record",
                "write file record", "read FIFO queue", "read device identification",
            }
        ),
    ),
    Protocol.IEC_104: Vocabulary(
        "station",
        65534,
        {
            "points": Table(0xFFFFFF, writes=False),
            "single commands": Table(0xFFFFFF),
            "double commands": Table(0xFFFFFF),
            "step commands": Table(0xFFFFFF),
            "set-points": Table(0xFFFFFF, signed=True, decimals=True),
            "bit strings": Table(0xFFFFFF),
            "parameters": Table(0xFFFFFF, signed=True, decimals=True),
        },
        frozenset(
            {
                "interrogate", "interrogate counters", "freeze or reset counters", "set the clock", "test", "test with time",
                "reset the process", "file ready", "section ready", "call a directory or a file", "delete a file",
                "last section", "acknowledge a file", "segment of a file", "query a log",
            }
        ),
    ),
    Protocol.S7: Vocabulary(
        "block",
        65535,
        {
            # By bytes, whatever type a tool names: of one that writes a word as two bytes nobody can say the value.
            "data": Table(65535, bounds=False),
            "flags": Table(65535, bounds=False),
            "inputs": Table(65535, bounds=False),
            "outputs": Table(65535, bounds=False),
            "periphery": Table(65535, bounds=False),
            "special flags": Table(65535, bounds=False),
            "analog inputs": Table(65535, bounds=False),
            "analog outputs": Table(65535, bounds=False),
            "system data": Table(65535, bounds=False),
            "timers": Table(65535, bounds=False),
            "counters": Table(65535, bounds=False),
        },
        frozenset(
            {
                "download a block", "read a block out", "stop the CPU", "start the CPU", "start the CPU cold",
                "put a block into use", "delete a block", "compress the memory", "copy RAM to ROM", "watch a block",
                "watch variables", "read the interrupt stack", "read the block stack", "read the local stack",
                "measure a running time", "select what is forced", "modify variables", "force", "set a breakpoint",
                "go on from a breakpoint", "reset the memory", "disable a job", "enable a job", "delete a job",
                "read the list of jobs", "read a job", "replace a job", "flash the lamp", "have values sent",
                "have values sent no more", "have changes sent", "change what changes are sent", "read a data record",
                "list blocks", "list blocks of a kind", "read the properties of a block", "read the system state list",
                "have messages sent", "lock alarms", "unlock alarms", "acknowledge an alarm", "read alarms",
                "give the password", "take the password back", "read the clock", "set the clock",
            }
        ),
    ),
    Protocol.DNP3: Vocabulary(
        "outstation",
        65519,
        {
            "binary inputs": Table(65535, writes=False),
            "double-bit inputs": Table(65535, writes=False),
            "binary outputs": Table(65535),
            "counters": Table(65535, writes=False),
            "frozen counters": Table(65535, writes=False),
            "analog inputs": Table(65535, writes=False),
            "analog outputs": Table(65535, signed=True, decimals=True),
        },
        frozenset(
            {
                "read", "write", "freeze", "freeze without acknowledgement", "freeze and clear",
                "freeze and clear without acknowledgement", "freeze at time", "freeze at time without acknowledgement",
                "cold restart", "warm restart", "initialize data", "initialize application", "start application",
                "stop application", "save configuration", "enable unsolicited", "disable unsolicited", "assign class",
                "measure delay", "record current time", "open file", "close file", "delete file", "get file information",
                "authenticate for a file", "abort file transfer", "activate configuration", "authenticate",
                "authentication error",
            }
        ),
    ),
}  # fmt: skip

_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?"
_TEXT = re.compile(
    r"(?P<protocol>[a-z0-9-]+):? (?P<way>read|write|use) (?P<place>[A-Za-z][A-Za-z0-9 /-]*?)"
    r'(?: (?:(?P<first>[0-9]{1,8})(?:(?:-| to )(?P<last>[0-9]{1,8}))?|"(?P<name>[^"]+)"))?'
    r"(?: of (?P<unit>[a-z]+) (?P<number>[0-9]{1,6}))?"
    rf"(?: between (?P<least>{_NUMBER}) and (?P<most>{_NUMBER}))?"
    r"(?: as (?P<form>[a-z0-9 ]+))?",
    re.ASCII,
)
_FLOATS = frozenset({Form.FLOAT_32, Form.FLOAT_32_LOW_FIRST})
_UNSIGNED = frozenset({Form.PLAIN, Form.UNSIGNED_32, Form.UNSIGNED_32_LOW_FIRST})
EXAMPLE = "modbus write holding registers 40-43 of unit 3 between 0 and 500"


def width(form: Form) -> int:
    """How many neighbours one value takes."""
    return 1 if form in {Form.PLAIN, Form.SIGNED} else 2


def limit_of(text: str) -> Limit:
    """The limit that ``text`` says; ValueError with a sentence for a person where it says none."""
    found = _TEXT.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError(f"'{text:.120}' is no limit; one reads like '{EXAMPLE}'")
    told = found.groupdict()
    if told["protocol"] not in set(Protocol) or (protocol := Protocol(told["protocol"])) not in VOCABULARY:
        raise ValueError(
            f"no limit can be held over '{told['protocol']:.40}'; over these one can: {', '.join(VOCABULARY)}"
        )
    words, way = VOCABULARY[protocol], Way(told["way"])
    unit = _unit(told["unit"], told["number"], words)
    if way is Way.USE:
        if any(told[one] is not None for one in ("first", "name", "least", "form")):
            raise ValueError("'use' names a function alone, and for whom")
        return Limit(protocol, way, _one_of(told["place"], words.uses, "function"), unit=unit)
    place = _one_of(told["place"], words.tables, "kind of place")
    table = words.tables[place]
    first, last = _addresses(told, place, table)
    least, most, form = _bounds(told, way, place, table)
    if (last - first + 1) % width(form):
        raise ValueError(f"a value that is '{form}' takes two neighbours, so their number must be even")
    return Limit(protocol, way, place, first, last, told["name"] or "", unit, least, most, form)


def limit_text(limit: Limit) -> str:
    """The one written form of ``limit``."""
    words = VOCABULARY[limit.protocol]
    said = f"{limit.protocol} {limit.way} {limit.place}"
    if limit.name:
        said += f' "{limit.name}"'
    elif limit.way is not Way.USE and (limit.first, limit.last) != (0, words.tables[limit.place].last):
        said += f" {limit.first}" if limit.first == limit.last else f" {limit.first}-{limit.last}"
    if limit.unit is not None:
        said += f" of {words.unit} {limit.unit}"
    if limit.least is not None and limit.most is not None:
        said += f" between {_decimal(limit.least)} and {_decimal(limit.most)}"
    return f"{said} as {limit.form}" if limit.form else said


def limit_texts(limits: Iterable[Limit]) -> list[str]:
    """Each in its one written form, in their one order."""
    return sorted(map(limit_text, limits))


def limits_of(texts: Iterable[str]) -> frozenset[Limit]:
    """The limits that ``texts`` say; ValueError where one says none, or where there are more than 64."""
    found = frozenset(map(limit_of, texts))
    if len(found) > MOST_LIMITS:
        raise ValueError(f"at most {MOST_LIMITS} limits can be named")
    return found


def beyond(
    wanted: Iterable[Limit], allowed: Iterable[Limit], protocols: Iterable[Protocol]
) -> tuple[str, ...]:
    """What ``wanted`` reaches over ``protocols`` that ``allowed`` does not, in texts; empty when it lies within.

    Over a protocol for which ``allowed`` names nothing, everything is within; ``wanted`` naming nothing reaches all.
    """
    wanted, allowed = tuple(wanted), tuple(allowed)
    return tuple(_beyond(wanted, allowed, frozenset(protocols)))


def _beyond(
    wanted: tuple[Limit, ...], allowed: tuple[Limit, ...], protocols: frozenset[Protocol]
) -> Iterator[str]:
    for protocol in sorted(protocols & {one.protocol for one in allowed}):
        mine = [one for one in wanted if one.protocol is protocol]
        if not mine:
            yield f"{protocol} without any limit"
        yield from sorted(limit_text(one) for one in mine if not lies_within(one, allowed))


def lies_within(limit: Limit, allowed: Iterable[Limit]) -> bool:
    """Whether everything that ``limit`` lets be done ``allowed`` together let be done as well.

    Strict where bounds meet: an address counts as covered only by a limit whose own bounds hold all of ``limit``'s, read
    in the same form. Refuses what only several bounds side by side would cover.
    """
    reached = limit.first
    for one in sorted(
        (one for one in allowed if _covers_all_but_addresses(one, limit)), key=lambda one: one.first
    ):
        if one.first > reached:
            break
        reached = max(reached, one.last + 1)
    return reached > limit.last


def _covers_all_but_addresses(one: Limit, limit: Limit) -> bool:
    same = (one.protocol, one.way, one.place, one.name) == (
        limit.protocol,
        limit.way,
        limit.place,
        limit.name,
    )
    if not same or one.unit not in {None, limit.unit}:
        return False
    if one.least is None or one.most is None:
        return True
    if limit.least is None or limit.most is None or limit.form is not one.form:
        return False
    # Values over two registers count from a limit's first one: another beginning pairs other halves.
    return (
        (one.first - limit.first) % width(one.form) == 0
        and one.least <= limit.least
        and limit.most <= one.most
    )


def _unit(word: str | None, number: str | None, words: Vocabulary) -> int | None:
    if word is None or number is None:
        return None
    if word != words.unit:
        raise ValueError(f"it says 'of {word:.40}'" + (f"; say 'of {words.unit}'" if words.unit else ""))
    if int(number) > words.last_unit:
        raise ValueError(f"a {words.unit} is a number from 0 to {words.last_unit}")
    return int(number)


def _one_of(name: str, known: Iterable[str], what: str) -> str:
    """The name as the vocabulary has it, whatever its case, and also where it stands for one: ``coil``."""
    names = {one.casefold(): one for one in known}
    found = names.get(name.casefold()) or names.get(f"{name.casefold()}s")
    if found is None:
        raise ValueError(f"there is no {what} '{name:.60}'; there are: {', '.join(sorted(names.values()))}")
    return found


def _addresses(told: Mapping[str, str | None], place: str, table: Table) -> tuple[int, int]:
    name, first, last = told["name"], told["first"], told["last"]
    if table.last < 0:
        if name is None or len(name) > LONGEST_NAME or not name.isprintable():
            raise ValueError(f'{place} are named, in quotes: {place} "…"')
        return 0, 0
    if name is not None:
        raise ValueError(f"{place} have numbers, not names")
    begin = int(first) if first is not None else 0
    end = int(last) if last is not None else begin if first is not None else table.last
    if not begin <= end <= table.last:
        raise ValueError(f"{place} have addresses from 0 to {table.last}, the lower one first")
    return begin, end


def _bounds(
    told: Mapping[str, str | None], way: Way, place: str, table: Table
) -> tuple[Decimal | None, Decimal | None, Form]:
    if way is Way.WRITE and not table.writes:
        raise ValueError(f"{place} can't be written")
    if told["least"] is None or told["most"] is None:
        if told["form"] is not None:
            raise ValueError("'as' says how a bounded value is read; name the bounds: between 0 and 500")
        return None, None, Form.PLAIN
    if way is not Way.WRITE:
        raise ValueError("only what is written has bounds")
    if not table.bounds:
        raise ValueError(f"what is written to {place} can't be held within bounds; leave them out")
    least, most = Decimal(told["least"]) + 0, Decimal(told["most"]) + 0
    form = _form(told["form"], place, table)
    if least > most:
        raise ValueError("its lower bound is above its upper one")
    if not (form in _FLOATS or table.decimals) and (least % 1 or most % 1):
        raise ValueError("its bounds are whole numbers, unless the value is read 'as float 32'")
    if least < 0 and form in _UNSIGNED and not table.signed:
        raise ValueError("what is written there is never negative, unless it is read 'as signed'")
    return least, most, form


def _form(text: str | None, place: str, table: Table) -> Form:
    if text is None:
        return Form.PLAIN
    if not table.words or text not in set(Form):
        forms = ", ".join(one for one in Form if one)
        raise ValueError(
            f"a value of {place} can be read as one of: {forms}" if table.words else f"{place} have one form"
        )
    return Form(text)


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
