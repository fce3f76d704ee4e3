from dataclasses import replace

import pytest

from domain.access import ConnectionMethod
from domain.ids import ToolId
from policies.rules.client_in_permit import ClientInPermit
from tests.policies.plant import KEY, asking, facts, standing, wanting, word

RULE = ClientInPermit()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "accept", id="as asked for"),
        pytest.param({"client": "SSH-2.0-WinSCP_release_6.3"}, "tool_not_in_permit", id="another tool"),
        pytest.param({"client": ""}, "tool_not_in_permit", id="no tool"),
        pytest.param({"key": KEY[::-1]}, "key_not_in_permit", id="another key"),
        pytest.param({"key": ""}, "key_not_in_permit", id="no key"),
        pytest.param(
            {"source": "2001:db8:17::9"}, "source_not_in_permit", id="another network of the vendor's"
        ),
        pytest.param({"source": "local"}, "source_not_in_permit", id="from nowhere"),
        pytest.param({"method": None}, "method_not_in_permit", id="by no method"),
    ],
)
def test_a_permit_is_good_for_the_client_that_it_names(changes: dict[str, str], expected: str) -> None:
    """B05, I07: tool, method, client identity and place are part of what was approved."""
    assert word(RULE, wanting(**changes), facts()) == expected


def test_a_permit_for_the_browser_is_for_the_browser_and_for_a_key_that_was_certified_for_it() -> None:
    """B05: a key that stands in no charter is worth something under the one permit that it was made for."""
    browser = replace(
        standing(tools=frozenset({ToolId("openssh")})).permit,
        method=ConnectionMethod.BROWSER,
        keys=frozenset(),
    )
    known = facts(standings=(replace(standing(), permit=browser),))
    there = {"method": ConnectionMethod.BROWSER, "key": "SHA256:fresh"}
    assert word(RULE, wanting(**there, permit=browser.id), known) == "accept"
    assert word(RULE, wanting(**there), known) == "key_not_in_permit"
    assert word(RULE, wanting(permit=browser.id), known) == "method_not_in_permit"
    assert word(RULE, wanting(**there), facts()) == "method_not_in_permit"


def test_a_permit_for_two_tools_is_good_for_either() -> None:
    both = standing(tools=frozenset({ToolId("openssh"), ToolId("winscp")}))
    assert word(RULE, wanting(client="SSH-2.0-WinSCP_release_6.3"), facts(standings=(both,))) == "accept"


def test_without_a_permit_and_while_asking_it_has_nothing_to_say() -> None:
    assert word(RULE, wanting(), facts(standings=())) == "abstain"
    assert word(RULE, asking(), facts()) == "abstain"
