from typing import Any

import pytest

from policies.charter.documents import read_charter
from policies.charter.lint import Finding, lint
from tests.for_each import for_each
from tests.policies.plant import charter, ed25519_line, edited, files


def found(given: dict[str, bytes]) -> dict[str, Finding]:
    return {one.code: one for one in lint(read_charter(given))}


def test_the_sample_charter_has_nothing_to_reconsider_but_a_tool_that_lacks_a_document_on_purpose() -> None:
    assert [(one.code, one.note) for one in lint(charter())] == [("tool_undocumented", True)]


@for_each(
    ("name", "old", "new", "code", "subject"),
    [
        pytest.param(  # row: C08
            "conduits.toml", 'from = "dmz"', 'from = "office"', "skips_dmz", "conduit dmz-operations",
            id="a conduit from the office into operations skips the DMZ",
        ),
        pytest.param(  # row: C08
            "conduits.toml", 'from = "office"\nto = "dmz"', 'from = "operations"\nto = "office"', "skips_dmz",
            "conduit office-dmz", id="so does one from operations to the office",
        ),
        pytest.param(  # row: C07
            "conduits.toml", 'to = "pumping"', 'to = "safety"', "safety_conduit", "conduit dmz-pumping",
            id="a conduit into the safety zone",
        ),
        pytest.param(  # row: C07
            "conduits.toml", 'from = "office"', 'from = "safety"', "safety_conduit", "conduit office-dmz",
            id="a conduit out of the safety zone",
        ),
        pytest.param(  # row: C03
            "conduits.toml", 'purpose = "Fetching reports and updating the historian"', 'purpose = ""',
            "no_purpose", "conduit office-dmz", id="a conduit without a purpose",
        ),
        pytest.param(  # row: C01
            "conduits.toml", 'owner = "Olga Brandt, OT engineering"', 'owner = " "', "no_owner",
            "conduit dmz-operations", id="a conduit whose owner is blank",
        ),
        pytest.param(
            "conduits.toml", 'vendors = ["kestrel"]', 'vendors = ["kestrel", "brightwater"]', "idle_vendor",
            "conduit office-dmz", id="a vendor on a conduit that no contract brings there",
        ),
        pytest.param(  # row: B04
            "rights.toml", 'right = "connect"', 'right = "data_out"', "no_holder", "conduit office-dmz",
            id="a right that nobody holds",
        ),
        pytest.param(
            "rights.toml", 'deputy = "deniz"\n', "", "no_deputy", "conduit office-dmz",
            id="a right without a deputy",
        ),
        pytest.param(
            "vendors.toml", '["historian", "hmi-1"]', '["historian", "hmi-1", "plc-07"]',
            "unreachable_contract", "contract Support order KA-2207",
            id="a contract over an asset that no conduit leads the vendor to",
        ),
        pytest.param(
            "vendors.toml", 'audit = "BW-114, 9.4"\n', "", "incomplete_contract",
            "contract Maintenance agreement BW-114", id="a contract that lacks one of its terms",
        ),
        pytest.param(
            "people.toml", 'by = "olga"', 'by = "milo"', "admitted_without_right", "person ana",
            id="somebody admitted by a person without the right",
        ),
    ],
)  # fmt: skip
def test_what_is_found(name: str, old: str, new: str, code: str, subject: str) -> None:
    given = edited(name, old, new)
    if code == "no_holder":  # the sample already has a holder of data_out; he can't hold it twice
        given = edited("rights.toml", 'right = "data_out" # who decides', 'right = "connect" # who', given)
        given = edited("rights.toml", 'boundary = "riverside"\nholder = "petra"\ndeputy = "olga"',
                       'boundary = "safety"\nholder = "petra"\ndeputy = "olga"', given)  # fmt: skip
    finding = found(given)[code]
    assert finding.subject == subject
    assert finding.sentence.endswith(".")
    assert finding.remedy


def test_two_machines_with_one_host_key_are_found() -> None:
    given: Any = files(host_key_historian=ed25519_line(1))
    assert found(given)["shared_host_key"].subject == "asset historian"


def test_a_safety_asset_in_a_contract_is_no_finding_because_that_work_happens_on_site() -> None:
    assert "sis-1" in charter().vendors["brightwater"].contracts[0].assets
    assert "unreachable_contract" not in {one.code for one in lint(charter())}
