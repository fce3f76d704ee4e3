import copy
import json
import pickle
from datetime import UTC, datetime

import pytest

from domain.said import Form, figure, in_tongue, listed, say, say_n
from tests.for_each import for_each

WORDS = {
    "the gate is {state}": "das Tor ist {state}",
    "open": "offen",
    " or ": " oder ",
    "{count} gates": "{count} Tore",
    "{count} gate": "{count} Tor",
    "{b} after {a}": "{a} vor {b}",
}


class German:
    """A language with a handful of words, and only them."""

    def worded(self, message: str, plural: str, count: int) -> str:
        return WORDS[message if count == 1 or not plural else plural]

    def written(self, value: datetime | float, form: Form) -> str:
        return f"{value}".replace(".", ",") if form is Form.ONE_PLACE else f"{value:%d.%m.%Y}"


@for_each(
    ("said", "english", "german"),
    [
        pytest.param(say("open"), "open", "offen", id="a word"),
        pytest.param(
            say("the gate is {state}", state=say("open")),
            "the gate is open",
            "das Tor ist offen",
            id="a message in a message",
        ),
        pytest.param(say("{b} after {a}", a="A", b="B"), "B after A", "A vor B", id="another order"),
        pytest.param(
            say("{b} after {a}", a="{b}", b="%s"), "%s after {b}", "{b} vor %s", id="braces in a value"
        ),
        pytest.param(say_n("{count} gate", "{count} gates", 1), "1 gate", "1 Tor", id="one"),
        pytest.param(say_n("{count} gate", "{count} gates", 0), "0 gates", "0 Tore", id="none"),
        pytest.param(listed(["A", "B"], say(" or ")), "A or B", "A oder B", id="names between a word"),
        pytest.param(listed([say("open"), "B"]), "open, B", "offen, B", id="words and names"),
        pytest.param(listed([]), "", "", id="nothing"),
        pytest.param(figure("1.5", 1.5, Form.ONE_PLACE), "1.5", "1,5", id="a number"),
        pytest.param(
            figure("02 Mar", datetime(2026, 3, 2, tzinfo=UTC), Form.DAY), "02 Mar", "02.03.2026", id="a day"
        ),
        pytest.param("plain", "plain", "plain", id="what is only text stays"),
    ],
)
def test_a_sentence_is_english_text_and_can_be_said_otherwise(said: str, english: str, german: str) -> None:
    assert said == english
    assert in_tongue(said, German()) == german


def test_whatever_keeps_signs_or_hashes_a_sentence_sees_english_text_only() -> None:
    said = say("the gate is {state}", state=say("open"))
    assert json.dumps({"sentence": said}) == '{"sentence": "the gate is open"}'
    assert hash(said) == hash("the gate is open")
    assert f"{said}!" == "the gate is open!"


def test_a_copy_still_knows_what_it_was_made_of() -> None:
    said = say("the gate is {state}", state=say("open"))
    for one in (copy.deepcopy(said), pickle.loads(pickle.dumps(said))):
        assert in_tongue(one, German()) == "das Tor ist offen"


def test_what_is_no_text_is_left_as_it_is() -> None:
    assert in_tongue(7, German()) == 7
