"""The honest vectors: one of every kind, each drawn once and kept (``python -m tests.recorder.honest_vectors``).

One that is there is never made again: it shows that what was written then still verifies.
"""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from recorder import case
from tests.recorder.forging import HONEST, Case
from tests.recorder.honest import POLICY, SECOND_KEY, tell
from tests.recorder.honest_plant import PATHS, Plan
from tests.recorder.ledger.logs import SIGNER

ODD = {
    "several-channels": Plan(channels=("shell", "exec", "sftp", "forward", "shell"), chunks=30, pauses=2),
    "captured": Plan(channels=("forward", "shell", "forward"), chunks=60, transactions=True),
    "files": Plan(channels=("sftp", "shell"), files=True),
    "files-closed": Plan(channels=("sftp",), files=True, opened=False),
    "no-channel": Plan(channels=(), chunks=2),
    "hours": Plan(hours=True),
    "went-on": Plan(went_on=True, pauses=1),
    "inherited-fresh": Plan(inherited="fresh"),
    "inherited-attested": Plan(inherited="attested"),
    "witnessed": Plan(witnessed=True),
    "stamped": Plan(stamped=True),
    "second-suite": Plan(second=True),
    "closed": Plan(opened=False),
    "erased": Plan(kinds=("es256", "ssh"), erased=True),
    "erased-by-security-keys": Plan(kinds=("sk-ed25519", "rs256"), erased=True),
    "interrupted": Plan(end="interrupted"),
    "not-ended": Plan(end="open"),
    "passkey-eddsa": Plan(kinds=("eddsa",)),
    "passkey-rs256": Plan(kinds=("rs256",)),
    "passkey-copied": Plan(kinds=("copied",)),
    "sshsig": Plan(kinds=("ssh",)),
    "sshsig-sk-ed25519": Plan(kinds=("sk-ed25519",)),
    "sshsig-sk-ecdsa": Plan(kinds=("sk-ecdsa",)),
    "one-time-code": Plan(kinds=("totp",)),
}
PLANS = {path.replace(" ", "-"): Plan(path=path) for path in PATHS} | ODD
SHORT = b"See recorder/export/VERIFY.md.\n"
"""In the place of the explanation, which no verifier reads."""

FIRST = {"interrupted": "recording_interrupted", "not-ended": "end_missing"}


async def draw() -> None:
    """Make what is not there."""
    HONEST.mkdir(parents=True, exist_ok=True)
    for name, plan in PLANS.items():
        if not (HONEST / f"{name}.zip").exists():
            with TemporaryDirectory() as folder:
                told = await tell(plan, Path(folder))
            short = Case.of(told.case).with_(case.README, SHORT).packed()
            (HONEST / f"{name}.zip").write_bytes(short)
            if told.roots:  # its keys are drawn with it
                (HONEST / "stamps.pem").write_bytes(told.roots)
    (HONEST / "ledger.vkey").write_text(SIGNER.key.text() + "\n")
    (HONEST / "second.vkey").write_text(SECOND_KEY.text() + "\n")
    (HONEST / "witnesses.policy").write_text(POLICY)
    index = {
        f"{name}.zip": {
            "verdict": "INCOMPLETE" if name in FIRST else "PASS",
            "code": FIRST.get(name, ""),
            "key": "ledger.vkey",
            "policy": "witnesses.policy" if plan.witnessed else "",
            "roots": "stamps.pem" if plan.stamped else "",
        }
        for name, plan in sorted(PLANS.items())
    }
    (HONEST / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(draw())
