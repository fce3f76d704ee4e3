import pytest

from broker.console.files.deciding import files_of, statement_of
from broker.console.refusals import RefusalError
from tests.broker.console.house import House
from tests.domain.test_file_release import SAID


def test_what_comes_back_is_the_statement_or_nothing() -> None:
    assert statement_of(SAID.document()) == SAID
    with pytest.raises(RefusalError) as caught:
        statement_of({"file": "x"})
    assert caught.value.status == 422


def test_a_console_without_a_node_has_no_files(house: House) -> None:
    assert files_of(house.desk)
    object.__setattr__(house.desk.parts, "files", None)
    with pytest.raises(RefusalError) as caught:
        files_of(house.desk)
    assert caught.value.status == 404
