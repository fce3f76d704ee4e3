"""The templates of one language. Everything printed is said in it, made inert and escaped, inside messages too."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from broker.console import named, words
from broker.console.tongues import ENGLISH, Tongue, tongue
from domain.canonical import Json
from domain.said import Figure, Listed, Said, in_tongue

HERE = Path(__file__).parent


@cache
def environment(tag: str, zone: str = "") -> Environment:
    """The templates in one of LANGUAGES: each reads and prints in its own, and shares nothing with the others.

    ``zone``: the clock that the page names once, whose times then stand without their offset.
    """
    spoken = tongue(tag, zone)
    made = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=partial(_printed, spoken),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's: values are given apart from the message
    made.globals |= {
        "gettext": partial(_marked, spoken),
        "ngettext": partial(_marked_n, spoken),
        "_": partial(_plain, spoken),
        "words": words,
        "named": named,
    }
    made.filters |= {
        "shown_digest": lambda text: hashlib.sha256(text.encode()).hexdigest(),
        "join": partial(_joined, spoken),
        "inside": partial(_inside, spoken),
        "headed": partial(_headed, spoken),
        "english": partial(_english, spoken),
        "scripted": partial(_scripted, spoken),
    }
    return made


def _scripted(spoken: Tongue, value: Json) -> str:
    """``value`` as JSON for the page's scripts, each of its words in the page's language."""
    return json.dumps(_in(spoken, value), ensure_ascii=True, separators=(",", ":"))


def _in(spoken: Tongue, value: Json) -> object:
    if isinstance(value, Mapping):
        return {name: _in(spoken, one) for name, one in value.items()}
    return (
        [_in(spoken, one) for one in value] if isinstance(value, list | tuple) else in_tongue(value, spoken)
    )


def _printed(spoken: Tongue, value: object) -> object:
    """``value`` as a page prints it: in the page's language, and inert; what is marked up already stays."""
    value = in_tongue(value, spoken)
    return words.inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _marked(spoken: Tongue, message: str, **values: object) -> Markup:
    """A ``trans`` block: its message is markup of ours, its values are printed like all others."""
    return Markup(spoken.worded(message, "", 1)) % _all_printed(spoken, values)  # noqa: S704  # a template's own text


def _marked_n(spoken: Tongue, message: str, plural: str, num: int, **values: object) -> Markup:
    """A ``trans`` block with a plural."""
    return Markup(spoken.worded(message, plural, num)) % _all_printed(spoken, values | {"num": num})  # noqa: S704


def _plain(spoken: Tongue, message: str, **values: object) -> str:
    """A message that is plain text, for an attribute or a macro."""
    text = spoken.worded(message, "", 1)
    return text % {name: in_tongue(one, spoken) for name, one in values.items()} if values else text


def _all_printed(spoken: Tongue, values: Mapping[str, object]) -> dict[str, object]:
    return {name: _printed(spoken, one) for name, one in values.items()}


def _joined(spoken: Tongue, parts: Iterable[object], between: str = "") -> str:
    return between.join(str(in_tongue(one, spoken)) for one in parts)


def _inside(spoken: Tongue, text: str) -> str:
    """A word in the middle of a sentence: English writes it small, another language as its catalogue has it."""
    said = str(in_tongue(text, spoken))
    return said.lower() if spoken.tag == ENGLISH else said


def _headed(spoken: Tongue, text: str) -> str:
    """A word as a heading: English writes its first letter large."""
    said = str(in_tongue(text, spoken))
    return said.capitalize() if spoken.tag == ENGLISH else said


def _english(spoken: Tongue, sentence: str) -> object:
    """A sentence of which only the English is kept: said in the page's language if it can be, else marked as English."""
    if spoken.tag == ENGLISH or not sentence or isinstance(sentence, Said | Listed | Figure):
        return sentence
    return Markup('<span lang="en">{}</span>').format(words.inert(sentence))
