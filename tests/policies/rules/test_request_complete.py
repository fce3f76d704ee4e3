from dataclasses import replace

import pytest

from domain.access import RequestField, Stated
from domain.ids import AssetId, ConduitId
from policies.charter.documents import read_charter
from policies.facts import Facts
from policies.rules.request_complete import IN_WORDS, RequestComplete
from tests.policies.plant import STATED, asking, charter, charter_with, edited, facts, wanting, word

RULE = RequestComplete()


def requiring(*fields: RequestField) -> Facts:
    conduits = {name: replace(one, requires=frozenset(fields)) for name, one in charter().conduits.items()}
    return facts(charter=charter_with(conduits=conduits))


EVERYTHING = requiring(*RequestField)


@pytest.mark.parametrize("field", RequestField)
@pytest.mark.parametrize("said", ["", "   "])
def test_each_field_that_is_missing_refuses(field: RequestField, said: str) -> None:
    """B05: remove each field in turn: refused, and told which."""
    request = asking(stated=replace(STATED, **{field.value: said}))
    assert word(RULE, request, EVERYTHING) == "request_incomplete"
    assert IN_WORDS[field] in RULE.judge(request, EVERYTHING).sentence


def test_a_request_that_says_everything_is_complete() -> None:
    assert word(RULE, asking(), EVERYTHING) == "accept"


def test_the_connection_method_is_part_of_it() -> None:
    assert word(RULE, asking(method=None), EVERYTHING) == "request_incomplete"


@pytest.mark.parametrize("field", RequestField)
def test_what_a_conduit_does_not_ask_for_may_be_left_out_but_for_the_purpose(field: RequestField) -> None:
    request = asking(stated=replace(STATED, **{field.value: ""}))
    expected = "request_incomplete" if field is RequestField.PURPOSE else "accept"
    assert word(RULE, request, requiring(RequestField.PURPOSE)) == expected


def test_a_conduit_that_does_not_say_asks_for_everything() -> None:
    silent = read_charter(edited("conduits.toml", 'requires = ["purpose"]\n', ""))
    assert silent.conduits[ConduitId("dmz-operations")].requires == frozenset(RequestField)


def test_at_the_door_it_is_settled_and_without_a_conduit_there_is_nothing_to_say() -> None:
    assert word(RULE, wanting(stated=Stated()), facts()) == "accept"
    assert word(RULE, asking(asset=AssetId("nothing")), facts()) == "abstain"
