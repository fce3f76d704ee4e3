from domain.limits import limit_of
from domain.plant import Form
from domain.vocabulary import METHODS, NODES, OBJECTS, TAGS, VOCABULARY, Names, forms, table_of, width
from tests.for_each import for_each


@for_each("names, name, holders", [
    (TAGS, "Speed", [("Speed", True)]),
    (TAGS, "Speed[3]", [("Speed[3]", True), ("Speed", True)]),
    (TAGS, "A[1][2]", [("A[1][2]", True), ("A", True), ("A[1]", True)]),
    (TAGS, "Line1.Speed[3]", [("Line1.Speed[3]", True), ("Line1", False), ("Line1.Speed", True)]),
    (TAGS, "Line[1].Speed", [("Line[1].Speed", True), ("Line", False), ("Line[1]", False)]),
    (OBJECTS, "identity 1", [("identity 1", True), ("identity", False)]),
    (
        OBJECTS, "discrete output group 2 attribute 3",
        [
            ("discrete output group 2 attribute 3", True), ("discrete output group", False),
            ("discrete output group 2", False),
        ],
    ),
    (OBJECTS, "class 0x300 1", [("class 0x300 1", True), ("class 0x300", False)]),
    (NODES, "ns=2;s=Line.Speed[3]", [("ns=2;s=Line.Speed[3]", True)]),
    (METHODS, "ns=2;s=Start of i=85", [("ns=2;s=Start of i=85", True), ("ns=2;s=Start", False)]),
])  # fmt: skip
def test_what_holds_a_name_and_whether_its_bounds_are_the_name_s_own(
    names: Names, name: str, holders: list[tuple[str, bool]]
) -> None:
    assert list(names.holders(name)) == holders


@for_each("names, right, name", [
    (TAGS, True, "Program:Main.Speed"), (TAGS, False, "Größe"), (OBJECTS, True, "class 0x300 5 attribute 1"),
    (OBJECTS, False, "assembly attribute 3"), (OBJECTS, False, "relay 3"), (NODES, True, "i=2259"),
    (NODES, False, "ns=0;i=2259"), (NODES, False, "Speed"), (NODES, True, "ns=2;g=00000000-0000-0000-0000-000000000001"),
    (METHODS, True, "ns=2;s=Start"), (METHODS, False, "ns=2;s="), (METHODS, True, "ns=2;s=Start of ns=2;i=5"),
])  # fmt: skip
def test_how_a_name_is_written(names: Names, right: bool, name: str) -> None:
    assert bool(names.form.fullmatch(name)) is right


def test_a_value_takes_as_many_neighbours_as_it_has_bytes_or_registers() -> None:
    register = table_of(limit_of("modbus read holding registers"))
    byte = table_of(limit_of("s7 read data"))
    assert register is not None
    assert byte is not None
    assert [width(one, byte) for one in (Form.PLAIN, Form.SIGNED, Form.SIGNED_16, Form.FLOAT_32)] == [
        1,
        1,
        2,
        4,
    ]
    assert [width(one, register) for one in (Form.PLAIN, Form.SIGNED, Form.FLOAT_32_LOW_FIRST)] == [1, 1, 2]
    assert Form.UNSIGNED_16 not in forms(register)
    assert Form.FLOAT_32_LOW_FIRST not in forms(byte)
    assert table_of(limit_of("modbus use report server id")) is None


def test_every_kind_of_place_is_numbered_or_named() -> None:
    for words in VOCABULARY.values():
        for table in words.tables.values():
            assert (table.names is None) is (table.last >= 0)
