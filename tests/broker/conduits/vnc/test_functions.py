from broker.conduits.vnc.functions import FROM_THE_PLANT, FUNCTIONS, NEVER, listed
from domain.access import Action
from domain.plant import Protocol
from domain.vocabulary import VOCABULARY


def test_looking_takes_view_and_what_reaches_the_desktop_takes_more() -> None:
    by_name = {one.name: one.action for one in FUNCTIONS.values()}
    assert {name for name, action in by_name.items() if action is Action.VIEW} == {"screen"}
    assert by_name["power"] is Action.OVERRIDE


def test_a_limit_can_name_each_but_the_screen() -> None:
    named = {one.name for one in FUNCTIONS.values()} | {FROM_THE_PLANT.name}
    words = VOCABULARY[Protocol.VNC]
    assert words.uses == named - {"screen"}
    assert words.only_named == {one.name for one in (*FUNCTIONS.values(), FROM_THE_PLANT) if one.listed}


def test_what_moves_files_never_stands_among_what_may_pass() -> None:
    assert not NEVER.keys() & FUNCTIONS.keys()
    assert len(list(listed())) == len(FUNCTIONS) + 1
