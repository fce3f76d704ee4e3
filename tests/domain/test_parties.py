from domain.ids import AssetId, VendorId
from domain.parties import Contract, Vendor
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS


def test_a_vendor_is_covered_by_the_contracts_that_name_the_asset() -> None:
    service = Contract("S-1", TimeWindow(OPENS, CLOSES), frozenset({AssetId("plc-07")}))
    spares = Contract("S-2", TimeWindow(OPENS, CLOSES), frozenset({AssetId("hmi-2")}))
    vendor = Vendor(VendorId("acme"), "Acme Drives", (service, spares))
    assert vendor.covers(AssetId("plc-07")) == (service,)
    assert vendor.covers(AssetId("eng-ws-1")) == ()
