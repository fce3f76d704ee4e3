from pathlib import Path

from broker.evidence.check_status import (
    UnderWay,
    read_last,
    read_under_way,
    write_last,
    write_under_way,
)
from tests.broker.evidence.test_checked import CHECKED, FOUND
from tests.domain.samples import OPENS


def test_the_end_of_a_check_takes_away_what_was_under_way(tmp_path: Path) -> None:
    place = tmp_path / "checked"
    assert (read_last(place), read_under_way(place)) == (None, None)
    under_way = UnderWay(OPENS, "s" * 26, 7, (FOUND,))
    write_under_way(place, under_way)
    assert read_under_way(place) == under_way
    write_last(place, CHECKED)
    assert (read_last(place), read_under_way(place)) == (CHECKED, None)
    for wrong in (b"", b"[]", b'{"begun":1}', b'{"found":[1]}'):
        (place / "last.json").write_bytes(wrong)
        (place / "under-way.json").write_bytes(wrong)
        assert (read_last(place), read_under_way(place)) == (None, None)
