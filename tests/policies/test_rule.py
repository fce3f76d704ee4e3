import ast
import re

from policies.rule import Abstain, Rule
from policies.rules import REGISTERED
from tests.for_each import for_each
from tests.policies.plant import SAMPLE, asking, charter, facts, wanting

DOCUMENT = SAMPLE.parents[2] / "docs" / "charter.md"


@for_each("rule", REGISTERED.values(), ids=lambda one: one.id)
def test_a_rule_has_one_id_one_file_and_a_place_in_the_document(rule: Rule) -> None:
    name, _, number = rule.id.partition("/")
    assert re.fullmatch(r"[a-z-]+/[1-9]\d*", rule.id)
    assert type(rule).__module__ == f"policies.rules.{name.replace('-', '_')}" + (
        "" if number == "1" else f"_{number}"
    )
    assert f"`{rule.id}`" in DOCUMENT.read_text()


@for_each("rule", REGISTERED.values(), ids=lambda one: one.id)
def test_a_rule_gives_the_same_verdict_twice_and_has_something_to_say(rule: Rule) -> None:
    said = [rule.judge(request, facts()) for request in (wanting(), asking(), wanting(), asking())]
    assert said[:2] == said[2:]
    assert any(not isinstance(one, Abstain) for one in said)


def test_rules_are_one_object_each_in_every_charter() -> None:
    assert charter().rules == tuple(REGISTERED.values())


def test_every_code_that_a_rule_can_refuse_with_is_in_the_document() -> None:
    policies = SAMPLE.parents[2] / "policies"
    calls = [
        node
        for file in policies.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    places = {"Refuse": 0, "Reason": 1, "Finding": 0, "Require": 2}
    codes = {
        text
        for call in calls
        if call.func.id in places
        for argument in call.args[places[call.func.id] : places[call.func.id] + 1]
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(text := node.value, str)
    }
    assert len(codes) > 50
    written = DOCUMENT.read_text()
    assert [code for code in sorted(codes) if f"`{code}`" not in written] == []


def test_every_field_and_file_of_the_sample_is_in_the_document() -> None:
    written = DOCUMENT.read_text()
    for file in SAMPLE.glob("*.toml"):
        assert f"`{file.name}`" in written
        for field in re.findall(r"^([a-z_]+) =", file.read_text(), flags=re.MULTILINE):
            assert f"{field}`" in written or f"`{field} " in written, field
