import pytest

from domain.ids import PersonId, ToolId
from policies.rules.tool_accepted import ToolAccepted
from tests.policies.plant import asking, facts, wanting, word

RULE = ToolAccepted()


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        pytest.param("SSH-2.0-OpenSSH_9.6p1 Debian-4", "accept", id="one on the list"),
        pytest.param("SSH-2.0-WinSCP_release_6.3", "accept", id="another one"),
        pytest.param("SSH-2.0-Renci.SshNet", "tool_unknown", id="an unknown fingerprint"),
        pytest.param("SSH-2.0-libssh_0.10.6", "tool_unknown", id="one without all its documents"),
        pytest.param("SSH-2.0-openssh_9.6", "tool_unknown", id="other letters"),
        pytest.param("", "tool_unknown", id="one that does not say"),
    ],
)
def test_only_tools_on_the_list_come_in(client: str, expected: str) -> None:
    """I07: an unknown client fingerprint is refused."""
    assert word(RULE, wanting(client=client), facts()) == expected
    assert word(RULE, asking(client=client), facts()) == (expected if client else "tool_not_stated")


def test_a_tool_of_another_vendor_is_unknown_here() -> None:
    ben = wanting(person=PersonId("ben"), client="SSH-2.0-WinSCP_release_6.3")
    assert word(RULE, ben, facts()) == "tool_unknown"


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        pytest.param({"openssh"}, "accept", id="one"),
        pytest.param({"openssh", "winscp"}, "accept", id="two"),
        pytest.param({"openssh", "libssh"}, "tool_unknown", id="one that is not documented"),
        pytest.param({"teamviewer"}, "tool_unknown", id="one that nobody knows"),
        pytest.param(set(), "tool_not_stated", id="none"),
    ],
)
def test_while_asking_only_documented_tools_can_be_chosen(tools: set[str], expected: str) -> None:
    """I08: a tool without its documents is not selectable."""
    request = asking(client="", tools=frozenset(map(ToolId, tools)))
    assert word(RULE, request, facts()) == expected


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_whoever_is_of_no_vendor_is_other_rules_matter(person: str) -> None:
    assert word(RULE, wanting(person=PersonId(person)), facts()) == "abstain"
