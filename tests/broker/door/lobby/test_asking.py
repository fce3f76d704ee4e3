from dataclasses import replace
from ipaddress import ip_address

from broker.door.lobby.asking import QUESTIONS, blank, usual
from broker.door.lobby.commands import command
from domain.access import Grant, RequestField
from domain.ids import PersonId
from domain.plant import Endpoint, Protocol
from tests.clock import FrozenClock
from tests.domain.samples import asset
from tests.peers.cell import cell_charter

HERE = ip_address("127.0.0.1")


def test_what_is_meant_when_nothing_is_named_fits_what_the_asset_has() -> None:
    ssh, modbus = Endpoint(Protocol.SSH, HERE, 22, ("key",)), Endpoint(Protocol.MODBUS, HERE, 502)
    programs = tuple(map(Grant.of, ("shell", "exec", "sftp", "scp")))
    assert usual(None) == programs
    assert usual(replace(asset(), endpoints=(ssh, modbus))) == programs
    assert usual(replace(asset(), endpoints=(modbus,))) == (Grant.of("forward:502"),)


def test_who_has_no_way_there_is_asked_nothing_and_each_question_has_its_words() -> None:
    said = command("ask eng-ws-1 --for 1h")
    assert blank(cell_charter(FrozenClock()), said, PersonId("nobody")) == ()
    assert set(QUESTIONS) == set(RequestField)
