"""Limits as text, and whether some lie within others: ``modbus write holding registers 40-43 of unit 3 between 0 and 500``.

One limit says one thing, and has one written form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from domain.permit import MOST_LIMITS
from domain.plant import Form, Limit, Protocol, Way
from domain.vocabulary import FILES, VOCABULARY, Table, Vocabulary, forms, table_of, width
from domain.web_path import covers, path_pattern

LONGEST_NAME = 200


_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?"
_TEXT = re.compile(
    r"(?P<protocol>[a-z0-9-]+):? (?P<way>read|write|use) (?P<place>[A-Za-z][A-Za-z0-9 /-]*?)"
    r'(?: (?:(?P<first>[0-9]{1,8})(?:(?:-| to )(?P<last>[0-9]{1,8}))?|"(?P<name>[^"]+)"))?'
    r"(?: of (?P<unit>[a-z]+) (?P<number>[0-9]{1,6}))?"
    rf"(?: between (?P<least>{_NUMBER}) and (?P<most>{_NUMBER}))?"
    r"(?: as (?P<form>[a-z0-9 ]+))?",
    re.ASCII,
)
_WEB = re.compile(r"http:? (?P<way>read|write|use) (?P<method>[A-Za-z]+)(?: (?P<path>/\S*))?", re.ASCII)
_MOST = re.compile(
    r"(?P<protocol>ssh):? (?P<way>read|write) at most (?P<most>[0-9]{1,8}) (?P<what>.+)", re.ASCII
)
_MOVED = re.compile(r"(?:ssh|sftp|scp|rsync):? (?P<way>get|put) (?P<rest>\S.*)", re.ASCII)
_WAYS = {"get": Way.READ, "put": Way.WRITE}
_FLOATS = frozenset({Form.FLOAT_32, Form.FLOAT_32_LOW_FIRST})
_UNSIGNED = frozenset({Form.PLAIN, Form.UNSIGNED_16, Form.UNSIGNED_32, Form.UNSIGNED_32_LOW_FIRST})
EXAMPLE = "modbus write holding registers 40-43 of unit 3 between 0 and 500"


def limit_of(text: str) -> Limit:
    """The limit that ``text`` says; ValueError with a sentence for a person where it says none."""
    text = " ".join(text.split())
    if (moved := _MOVED.fullmatch(text)) is not None:  # as those say it who move files
        named = f'{FILES} "{moved["rest"]}"' if moved["rest"].startswith("/") else moved["rest"]
        text = f"ssh {_WAYS[moved['way']]} {named}"
    if (counted := _MOST.fullmatch(text)) is not None:
        return _number(counted)
    if (web := _WEB.fullmatch(text)) is not None:
        return _web_limit(web)
    found = _TEXT.fullmatch(text)
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
        return _used(protocol, told, unit, words)
    place = _one_of(told["place"], words.places, "kind of place")
    table = words.tables[place]
    first, last = _addresses(told, place, table)
    least, most, form = _bounds(told, way, place, table)
    if (last - first + 1) % (wide := width(form, table)):
        raise ValueError(
            f"a value that is '{form}' takes {wide} neighbours, so their number must be divisible by {wide}"
        )
    return Limit(protocol, way, place, first, last, told["name"] or "", unit, least, most, form)


def _number(told: re.Match[str]) -> Limit:
    """How much of something, in all: from none to the number."""
    protocol = Protocol(told["protocol"])
    numbers = VOCABULARY[protocol].tables.keys() - VOCABULARY[protocol].places
    return Limit(protocol, Way(told["way"]), _one_of(told["what"], numbers, "number"), last=int(told["most"]))


def _web_limit(told: re.Match[str]) -> Limit:
    if told["way"] != Way.USE or told["path"] is None:
        raise ValueError("a limit over http names a method and a path: http use GET /status/*")
    if len(told["path"]) > LONGEST_NAME:
        raise ValueError(f"a path has at most {LONGEST_NAME} characters")
    method = _one_of(told["method"], VOCABULARY[Protocol.HTTP].uses, "method")
    return Limit(Protocol.HTTP, Way.USE, method, name=path_pattern(told["path"]))


def limit_text(limit: Limit) -> str:
    """The one written form of ``limit``."""
    words = VOCABULARY[limit.protocol]
    if _counts(limit):
        return f"{limit.protocol} {limit.way} at most {limit.last} {limit.place}"
    said = f"{limit.protocol} {limit.way} {limit.place}"
    if limit.name:
        said += f" {limit.name}" if words.paths else f' "{limit.name}"'
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

    Over a protocol for which ``allowed`` names nothing, everything is within but what has to be named; ``wanted`` naming
    nothing reaches all. What is said of places says nothing of numbers, and the other way round.
    """
    wanted, allowed = tuple(wanted), tuple(allowed)
    return tuple(_beyond(wanted, allowed, frozenset(protocols)))


def _beyond(
    wanted: tuple[Limit, ...], allowed: tuple[Limit, ...], protocols: frozenset[Protocol]
) -> Iterator[str]:
    named = {one.protocol for one in allowed if not _counts(one)}
    for protocol in sorted(protocols):
        yield from _more(
            {(one.way, one.place): one for one in allowed if one.protocol is protocol and _counts(one)},
            [one for one in wanted if one.protocol is protocol and _counts(one)],
            allowed,
        )
        mine = [one for one in wanted if one.protocol is protocol and not _counts(one)]
        if protocol in named and not mine:
            yield f"{protocol} without any limit"
        only_named = VOCABULARY[protocol].only_named if protocol in VOCABULARY else frozenset()
        held = mine if protocol in named else [one for one in mine if one.place in only_named]
        yield from sorted(limit_text(one) for one in held if not lies_within(one, allowed))


def _more(
    named: Mapping[tuple[Way, str], Limit], mine: list[Limit], allowed: tuple[Limit, ...]
) -> Iterator[str]:
    """Where ``mine`` says a larger number than is ``allowed``, or none at all where one is ``named``."""
    said = {(one.way, one.place) for one in mine}
    yield from sorted(
        f"{one.protocol} {one.way} without 'at most {one.last} {one.place}'"
        for key, one in named.items()
        if key not in said
    )
    yield from sorted(
        limit_text(one) for one in mine if (one.way, one.place) in named and not lies_within(one, allowed)
    )


def with_usual(wanted: Iterable[Limit], usual: Iterable[Limit]) -> frozenset[Limit]:
    """``wanted``, and of ``usual`` what it says nothing of: the places of a protocol of which it names none, and each number."""
    mine = frozenset(wanted)
    placed = {one.protocol for one in mine if not _counts(one)}
    numbered = {(one.protocol, one.way, one.place) for one in mine if _counts(one)}
    return mine | {
        one
        for one in usual
        if (
            (one.protocol, one.way, one.place) not in numbered if _counts(one) else one.protocol not in placed
        )
    }


def _counts(limit: Limit) -> bool:
    table = table_of(limit)
    return table is not None and table.counts


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
    same = (one.protocol, one.way, one.place) == (limit.protocol, limit.way, limit.place)
    if not same or one.unit not in {None, limit.unit} or not _holds_name(one, limit):
        return False
    if one.least is None or one.most is None:
        return True
    if limit.least is None or limit.most is None or limit.form is not one.form:
        return False
    # Values over two registers count from a limit's first one: another beginning pairs other halves.
    return (one.first - limit.first) % _wide(one) == 0 and one.least <= limit.least and limit.most <= one.most


def _holds_name(one: Limit, limit: Limit) -> bool:
    if VOCABULARY[limit.protocol].paths:
        return covers(one.name, limit.name)
    table = table_of(limit)
    if one.name == limit.name or table is None or table.names is None:
        return one.name == limit.name
    return any(
        one.name == name and (one.least is None or valued) for name, valued in table.names.holders(limit.name)
    )


def _wide(limit: Limit) -> int:
    table = table_of(limit)
    return width(limit.form, table) if table is not None else 1


def _used(protocol: Protocol, told: Mapping[str, str | None], unit: int | None, words: Vocabulary) -> Limit:
    called = {name for name, table in words.tables.items() if table.calls}
    numbered = f"{told['place']} {told['first']}"
    ends = told["last"] is None and numbered.casefold() in map(str.casefold, words.uses)
    if any(told[one] is not None for one in ("least", "form")) or (told["first"] is not None and not ends):
        raise ValueError("'use' names a function alone, and for whom")
    found = _one_of(numbered if ends else told["place"] or "", {*words.uses, *called}, "function")
    if found in called:
        _addresses(told, found, words.tables[found])
    elif told["name"] is not None:
        raise ValueError("'use' names a function alone, and for whom")
    return Limit(protocol, Way.USE, found, name=told["name"] or "", unit=unit)


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
    if table.names is not None:
        known = name is not None and len(name) <= LONGEST_NAME and name.isprintable()
        if name is None or first is not None or not known or not table.names.form.fullmatch(name):
            raise ValueError(f'{place} are named, in quotes and as in: {place} "{table.names.like}"')
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
    if not (table.writes if way is Way.WRITE else table.reads):
        raise ValueError(f"{place} can't be {'written' if way is Way.WRITE else 'read'}")
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
    known = forms(table)
    if text not in known:
        several = ", ".join(one for one in Form if one in known)
        raise ValueError(
            f"a value of {place} can be read as one of: {several}" if known else f"{place} have one form"
        )
    return Form(text)


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
