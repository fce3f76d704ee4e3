"""A vendor's file in the quarantine, as the console hears of it."""

from domain.events import FileScreened, FileTakenIn
from domain.ids import AssetId, PermitId, SessionId
from tests.broker.console.house import House
from tests.broker.quarantine.store import CAME

FILE, OTHER = "f" * 26, "g" * 26


async def bring(
    house: House, file: str = FILE, *, code: str = "file_waits", state: str = "held", name: str = "fw.bin"
) -> None:
    """A file that lies in the quarantine, as the ledger tells of it."""
    at, sha256 = house.clock.now(), "ab" * 32
    session, permit, asset = SessionId("s" * 26), PermitId("p" * 26), AssetId("eng-ws-1")
    await house.ledger.append(
        FileTakenIn(
            at=at, file=file, session=session, permit=permit, person=CAME.person, vendor=CAME.vendor, asset=asset,
            conduit=CAME.conduit, passage="sftp", name=name, size=1234, sha256=sha256, whole=True, cause="",
        )
    )  # fmt: skip
    await house.ledger.append(
        FileScreened(
            at=at, file=file, session=session, permit=permit, person=CAME.person, asset=asset, conduit=CAME.conduit,
            name=name, sha256=sha256, state=state, code=code, kind="elf", scans=("clamav 1.4: clean",), contents=2,
            charter="00" * 32,
        )
    )  # fmt: skip
