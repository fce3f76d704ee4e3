"""The plant's own rules, compiled and asked by the real engine."""

import threading
import traceback
from pathlib import Path

import pytest

from broker.quarantine.judging import ScanResult
from broker.quarantine.yara_rules import YaraRules, compiled
from domain.errors import ConfigError

RULE = 'rule backdoor { strings: $a = "let me in" condition: $a }'


def test_what_a_rule_names_is_found_with_its_file_and_where_in_an_archive(tmp_path: Path) -> None:
    first, second = tmp_path / "plant.yar", tmp_path / "other.yar"
    first.write_text(RULE)
    second.write_text("rule longer { condition: filesize > 3 }")
    rules = YaraRules(compiled([first, second]), 5)
    said = rules.scan("f/inner.txt", b"please let me in")
    assert (said.outcome, said.what) == (
        ScanResult.FOUND, ("plant.yar:backdoor in f/inner.txt", "other.yar:longer in f/inner.txt")
    )  # fmt: skip
    assert rules.scan("", b"no").outcome is ScanResult.CLEAN


def test_a_mistake_in_a_rule_names_its_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "plant.yar"
    for text, line in (
        (f"{RULE}\nrule b {{ condition: unknown }}", 2),
        ("rule {", 1),
        ('include "/etc/passwd"', 1),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            compiled([path])
        assert (caught.value.file, caught.value.line) == (str(path), line), caught.value
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        compiled([path])
    with pytest.raises(ConfigError, match="can't be read"):
        compiled([tmp_path / "none.yar"])


def test_a_fault_may_be_forgotten_by_another_thread_than_met_it(tmp_path: Path) -> None:
    """The engine's compiler complains of whoever else drops it: what told of the fault does not keep it."""
    kept: list[ConfigError] = []
    for text in (b"rule {", b"\xff"):
        (tmp_path / "plant.yar").write_bytes(text)
        with pytest.raises(ConfigError) as caught:
            compiled([tmp_path / "plant.yar"])
        frames = [frame for frame, _line in traceback.walk_tb(caught.value.__traceback__)]
        assert not [frame for frame in frames if "compiler" in frame.f_locals], frames
        kept.append(caught.value)
        del caught, frames
    forgetting = threading.Thread(target=kept.clear)
    forgetting.start()
    forgetting.join()  # what it said would fail this test: nothing may be said past whoever could raise it
    assert not kept


def test_a_rule_that_takes_too_long_has_failed(tmp_path: Path) -> None:
    path = tmp_path / "slow.yar"
    path.write_text(
        "rule slow { condition: for all i in (0..filesize - 1) : (for all j in (0..filesize - 1) : (uint8(j) < 256)) }"
    )
    said = YaraRules(compiled([path]), 1).scan("", bytes(10_000_000))
    assert (said.outcome, said.what) == (ScanResult.FAILED, ("it took too long",))
