from dataclasses import fields

from broker.console.evidence.telling import Teller
from domain import events
from tests.broker.console.evidence.said import told
from tests.for_each import for_each
from tests.policies.plant import charter

KINDS = [one for one in vars(events).values() if hasattr(one, "number") and isinstance(one, type)]


@for_each("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_has_words_of_its_own_even_with_every_field_gone(kind: type) -> None:
    teller = Teller(charter())
    whole = {"event": kind.__name__} | {field.name: "x" for field in fields(kind)}
    for event in (whole, {"event": kind.__name__}):
        said = teller.sentence(event)
        assert kind.__name__ not in said.replace(" ", "")
        assert said[0].isupper()
        assert "\n" not in said


def test_a_kind_of_a_later_version_is_named_in_words() -> None:
    assert told({"event": "NeverHeardOf"}) == "Never Heard Of."


def test_an_event_whose_text_is_gone_is_said_to_be_so() -> None:
    assert told({}) == "An event that can not be read."
