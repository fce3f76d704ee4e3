import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from broker.door.words import Refusal, refusal_of, shortened
from domain.access import Deny, Reason
from domain.ids import RuleId


def test_a_refusal_is_one_line_in_the_contract_s_form() -> None:
    refusal = Refusal("no_permit", "There is none.", "Ask for one.")
    assert refusal.line() == "penstock: refused [no_permit]: There is none. What to do: Ask for one."
    assert Refusal("x", "No.").line() == "penstock: refused [x]: No."


def test_a_deny_is_worded_by_its_first_reason() -> None:
    rule = RuleId("r/1")
    deny = Deny((Reason(rule, "first", "One.", "Do."), Reason(rule, "second", "Two.")))
    assert refusal_of(deny) == Refusal("first", "One.", "Do.")


def test_a_deny_without_a_reason_still_refuses() -> None:
    assert refusal_of(Deny(())).code == "no_rule"


@given(st.text())
def test_a_refusal_can_not_move_a_cursor_whatever_its_parts_hold(text: str) -> None:
    line = Refusal("x", text, text).line()
    # Which characters Unicode has not given out yet, each version of Python knows for itself.
    assert all(one.isprintable() or unicodedata.category(one) == "Cn" for one in line)


@given(st.text(max_size=300))
def test_abuse_31_a_claimed_name_is_short_and_printable(text: str) -> None:
    assert len(shortened(text)) <= 64
    assert "\n" not in shortened(text)
    assert "\x1b" not in shortened(text)
