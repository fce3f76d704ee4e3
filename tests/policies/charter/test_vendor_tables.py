import tomllib
from zoneinfo import ZoneInfo

import pytest

from domain.errors import ConfigError
from domain.parties import Instruction, Term, Tool, Vendor
from policies.charter.documents import CharterError, read_charter
from policies.charter.places import Places
from policies.charter.table import Source, Table
from policies.charter.vendor_tables import read_tool, read_vendor
from tests.for_each import for_each
from tests.policies.plant import CONTRACT_ENDS, charter, edited, files

HERE = ZoneInfo("Europe/Amsterdam")
NAME = "vendors.toml"


def first(key: str, old: str = "", new: str = "") -> Table:
    text = files()[NAME].decode()
    assert old in text
    text = text.replace(old, new, 1) if old else text
    return Table(Source(NAME, Places(text)), (key, 0), tomllib.loads(text)[key][0], key)


def vendor(old: str = "", new: str = "") -> Vendor | None:
    return read_vendor(first("vendor", old, new), HERE)


def tool(old: str = "", new: str = "") -> Tool | None:
    return read_tool(first("tool", old, new))


def faults(old: str, new: str) -> tuple[ConfigError, ...]:
    with pytest.raises(CharterError) as caught:
        read_charter(edited(NAME, old, new))
    return caught.value.faults


def test_a_vendor_is_read_with_its_contract() -> None:
    found = vendor()
    assert found is not None
    assert found.contracts[0].reference == "Maintenance agreement BW-114"
    assert found.contracts[0].window.end == CONTRACT_ENDS
    assert (found.tools, found.networks[0]) == (
        {"openssh", "asyncssh", "paramiko", "winscp", "putty", "libssh", "browser"}, "192.0.2.0/24"
    )  # fmt: skip


def test_a_contract_over_a_product_is_one_over_the_assets_of_that_product() -> None:
    found = vendor()
    assert found is not None
    assert found.contracts[0].assets == {"eng-ws-1", "sis-1", "plc-07", "gateway-1"}
    assert [one.id for one in found.products_of(charter().assets["plc-07"].id)] == ["bw-drives"]


def test_a_contract_may_name_products_alone() -> None:
    line = 'assets = ["eng-ws-1", "sis-1"] # sis-1 on site only: its zone is a safety zone\n'
    found = vendor(line, "")
    assert found is not None
    assert found.contracts[0].assets == {"plc-07", "gateway-1"}


@pytest.mark.parametrize("term", Term)
def test_a_term_left_out_of_a_contract_is_missing_and_no_fault(term: Term) -> None:
    """I09: the charter can be written before the contract is complete; a rule refuses until it is."""
    found = vendor(f"\n{term} = ", "\n# ")
    assert found is not None
    assert found.contracts[0].missing == (term,)


def test_a_contract_without_any_terms_lacks_them_all() -> None:
    text = files()[NAME].decode()
    block = text[text.index("[vendor.contract.terms]") : text.index('[[vendor]]\nid = "kestrel"')]
    found = vendor(block, "")
    assert found is not None
    assert found.contracts[0].missing == tuple(Term)


@pytest.mark.parametrize("document", Instruction)
def test_a_tool_without_one_of_its_documents_is_not_documented(document: Instruction) -> None:
    """I08: install, configure, operate, terminate must be on file."""
    whole, without = tool(), tool(f"\n{document} = ", "\n# ")
    assert whole is not None
    assert without is not None
    assert (whole.documented, without.documented) == (True, False)


def test_a_tool_is_known_by_how_its_version_string_begins() -> None:
    found = tool()
    assert found is not None
    assert found.is_client("SSH-2.0-OpenSSH_9.6p1 Debian-4")
    assert not found.is_client("SSH-2.0-PuTTY_Release_0.80")
    assert not found.is_client("")


@for_each(
    ("old", "new", "says"),
    [
        pytest.param('"SSH-2.0-OpenSSH_"', '"SSH-2.0-"', "one client's version string", id="every client"),
        pytest.param('"SSH-2.0-OpenSSH_"', '"OpenSSH"', "one client's version string", id="no such string"),
        pytest.param('"SSH-2.0-WinSCP_"', '"SSH-2.0-OpenSSH_for_Windows"', "already the tool", id="two tools"),
        pytest.param('"192.0.2.0/24"', '"192.0.2.1/24"', "is not a network", id="host bits"),
        pytest.param('"192.0.2.0/24"', '"0.0.0.0/0"', "is everywhere", id="everywhere"),
        pytest.param('"192.0.2.0/24"', '"192.0.2.1"', "another written form", id="an address"),
        pytest.param('"192.0.2.0/24"', '"vpn.example"', "is not a network", id="a name"),
        pytest.param('"openssh", "asyncssh", "paramiko"', '"openssh", "teamviewer"', "no tool 'teamviewer'", id="an unknown tool"),
        pytest.param('["bw-drives"]', '["bw-pumps"]', "no product of the vendor 'bw-pumps'", id="an unknown product"),
        pytest.param('["plc-07", "gateway-1"]', '["plc-7"]', "no asset 'plc-7'", id="an unknown asset"),
        pytest.param('id = "northgate"', 'id = "North Gate"', "not an id", id="a sub-contractor without an id"),
        pytest.param("supported_until = 2027-01-01", 'supported_until = "soon"', "not a date", id="support until soon"),
        pytest.param('exit = "BW-114', 'exits = "BW-114', "'exits' is not a field", id="a term misspelt"),
        pytest.param('terminate = "Instruction OT-31', 'remove = "Instruction OT-31', "'remove' is not a field", id="a document misspelt"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_line_and_remedy(old: str, new: str, says: str) -> None:
    matching = [one for one in faults(old, new) if says in one.fact]
    assert matching
    assert all(one.file == NAME and one.line and one.remedy for one in matching)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("assets = [", "asset = [", id="a product makes its vendor faulty"),
        pytest.param('reference = "', 'references = "', id="a contract makes its vendor faulty"),
        pytest.param(
            'name = "Northgate', 'names = "Northgate', id="a sub-contractor makes its vendor faulty"
        ),
    ],
)
def test_a_table_with_a_fault_gives_nothing(old: str, new: str) -> None:
    assert vendor(old, new) is None


def test_two_vendors_products_have_different_ids() -> None:
    twice = '[[vendor.product]]\nid = "bw-drives"\nname = "Other"\nassets = ["hmi-1"]\n'
    old = '[[vendor.contract]]\nreference = "Support order KA-2207"'
    assert any("already taken" in one.fact for one in faults(old, f"{twice}\n{old}"))
