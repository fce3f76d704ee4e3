from dataclasses import replace

import pytest

from broker.console.requests.keys import Key, keys_of
from domain.access import Grant, PassageKind
from domain.ids import ConduitId, PersonId
from domain.plant import Outflow
from domain.rights import DecisionRight
from policies.asked import asked_again
from policies.engine import decide
from tests.broker.console.house import House
from tests.broker.console.requests.test_routes import FORM
from tests.policies.plant import charter, charter_with, facts, permit

WAY = charter().conduits[ConduitId("dmz-operations")]
GOVERNED = {**charter().conduits, WAY.id: replace(WAY, data_out=frozenset({Outflow.SFTP}))}
WISH = asked_again(permit(grants=(Grant(PassageKind.SFTP),)))
PETRA, DENIZ, OLGA = map(PersonId, ("petra", "deniz", "olga"))
CONNECT = Key(DecisionRight.CONNECT, 1, (PETRA, DENIZ))


@pytest.mark.parametrize(
    ("conduits", "keys"),
    [
        pytest.param(charter().conduits, (CONNECT,), id="one right"),
        pytest.param(GOVERNED, (CONNECT, Key(DecisionRight.DATA_OUT, 1, (PETRA, OLGA))), id="two rights"),
    ],
)
def test_every_right_is_a_key_of_its_own(conduits: dict, keys: tuple[Key, ...]) -> None:
    known = facts(charter=charter_with(conduits=conduits))
    assert keys_of(WISH, decide(WISH, known, known.charter.rules), known) == keys


def test_where_nobody_is_asked_there_is_no_key() -> None:
    shut = facts(isolated=frozenset({"all"}))
    assert keys_of(WISH, decide(WISH, shut, shut.charter.rules), shut) == ()


async def test_whoever_asks_reads_that_both_rights_must_say_yes(house: House) -> None:
    house.charter = charter_with(conduits=GOVERNED)
    async with await house.sign_in("ana") as ana:
        page = (await ana.post("/request/review", data=FORM)).text
    assert "once P. Vos or D. Aydin (connect), and P. Vos or O. Brandt (data out) approved it" in page
