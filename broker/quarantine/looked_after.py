"""Whether the quarantine can do its work, for ``penstock doctor``: its folder, its rules, its scanner."""

import json
import socket
from pathlib import Path

from broker.layout import Layout
from broker.quarantine.at_work import means_of
from broker.quarantine.clamav import ClamdStream
from broker.quarantine.judging import ScanResult
from broker.quarantine.lookers import LONGEST_LINE, Means, begun
from broker.quarantine.shelf import Shelf, folder_of
from broker.quarantine.yara_rules import compiled
from broker.settings import Settings
from domain.errors import PenstockError
from recorder.keyring import Keyring

PATIENCE_S = 5.0


def looked_after(layout: Layout, settings: Settings) -> str:
    """How it stands, in a sentence; PenstockError says what keeps every file from passing, and what to do."""
    said = settings.quarantine
    folder = folder_of(layout, settings)
    if said.folder and not folder.is_dir():
        raise PenstockError(
            f"The quarantine's folder {folder} is not there.",
            remedy="Make it, owned by the gate's user and 0700, or correct `quarantine.folder`.",
        )
    shelf = Shelf(folder, Keyring(layout.recording_key), least_free_share=said.least_free_percent / 100)
    if folder.is_dir() and (why := shelf.room(0)):
        raise PenstockError(why, remedy="Make room, or give it a volume of its own: `quarantine.folder`.")
    if said.yara_rules:
        compiled([Path(one) for one in said.yara_rules])
    if said.looker and (why := _fault(means_of(said, folder))):
        raise PenstockError(
            f"Whoever looks at files, at {said.looker}, can't: {why}",
            remedy="See `systemctl status penstock-looker.socket`; docs/quarantine.md says what it must reach. Until then every file is held.",
        )
    if said.clamd:
        with ClamdStream(Path(said.clamd), PATIENCE_S) as stream:
            scan = stream.scan()
        if scan.outcome is not ScanResult.CLEAN:
            raise PenstockError(
                f"ClamAV does not answer at {said.clamd}: {', '.join(scan.what)}.",
                remedy="Start clamd, and let the gate's user write to its socket. Until then every file is held.",
            )
        return f"takes files; ClamAV {scan.version}, {len(said.yara_rules)} files of rules"
    if said.yara_rules:
        return f"takes files; no ClamAV, {len(said.yara_rules)} files of rules"
    return "takes files; no scanner looks at them, so each waits for a holder"


def _fault(means: Means) -> str:
    """Why the process behind the looker's socket can't look; empty where it can."""
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(PATIENCE_S)
            asked.connect(means.looker)
            asked.sendall(json.dumps(begun(means)).encode() + b"\n")
            with asked.makefile("rb") as answers:
                ready = json.loads(answers.readline(LONGEST_LINE))
    except (OSError, ValueError) as error:
        return f"{error}."
    return str(ready.get("fault", "")) if isinstance(ready, dict) else "It answers what no looker says."
