from broker.conduits.iec104.asdu import FORMS
from broker.conduits.iec104.types import EVERYBODY, FREEZE, SIZES, TYPES, listed
from domain.access import Action


def test_whatever_changes_something_is_more_than_looking() -> None:
    """C11, D13: commands operate, parameters and files and the clock configure, a reset overrides."""
    for number, one in TYPES.items():
        expected = (
            Action.OPERATE if number in {*range(45, 52), *range(58, 65)}
            else Action.CONFIGURE if number in {103, 110, 111, 112, 113, 120, 121, 123, 125}
            else Action.OVERRIDE if number == 105
            else Action.VIEW
        )  # fmt: skip
        assert one.action is expected, one.name
    assert FREEZE.action is Action.CONFIGURE


def test_only_what_a_controlling_station_sends_stands_in_the_table() -> None:
    """What a station tells (1 to 40, 70, 126) comes from the vendor never; from 128 on they are makers' own."""
    assert set(TYPES) == {
        *range(45, 52), *range(58, 65), *range(100, 106), 107, *range(110, 114), *range(120, 126), 127,
    }  # fmt: skip
    assert set(TYPES) <= set(SIZES)
    assert set(TYPES) >= EVERYBODY
    assert {one.form for one in TYPES.values()} - {""} <= set(FORMS)


def test_the_list_has_every_type_and_what_a_qualifier_makes_of_two() -> None:
    rows = list(listed())
    assert len(rows) == len(TYPES) + 3 == len({code for code, _name, _action in rows})
