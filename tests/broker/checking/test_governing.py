"""What a whole node shows is in ``test_check.py``; here is what can't be read at all."""

from pathlib import Path

from broker.checking.governing import of_charters, of_keys, of_trusts
from broker.checking.told import Told
from broker.layout import Layout


def test_nothing_there_is_found_as_nothing_there(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    told = Told(trusts={"a" * 64}, announced={"a" * 64}, charters={1: ("x", "y")})
    assert [one.code for one in of_charters(layout, "plant.example", told)] == ["missing"]
    assert [(one.item, one.code) for one in of_trusts(layout, told)] == [
        ("approvers.toml", "changed"),
        ("a" * 64, "missing"),
    ]
    layout.past_trust.mkdir(parents=True)
    (layout.past_trust / f"{'b' * 64}.toml").write_bytes(b"")
    assert ("b" * 64, "changed") in [(one.item, one.code) for one in of_trusts(layout, told)]


def test_a_public_key_that_is_none_and_a_policy_that_is_none_are_found(tmp_path: Path) -> None:
    """F19: what signatures are checked against is itself looked at."""
    layout = Layout(tmp_path)
    layout.witness_policy.write_text("witness\n")
    assert [(one.place, one.code) for one in of_keys(layout)] == [("key", "unbound"), ("witness", "unbound")]
