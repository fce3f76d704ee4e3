"""The rules in force: a table to values."""

from difflib import get_close_matches

from domain.ids import RuleId
from policies.charter.table import Table
from policies.rule import Rule
from policies.rules import MANDATORY, REGISTERED


def read_rules(table: Table) -> tuple[Rule, ...]:
    """The rules that ``in_force`` names, in the order in which their reasons are shown."""
    named = {RuleId(one) for one in table.texts("in_force")}
    meant: set[RuleId] = set()
    for one in sorted(named - REGISTERED.keys()):
        near = get_close_matches(one, REGISTERED, n=1, cutoff=0.8)
        meant.update(RuleId(each) for each in near)
        table.fault(
            "in_force",
            f"this version knows no rule '{one:.60}'.",
            f"Did you mean '{near[0]}'?" if near else "docs/charter.md lists the rules and their ids.",
            one,
        )
    missing = sorted(MANDATORY - named - meant)
    if named and missing:
        table.fault(
            "in_force",
            f"these rules may not be left out: {', '.join(missing)}.",
            "Add them; they are what keeps the plant shut by default.",
        )
    table.done()
    return tuple(rule for rule_id, rule in REGISTERED.items() if rule_id in named)
