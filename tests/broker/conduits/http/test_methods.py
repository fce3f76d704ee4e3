from broker.conduits.http.methods import METHODS, WITH_BODY, listed
from domain.access import Action
from domain.limits import VOCABULARY
from domain.plant import Protocol


def test_a_safe_method_looks_and_every_other_operates() -> None:
    """C11: RFC 9110, section 9.2.1."""
    assert {one for one, action in METHODS.items() if action is Action.VIEW} == {"GET", "HEAD", "OPTIONS"}
    assert {one for one, action in METHODS.items() if action is Action.OPERATE} == WITH_BODY | {"DELETE"}


def test_each_method_is_listed_and_can_be_named_by_a_limit() -> None:
    assert {code for code, _name, _action in listed()} == set(METHODS) == VOCABULARY[Protocol.HTTP].uses
