from pathlib import Path

from broker.evidence.clock import Stepped
from broker.evidence.clock_status import read_stepped, write_stepped
from tests.domain.samples import OPENS


def test_it_is_there_while_the_clock_is_not_relied_on_and_says_nothing_when_it_can_t_be_read(
    tmp_path: Path,
) -> None:
    file = tmp_path / "clock.json"
    write_stepped(file, None)
    assert read_stepped(file) is None
    write_stepped(file, Stepped(OPENS, -3600))
    assert read_stepped(file) == Stepped(OPENS, -3600)
    for wrong in (b"", b"[]", b'{"at":"noon","seconds":1}', b'{"at":5,"seconds":1}', b"[" * 5000):
        file.write_bytes(wrong)
        assert read_stepped(file) is None
    write_stepped(file, None)
    assert not file.exists()
