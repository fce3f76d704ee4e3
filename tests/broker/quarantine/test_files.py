from datetime import UTC, datetime

from broker.quarantine.files import Files
from broker.quarantine.seams import FileState
from domain.canonical import Json
from domain.events import FileDelivered, FileScreened, FileTakenIn, document
from tests.broker.quarantine.store import CAME

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SHA = "ab" * 32


def taken(file: str = "f" * 26) -> dict[str, Json]:
    return document(
        FileTakenIn(
            at=AT, file=file, session=CAME.session, permit=CAME.permit, person=CAME.person, vendor=CAME.vendor,
            asset=CAME.asset, conduit=CAME.conduit, passage="sftp", name="fw.bin", size=9, sha256=SHA, whole=True,
            cause="",
        )
    )  # fmt: skip


def screened(sha256: str = SHA, state: str = "released") -> dict[str, Json]:
    return document(
        FileScreened(
            at=AT, file="f" * 26, session=CAME.session, permit=CAME.permit, person=CAME.person, asset=CAME.asset,
            conduit=CAME.conduit, name="fw.bin", sha256=sha256, state=state, code="file_clean", kind="elf",
            scans=("clamav: clean",), contents=0, charter="00",
        )
    )  # fmt: skip


def delivered(outcome: str) -> dict[str, Json]:
    return document(
        FileDelivered(
            at=AT, file="f" * 26, session=CAME.session, permit=CAME.permit, asset=CAME.asset, passage="sftp",
            name="fw.bin", size=9, sha256=SHA, outcome=outcome,
        )
    )  # fmt: skip


def test_a_file_s_life_is_folded_from_its_leaves() -> None:
    files = Files()
    files.learn(enumerate([taken(), screened(), delivered("cut"), delivered("whole")]))
    one = files.by_id["f" * 26]
    assert (one.state, one.code, one.kind, one.delivered, one.index) == (
        FileState.RELEASED,
        "file_clean",
        "elf",
        1,
        0,
    )
    assert files.read == 4


def test_a_leaf_that_was_read_or_is_of_other_bytes_or_no_file_s_changes_nothing() -> None:
    files = Files()
    files.learn(
        enumerate(
            [
                taken(),
                screened("cd" * 32),
                screened(state="eaten"),
                taken() | {"file": "g" * 26, "size": "9"},
                {},
            ]
        )
    )
    files.learn([(1, screened())])
    assert list(files.by_id) == ["f" * 26]
    assert files.by_id["f" * 26].state is FileState.HELD
