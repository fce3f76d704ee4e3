import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broker.door.lobby.assets import NONE, assets, assets_json, assets_of
from domain.ids import AssetId, PersonId
from tests.policies.plant import CONTRACT_ENDS, MICRO, NOW, charter

ANA = PersonId("ana")


def listed(person: str, now: datetime = NOW) -> list[str]:
    return [one.id for one in assets_of(charter(), PersonId(person), now)]


def test_what_a_contract_names_and_a_conduit_leads_to_is_listed_by_id() -> None:
    assert listed("ana") == ["eng-ws-1", "gateway-1", "plc-07"]


def test_what_no_conduit_leads_to_is_not_listed_although_a_contract_names_it() -> None:
    (contract,) = charter().vendors[charter().people[ANA].vendor].contracts
    assert AssetId("sis-1") in contract.assets
    assert "sis-1" not in listed("ana")


def test_what_another_vendor_may_ask_for_is_not_there() -> None:
    assert not set(listed("ana")) & set(listed("ben"))


@pytest.mark.parametrize("person", ["petra", "nobody"])
def test_the_plant_s_own_people_and_strangers_are_shown_nothing(person: str) -> None:
    assert listed(person) == []
    assert assets(()) == NONE


def test_the_contract_s_last_instant_is_inside_and_its_end_is_not() -> None:
    assert listed("ana", CONTRACT_ENDS - MICRO)
    assert not listed("ana", CONTRACT_ENDS)
    assert not listed("ana", NOW - timedelta(days=3650))


def test_each_asset_is_listed_with_what_to_ask_for() -> None:
    shown = assets(assets_of(charter(), ANA, NOW))
    assert "eng-ws-1  Engineering station 1\n    ssh\n" in shown
    assert "plc-07  Pump controller 7\n    forward:5020 (modbus)\n" in shown


def test_an_asset_without_an_endpoint_says_so_and_a_hostile_name_stays_inert() -> None:
    asset = replace(charter().assets[AssetId("plc-07")], name="\x1b]0;x\x07", endpoints=())
    assert assets([asset]) == "plc-07  \\x1b]0;x\\x07\n    no way in\n"


def test_machines_get_one_line_of_ascii_json() -> None:
    text = assets_json(assets_of(charter(), ANA, NOW))
    assert (text.isascii(), text.count("\n")) == (True, 1)
    assert json.loads(text)[2] == {
        "asset": "plc-07",
        "name": "Pump controller 7",
        "endpoints": [{"protocol": "modbus", "port": 5020}],
    }
