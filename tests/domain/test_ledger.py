import inspect

from domain.ledger import Ledger


def test_appending_is_awaited_and_answers_with_the_index_of_the_leaf() -> None:
    assert inspect.iscoroutinefunction(Ledger.append)
    assert inspect.signature(Ledger.append).return_annotation is int
