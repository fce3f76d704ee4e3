import pytest

from approvals.trust_file import Table, quoted, read_table
from domain.errors import ConfigError


def test_a_table_that_is_no_table_is_a_fault() -> None:
    table = read_table("some.toml", b'a = 1\nsecrets = "none"\nkeys = 3\n', {"a", "secrets", "keys"})
    with pytest.raises(ConfigError, match="must be a table") as raised:
        table.table("secrets")
    assert raised.value.line == 2
    with pytest.raises(ConfigError, match=r"written as \[\[keys\]\]"):
        table.tables("keys", set())


def test_what_is_missing_and_may_be_is_empty() -> None:
    table = read_table("some.toml", b"", set())
    assert table.table("secrets").names() == ()
    assert table.tables("keys", set()) == ()


def test_tables_written_in_line_still_have_a_file_and_a_line() -> None:
    table = read_table("some.toml", b"keys = [{ a = 1 }, { b = 2 }]\n", {"keys"})
    with pytest.raises(ConfigError, match="'b' is not known") as raised:
        table.tables("keys", {"a"})
    assert (raised.value.file, raised.value.line) == ("some.toml", 1)


def test_a_fault_without_lines_names_the_file_only() -> None:
    assert str(Table("some.toml", {}).fault("a", "Bad.")).startswith("some.toml: Bad.")


def test_text_is_quoted_as_toml_reads_it() -> None:
    assert quoted('a "b" \\ é') == '"a \\"b\\" \\\\ é"'
