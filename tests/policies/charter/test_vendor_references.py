from policies.charter.documents import read_charter
from policies.charter.vendor_references import check_vendors
from tests.policies.plant import charter, edited


def test_a_vendor_whose_references_all_lead_somewhere_has_no_fault() -> None:
    """What each fault says is in test_vendor_tables.py; here only that the sample has none."""
    noted: list[str] = []
    check_vendors([], [], frozenset(), lambda key, tables: noted.extend(f"{key} {one}" for one in tables))
    assert noted == []
    assert read_charter(edited("vendors.toml", "# Companies", "# The companies")).digest == charter().digest
