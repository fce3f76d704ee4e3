import pytest

from broker.console.evidence.naming import Naming, count, instant_in
from tests.broker.console.evidence.said import NOW, OPENED
from tests.policies.plant import charter


def test_what_is_no_instant_is_none() -> None:
    assert instant_in({"at": "yesterday"}, "at") is None
    assert instant_in({"at": 3}, "at") is None
    assert instant_in({"at": "2026-03-02T08:00:00Z"}, "at") == NOW


def test_what_is_no_number_counts_as_nothing() -> None:
    assert count({"bytes": "many"}, "bytes") == 0
    assert count({"bytes": 3}, "bytes") == 3


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("all", "all vendor access"),
        ("zone:operations", "the zone Operations"),
        ("asset:eng-ws-1", "Engineering station 1"),
        ("person:ana", "Ana Ferreira"),
        (f"session:{'s' * 26}", "the session of Ana Ferreira on Engineering station 1"),
        (f"session:{'t' * 26}", "a session"),
        ("source:192.0.2.9", "the address 192.0.2.9"),
        ("galaxy:far", "galaxy:far"),
    ],
)
def test_a_scope_is_named(scope: str, said: str) -> None:
    assert Naming(charter(), [OPENED]).scope(scope) == said
