"""Every language says everything: no bare text on a page, no message without its words, nothing said otherwise."""

import re
from collections import Counter

import pytest

from broker.console.tongues import CATALOGUES, ENGLISH, LANGUAGES
from broker.settings import ConsoleSettings
from tests.for_each import for_each
from tests.house.marked import bare
from tests.house.messages import kept, path_of, said
from tests.house.repository import text, texts

OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]
HELD = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>|%%|`[^`]*`")
"""What a translation has exactly as often as the English: placeholders, markup, commands."""
GERMAN_ADDRESS = re.compile(r"\b(du|dich|dir|dein\w*)\b", re.IGNORECASE)


def forms(string: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


@for_each("path", texts(".html", under=("broker/console",)), ids=lambda path: path[15:-5])
def test_every_text_of_a_template_is_marked(path: str) -> None:
    found = bare(text(path))
    assert not found, f"mark these as docs/extending.md says under “A text on a page”: {found}"


@for_each(
    ("source", "found"),
    [
        pytest.param("<p>Sign in</p>", ["Sign in"], id="a text"),
        pytest.param("<p>{% trans %}Sign in{% endtrans %}</p>", [], id="a marked one"),
        pytest.param('<p class="{{ "bad" if x }}">{{ y }} · SSH</p>', [], id="no words"),
        pytest.param('<p>{{ "old" if x else _("new") }}</p>', ["old"], id="one of two words"),
        pytest.param('<a title="Go">{{ x | join(", ") }}</a>', ["Go"], id="a title"),
        pytest.param("{% if x %}<b>{% else %}<i>{% endif %}so</b>", ["so"], id="after two tags"),
        pytest.param('{{ parts.empty(_("No"), "Nothing is here") }}', ["Nothing is here"], id="to a macro"),
        pytest.param("<code>penstock doctor</code>", [], id="a command"),
        pytest.param("{% macro at(x) %}/calendar?of={{ x }}&amp;day=1{% endmacro %}", [], id="an address"),
        pytest.param("<p>{{ STATES.get(x, 'unknown') }}</p>", ["unknown"], id="what is said otherwise"),
        pytest.param("<p>{{ 'in ' ~ x }}</p>", ["in "], id="a joined one"),
    ],
)
def test_a_bare_text_is_found_wherever_it_stands(source: str, found: list[str]) -> None:
    assert bare(source) == found


@pytest.mark.parametrize("tag", OTHERS)
def test_every_message_is_said_in_every_language(tag: str) -> None:
    catalogue = kept(tag)
    silent = [
        one.id
        for one in catalogue
        if one.id and (one.fuzzy or not all(form.strip() for form in forms(one.string)))
    ]
    assert not silent, f"fill these in, in {path_of(tag).name}: {silent}"
    assert len([one for one in catalogue if one.id]) == len(said()), "run `make docs`"


@pytest.mark.parametrize("tag", OTHERS)
def test_a_translation_holds_what_its_message_holds(tag: str) -> None:
    wrong = []
    for one in kept(tag):
        english, other = forms(one.id)[-1], forms(one.string)[-1]
        if not one.id:
            continue
        edges = (english[:1].isspace(), english[-1:].isspace()) == (other[:1].isspace(), other[-1:].isspace())
        if Counter(HELD.findall(english)) != Counter(HELD.findall(other)) or not edges:
            wrong.append((english, other))
    assert not wrong


def test_german_addresses_whoever_reads_it_formally() -> None:
    assert not [one.id for one in kept("de") if GERMAN_ADDRESS.search(" ".join(forms(one.string)))]


def test_a_plant_may_set_any_language_that_there_is() -> None:
    offered = ConsoleSettings.model_fields["language"].annotation
    assert set(getattr(offered, "__args__", ())) == set(LANGUAGES)
    assert {path.stem for path in CATALOGUES.glob("*.po")} == set(OTHERS)
