import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import AccessRequest, Decision, Deny, Grant, NeedsApproval, PassageKind, Reason
from domain.ids import AssetId, PersonId, RuleId
from domain.rights import DecisionRight
from policies.engine import decide, findings
from policies.explain import NOT_AVAILABLE, Audience, awaited, outward, refusal_line, rows, sentences, table
from policies.facts import Facts
from policies.rules import REGISTERED
from tests.for_each import for_each
from tests.policies.plant import asking, charter, facts, wanting

RULES = charter().rules
ASSETS = (*sorted(charter().assets), "no-such-thing")


def denied(request: AccessRequest, given_facts: Facts | None = None) -> Deny:
    decision: Decision = decide(request, given_facts or facts(), RULES)
    assert isinstance(decision, Deny)
    return decision


def test_a_refusal_is_one_line_with_its_code_and_what_to_do() -> None:
    line = refusal_line(denied(wanting((Grant(PassageKind.AGENT),))))
    assert line == (
        "penstock: refused [agent_forwarding_refused]: Agent forwarding would lend the vendor's keys to a "
        "machine of the plant. What to do: Connect without -A (ForwardAgent no)."
    )


def test_a_refusal_without_a_remedy_says_nothing_of_one() -> None:
    assert refusal_line(Deny((Reason(RuleId("x/1"), "no", "No."),))) == "penstock: refused [no]: No."


def test_a_refusal_without_a_reason_is_silence() -> None:
    assert refusal_line(Deny(())).startswith("penstock: refused [no_rule]: ")


@given(st.text())
def test_whatever_was_asked_for_the_line_stays_one_line_without_control_characters(name: str) -> None:
    for request in (wanting(asset=AssetId(name)), wanting(person=PersonId(name))):
        assert refusal_line(denied(request)).isprintable()


@for_each(
    "change",
    [
        pytest.param(facts, id="in order"),
        pytest.param(lambda: facts(isolated=frozenset({"all"})), id="everything isolated"),
        pytest.param(
            lambda: facts(isolated=frozenset({"zone:dmz", "asset:historian"})), id="the other's zone isolated"
        ),
        pytest.param(lambda: facts(faults=("disk",)), id="the node has a fault"),
        pytest.param(lambda: facts(states={}), id="no state known"),
        pytest.param(lambda: facts(standings=()), id="no permit"),
    ],
)
@for_each("shape", [wanting, asking])
@for_each("passage", [Grant(PassageKind.SHELL), Grant(PassageKind.FORWARD, 22), Grant(PassageKind.TUN)])
def test_to_a_vendor_an_asset_of_no_concern_reads_like_one_that_does_not_exist(
    change: Callable[[], Facts], shape: Callable[..., AccessRequest], passage: Grant
) -> None:
    lines = {
        refusal_line(denied(shape((passage,), asset=AssetId(asset)), change()))
        for asset in ("historian", "hmi-1", "no-such-thing")
    }
    assert len(lines) == 1


@pytest.mark.parametrize("asset", ASSETS)
def test_to_somebody_not_admitted_every_asset_reads_alike(asset: str) -> None:
    stranger = denied(wanting(asset=AssetId(asset), person=PersonId("stranger")))
    assert outward(stranger).code == "person_unknown"
    assert asset not in refusal_line(stranger)


def test_the_auditor_reads_the_exact_code_where_the_vendor_does_not() -> None:
    decision = denied(wanting(asset=AssetId("historian")))
    assert outward(decision) == NOT_AVAILABLE
    assert decision.reasons[0].code == "no_contract"
    exact = sentences(decision, charter(), Audience.AUDITOR)
    assert (
        exact[0]
        == "vendor-under-contract/1 [no_contract]: No contract of Brightwater Drives names historian."
    )
    vendor = sentences(decision, charter(), Audience.VENDOR)
    assert vendor == (NOT_AVAILABLE.sentence, NOT_AVAILABLE.remedy)
    holder = sentences(decision, charter(), Audience.HOLDER)
    assert holder[0] == "No contract of Brightwater Drives names historian."


def test_each_reader_is_told_of_an_opening_in_their_own_measure() -> None:
    decision = decide(wanting(), facts(), RULES)
    head = f"Open until 2026-06-01 13:00 Europe/Amsterdam, on the permit {'a' * 26}."
    assert sentences(decision, charter(), Audience.VENDOR) == (head,)
    assert sentences(decision, charter(), Audience.HOLDER) == (head,)
    assert len(sentences(decision, charter(), Audience.AUDITOR)) == 1 + len(REGISTERED)


def test_where_several_rights_must_agree_nobody_is_told_that_one_of_them_is_enough() -> None:
    both = frozenset({DecisionRight.CONNECT, DecisionRight.DATA_OUT})
    waits = NeedsApproval((), both, (PersonId("petra"), PersonId("deniz")))
    assert awaited(waits, charter().people) == "Petra Vos, Deniz Aydin"
    assert (
        awaited(replace(waits, rights=frozenset({DecisionRight.CONNECT})), charter().people)
        == "Petra Vos or Deniz Aydin"
    )


def test_whoever_waits_is_told_for_whom_by_name() -> None:
    decision = decide(asking(), facts(), RULES)
    assert sentences(decision, charter(), Audience.VENDOR) == ("Waiting for Petra Vos or Deniz Aydin.",)
    assert sentences(decision, charter(), Audience.HOLDER) == (
        "Petra Vos or Deniz Aydin may decide under the right 'connect'.",
        "The plant must approve this.",
    )


def test_the_verdict_table_has_every_rule_and_survives_json() -> None:
    found = findings(wanting(asset=AssetId("sis-1")), facts(), RULES)
    again = json.loads(json.dumps(rows(found)))
    assert [one["rule"] for one in again] == list(REGISTERED)
    assert {one["verdict"] for one in again} == {"accept", "refuse", "abstain"}
    assert all(one["sentence"].endswith(".") for one in again)
    assert all(bool(one["code"]) == (one["verdict"] == "refuse") for one in again)


def test_the_verdict_table_reads_a_rule_a_line_and_its_remedy_below() -> None:
    lines = table(findings(asking(asset=AssetId("eng-ws-1")), facts(), RULES)).splitlines()
    assert lines[0].startswith("passage-grantable/1 ")
    assert any("require" in line and "[needs_approval]" in line for line in lines)
    refused = table(findings(wanting(asset=AssetId("sis-1")), facts(), RULES)).splitlines()
    at = next(n for n, line in enumerate(refused) if "[safety_zone_closed]" in line)
    assert refused[at + 1].strip() == "What to do: Work on site, with the plant's safety engineer."
