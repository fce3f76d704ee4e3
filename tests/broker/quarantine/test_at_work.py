"""The quarantine as its settings build it, with the processes that look."""

from pathlib import Path

from broker.layout import Layout
from broker.quarantine.at_work import means_of, quarantine_of, quota_of
from broker.quarantine.shelf import folder_of
from broker.settings import LedgerSettings, QuarantineSettings, Settings
from tests.approvals.desk import ListLedger
from tests.broker.quarantine.store import CAME
from tests.clock import FrozenClock
from tests.policies.plant import charter


def said(folder: str = "") -> Settings:
    quarantine = QuarantineSettings(folder=folder, least_free_percent=0, looks_at_once=1)
    return Settings(ledger=LedgerSettings(origin="plant.example/1"), quarantine=quarantine)


async def test_a_file_is_taken_in_looked_at_and_held_with_nothing_but_the_defaults(
    tmp_path: Path, clock: FrozenClock
) -> None:
    layout, ledger = Layout(tmp_path), ListLedger()
    (tmp_path / "keys").mkdir()
    layout.recording_key.write_bytes(bytes(32))
    async with quarantine_of(layout, said(), ledger, charter, clock) as node:
        intake = node.begin(CAME)
        intake.write(0, b"\x7fELF firmware")
        verdict = await intake.finish()
        card = node.card(verdict.id)
        assert card is not None
        assert (card.code, card.kind) == ("file_no_scanner", "elf")
    assert (layout.quarantine / f"{verdict.id}.pnr").exists()
    assert layout.quarantine.stat().st_mode & 0o077 == 0


def test_every_setting_reaches_what_it_is_about() -> None:
    assert folder_of(Layout(Path("/n")), said("/q")) == Path("/q")
    assert folder_of(Layout(Path("/n")), said()) == Path("/n/quarantine")
    section = QuarantineSettings(
        clamd="/c", yara_rules=["/y"], patience_s=7, looks_at_once=3, yara_mib=2, archive_depth=4, archive_members=5,
        archive_mib=6, archive_ratio=8, file_mib=9, session_files=10, session_mib=11, session_open=12,
        session_files_per_min=13, permit_files=14, permit_mib=15, node_mib=16,
    )  # fmt: skip
    means, quota, mib = means_of(section, Path("/kept")), quota_of(section), 1 << 20
    assert (means.clamd, means.yara, means.patience_s, means.processes, means.yara_bytes) == (
        "/c",
        ("/y",),
        7,
        3,
        2 * mib,
    )
    bounds = means.bounds
    assert (bounds.depth, bounds.members, bounds.octets, bounds.ratio) == (4, 5, 6 * mib, 8)
    assert (quota.file_bytes, quota.session_files, quota.session_bytes, quota.session_open) == (
        9 * mib,
        10,
        11 * mib,
        12,
    )
    assert (quota.session_files_per_min, quota.permit_files) == (13, 14)
    assert (quota.permit_bytes, quota.node_bytes) == (15 * mib, 16 * mib)
