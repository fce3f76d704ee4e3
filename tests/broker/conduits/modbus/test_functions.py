from broker.conduits.modbus.functions import FUNCTIONS, SUB_FUNCTIONS, listed
from domain.access import Action


def test_whatever_writes_is_more_than_looking() -> None:
    for function in (*FUNCTIONS.values(), *SUB_FUNCTIONS.values()):
        writes = bool(function.writes) or function.name.startswith(
            ("write", "clear", "change", "force", "restart")
        )
        assert (function.action is not Action.VIEW) is writes, function.name


def test_only_what_the_protocol_names_stands_in_the_table() -> None:
    """User-defined codes, 65 to 72 and 100 to 110, and makers' own are missing on purpose."""
    assert set(FUNCTIONS) == {1, 2, 3, 4, 5, 6, 7, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43}


def test_every_function_is_listed_with_what_it_takes_in_the_order_of_the_codes() -> None:
    rows = list(listed())
    assert rows[0] == ("1", "read coils", Action.VIEW)
    assert rows[7:9] == [
        ("8 / 0", "return query data", Action.VIEW),
        ("8 / 1", "restart communications", Action.OVERRIDE),
    ]
    assert len(rows) == len(FUNCTIONS) + len(SUB_FUNCTIONS)
