import os
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.quarantine.looked_after import looked_after
from broker.settings import LedgerSettings, QuarantineSettings, Settings
from domain.errors import ConfigError, PenstockError
from tests.clamav import clamd
from tests.looker import unit


def said(**given: object) -> Settings:
    section = QuarantineSettings(**{"least_free_percent": 0, **given})  # type: ignore[arg-type] # its own fields
    return Settings(ledger=LedgerSettings(origin="plant.example/1"), quarantine=section)


def test_what_keeps_files_from_passing_is_named_with_its_remedy(tmp_path: Path) -> None:
    layout, rules = Layout(tmp_path), tmp_path / "plant.yar"
    assert "no scanner" in looked_after(layout, said())
    rules.write_text("rule a { condition: true }")
    assert "1 files of rules" in looked_after(layout, said(yara_rules=[str(rules)]))
    with clamd(tmp_path) as (path, _):
        assert "ClamAV" in looked_after(layout, said(clamd=str(path)))
    for wrong in (
        {"clamd": str(tmp_path / "none.sock")},
        {"looker": str(tmp_path / "none.sock")},
        {"folder": str(tmp_path / "none")},
        {"folder": "/proc"},  # a disk without a byte
    ):
        with pytest.raises(PenstockError) as caught:
            looked_after(layout, said(**wrong))
        assert caught.value.remedy, wrong
    rules.write_text("rule a {\n condition: nothing }")
    with pytest.raises(ConfigError) as found:
        looked_after(layout, said(yara_rules=[str(rules)]))
    assert (found.value.file, found.value.line) == (str(rules), 2)


def test_a_disk_with_less_free_than_it_is_told_to_keep_takes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hundred, half = 100 * 262_144, 50 * 262_144  # GiB in blocks of 4 KiB
    disk = os.statvfs_result((4096, 4096, hundred, half, half, 1, 1, 1, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _folder: disk)
    folder = str(tmp_path)
    assert "takes files" in looked_after(Layout(tmp_path), said(folder=folder, least_free_percent=50))
    with pytest.raises(PenstockError, match="as full as it may be") as caught:
        looked_after(Layout(tmp_path), said(folder=folder, least_free_percent=51))
    assert "quarantine.folder" in str(caught.value.remedy)


def test_a_looker_of_a_unit_of_its_own_is_asked_whether_it_can_look(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    with unit(tmp_path) as path:
        assert "takes files" in looked_after(Layout(tmp_path), said(looker=str(path), folder=str(kept)))
        with pytest.raises(PenstockError, match="does not see the folder") as caught:
            looked_after(Layout(tmp_path), said(looker=str(path)))  # whose own folder no gate has made yet
        assert "penstock-looker" in str(caught.value.remedy)
