from domain.access import ConnectionMethod
from domain.ids import ToolId
from policies.tools import BROWSER, by_method, selectable, tool_of
from tests.policies.plant import charter


def test_a_client_is_one_tool_or_none() -> None:
    assert tool_of(charter(), "SSH-2.0-OpenSSH_for_Windows_9.5") == "openssh"
    assert tool_of(charter(), "SSH-2.0-Nmap-SSH2-Hostkey") is None
    assert tool_of(charter(), "") is None


def test_a_tool_without_all_its_documents_can_not_be_chosen() -> None:
    """I08."""
    vendor = charter().vendors["brightwater"]  # type: ignore[index]
    assert "libssh" in vendor.tools
    assert selectable(charter(), vendor) == {"openssh", "asyncssh", "paramiko", "winscp", "putty", "browser"}


def test_the_browser_is_a_tool_by_its_own_method_and_no_other_is() -> None:
    tools = frozenset({ToolId("openssh"), ToolId("browser")})
    assert by_method(charter(), tools, ConnectionMethod.BROWSER) == {"browser"}
    assert by_method(charter(), tools, ConnectionMethod.SSH) == {"openssh"}
    assert tool_of(charter(), BROWSER) == "browser"
