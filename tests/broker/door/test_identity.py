import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import sampled_from

from broker.door.identity import NameChanged, SignIn
from domain.ids import PersonId

TOKEN = "abcdefghijklmnopqrstuvwxyz"


def begun(user_name: str = "ana") -> SignIn:
    sign_in = SignIn()
    sign_in.begin(user_name)
    return sign_in


def test_key_then_code_completes() -> None:
    sign_in = begun("ana+eng-ws-1")
    assert sign_in.key_proved("ana+eng-ws-1", "ana", "key")
    assert not sign_in.complete
    assert sign_in.code_proved("ana+eng-ws-1")
    assert sign_in.complete
    assert sign_in.attended
    assert sign_in.factors == ("publickey", "code")


def test_a_code_without_a_key_counts_for_nothing() -> None:
    sign_in = begun()
    assert not sign_in.code_proved("ana")
    assert not sign_in.complete


def test_a_name_changed_on_the_way_ends_the_attempt() -> None:
    with pytest.raises(NameChanged):
        begun().begin("bo")


def test_a_key_of_somebody_else_is_not_credited() -> None:
    assert not begun().key_proved("ana", "bo", "key")


def test_a_second_key_of_another_person_is_not_credited() -> None:
    sign_in = begun(f"permit-{TOKEN}")
    assert sign_in.key_proved(f"permit-{TOKEN}", "ana", "key")
    assert not sign_in.key_proved(f"permit-{TOKEN}", "bo", "other")
    assert sign_in.person == "ana"


def test_a_pinned_permit_leaves_the_person_to_the_key() -> None:
    assert begun(f"permit-{TOKEN}").may_be(f"permit-{TOKEN}", "bo")


def test_a_bad_asset_still_lets_its_person_in_to_be_told() -> None:
    assert begun("ana+PLC").may_be("ana+PLC", "ana")
    assert not begun("ana+PLC").may_be("ana+PLC", "bo")


def test_an_unlocked_key_is_in_but_unattended() -> None:
    sign_in = begun()
    sign_in.key_proved("ana", "ana", "key")
    sign_in.unlocked = True
    assert sign_in.complete
    assert not sign_in.attended
    assert sign_in.factors == ("publickey", "unlocked")


class Interleaved(RuleBasedStateMachine):
    """Whatever order names and factors come in, they are credited to the bound name or to nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.sign_in = SignIn()
        self.bound: str | None = None
        self.proved: set[str] = set()

    @rule(name=sampled_from(["ana", "bo", "ana+plc-07"]))
    def begin(self, name: str) -> None:
        try:
            self.sign_in.begin(name)
        except NameChanged:
            assert self.bound not in (None, name)
        else:
            self.bound = self.bound or name
            assert self.bound == name

    @rule(name=sampled_from(["ana", "bo", "ana+plc-07"]), person=sampled_from(["ana", "bo", None]))
    def key(self, name: str, person: str | None) -> None:
        if self.sign_in.key_proved(name, person, f"key of {person}"):
            assert name == self.bound
            self.proved.add(str(person))

    @rule(name=sampled_from(["ana", "bo", "ana+plc-07"]))
    def code(self, name: str) -> None:
        if self.sign_in.code_proved(name):
            assert name == self.bound

    @rule(name=sampled_from(["ana", "bo", "ana+plc-07"]))
    def browser(self, name: str) -> None:
        if self.sign_in.browser_proved(name):
            assert name == self.bound

    @invariant()
    def whoever_is_in_holds_the_key_that_the_name_names(self) -> None:
        if self.sign_in.complete:
            assert self.proved == {self.sign_in.person}
            assert self.bound is not None
            assert self.bound.partition("+")[0] == self.sign_in.person


TestInterleaved = Interleaved.TestCase


def test_the_evidence_says_by_what_somebody_came_in() -> None:
    for prove, factors, attended in (
        ("code_proved", ("publickey", "code"), True),
        ("browser_proved", ("publickey", "passkey"), True),
    ):
        sign_in = SignIn()
        sign_in.begin("ana")
        assert not getattr(sign_in, prove)("ana"), "the key comes first"
        sign_in.key_proved("ana", PersonId("ana"), "key")
        assert not sign_in.complete
        assert getattr(sign_in, prove)("ana")
        assert (sign_in.complete, sign_in.factors, sign_in.attended) == (True, factors, attended)
