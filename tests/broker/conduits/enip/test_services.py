from broker.conduits.enip.services import (
    ASSEMBLY,
    CLASSES,
    COMMON,
    FILE,
    IDENTITY,
    OWN,
    SYMBOL,
    TAGS,
    action,
    listed,
    service,
)
from domain.access import Action


def test_whatever_changes_something_is_more_than_looking() -> None:
    """C11, D13."""
    assert {code for code, one in COMMON.items() if one.action is Action.VIEW} == {
        0x01,
        0x03,
        0x0E,
        0x11,
        0x17,
        0x18,
    }
    assert {code for code, one in COMMON.items() if one.action is Action.OVERRIDE} == {0x05, 0x06, 0x07}
    assert {code for code, one in TAGS.items() if one.action is Action.VIEW} == {0x4C, 0x52}
    for code, one in OWN[FILE].items():
        assert (one.action is Action.VIEW) is (code in {0x4B, 0x4D, 0x4F})


def test_an_output_that_is_set_is_operated_and_anything_else_configured() -> None:
    for klass, tag, takes in (
        (ASSEMBLY, False, Action.OPERATE),
        (None, True, Action.OPERATE),
        (SYMBOL, False, Action.OPERATE),
        (IDENTITY, False, Action.CONFIGURE),
        (0xF5, False, Action.CONFIGURE),
        (0x300, False, Action.CONFIGURE),
        (None, False, Action.CONFIGURE),
    ):
        assert action(COMMON[0x10], klass, tag=tag) is takes
        assert action(COMMON[0x0E], klass, tag=tag) is Action.VIEW
        assert action(COMMON[0x05], klass, tag=tag) is Action.OVERRIDE


def test_one_number_means_one_thing_for_one_class_and_nothing_for_the_next() -> None:
    assert service(0x4C, None, tag=True) is TAGS[0x4C]
    assert service(0x4C, FILE, tag=False) is OWN[FILE][0x4C]
    for klass in (IDENTITY, 0x67, 0x64, None):
        assert service(0x4C, klass, tag=False) is None
    assert service(0x54, SYMBOL, tag=False) is None


def test_the_list_has_each_service_once() -> None:
    rows = list(listed())
    sets = sum(one.sets for one in COMMON.values())
    assert (
        len({code for code, _name, _action in rows})
        == len(rows)
        == len(COMMON) + sets + sum(map(len, OWN.values()))
    )
    assert set(OWN) <= set(CLASSES)
