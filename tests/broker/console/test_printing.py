from collections.abc import Mapping

import pytest
from jinja2 import Environment

from broker.console.printing import environment
from domain.said import listed, say

HOSTILE = "<b>\u202e\x1b[2J"
SHOWN = "&lt;b&gt;\\u202e\\x1b[2J"


def printed(template: str, tag: str = "de", **values: object) -> str:
    made: Environment = environment(tag)
    return made.from_string(template).render(values)


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ name }}", id="by itself"),
        pytest.param("{% trans %}{{ name }}{% endtrans %}", id="in a message"),
        pytest.param(
            "{% trans count=2, name=name %}{{ name }}{% pluralize %}{{ name }}{% endtrans %}",
            id="in a plural",
        ),
        pytest.param('{{ _("%(name)s", name=name) }}', id="in a text"),
        pytest.param('{{ [name] | join(", ") }}', id="in a list"),
        pytest.param("{{ said }}", id="in a sentence"),
        pytest.param("{{ parts }}", id="in a row of things"),
    ],
)
def test_abuse_30_foreign_words_are_inert_and_escaped_wherever_a_message_takes_them(template: str) -> None:
    values: Mapping[str, object] = {
        "name": HOSTILE,
        "said": say("{name}", name=HOSTILE),
        "parts": listed([HOSTILE]),
    }
    assert printed(template, **values) == SHOWN
    assert printed(template, "en", **values) == SHOWN


def test_a_message_s_own_markup_stays_and_its_values_are_said_too() -> None:
    template = "{% trans x=x %}<em>{{ x }}</em>, 100 %{% endtrans %}"
    assert printed(template, "en", x=say("Approve")) == "<em>Approve</em>, 100 %"


def test_a_sentence_that_only_english_has_is_marked_as_english() -> None:
    assert printed("{{ x | english }}", "de", x=HOSTILE) == f'<span lang="en">{SHOWN}</span>'
    assert printed("{{ x | english }}", "en", x=HOSTILE) == SHOWN
    assert printed("{{ x | english }}", "de", x="") == ""
    assert "lang=" not in printed("{{ x | english }}", "de", x=say("Waiting"))


def test_words_for_scripts_are_said_wherever_they_stand() -> None:
    said = {"zones": [{"state": say("Maintenance"), "live": 2}], "sound": True}
    assert printed("{{ x | scripted }}", "en", x=said) == (
        "{&#34;zones&#34;:[{&#34;state&#34;:&#34;Maintenance&#34;,&#34;live&#34;:2}],&#34;sound&#34;:true}"
    )
    assert "Maintenance" not in printed("{{ x | scripted }}", "de", x=said)
