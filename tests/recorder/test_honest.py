"""No false alarm: random honest sessions of every kind pass every step (a share here, a thousand in ``make deep``)."""

import secrets
from io import BytesIO
from pathlib import Path

import pytest

from recorder.ledger.policy import Policy
from recorder.report import Report, Verdict
from recorder.stamps.chain import certificates_in
from recorder.verify import verify_case
from recorder.verify_stamps import Stamping
from tests.recorder.honest import STAMPED_AT, Told, tell
from tests.recorder.honest_plant import PATHS, Plan, plan_of
from tests.recorder.ledger.logs import SIGNER
from tests.stride import DEEP

SHARES = 6
EACH = 167 if DEEP else 17
"""1,002 sessions in ``make deep``, 102 in ``make test``; whoever runs it draws where they begin."""


def judged(told: Told) -> Report:
    stamping = Stamping(certificates_in(told.roots), STAMPED_AT) if told.roots else None
    policy = Policy.of(told.policy) if told.policy else None
    return verify_case(BytesIO(told.case), SIGNER.key, policy, stamping)


@pytest.mark.parametrize("share", range(SHARES))
async def test_a_random_honest_session_passes_every_step(share: int, tmp_path: Path) -> None:
    """F18: who, by which key, on whose authority: a hundred chains, each checked to its end with nothing but the file."""
    begin = secrets.randbelow(1_000_000) * SHARES * EACH + share * EACH
    for seed in range(begin, begin + EACH):
        folder = tmp_path / str(seed)
        folder.mkdir()
        report = judged(await tell(plan_of(seed), folder))
        assert report.verdict is Verdict.PASS, (seed, plan_of(seed), report.first)


@pytest.mark.parametrize("path", PATHS)
async def test_each_way_to_a_yes_passes_and_a_session_in_hand_or_cut_off_is_only_incomplete(
    path: str, tmp_path: Path
) -> None:
    for end, code in (("ended", ""), ("interrupted", "recording_interrupted"), ("open", "end_missing")):
        (tmp_path / end).mkdir()
        report = judged(await tell(Plan(path=path, end=end, went_on=True, pauses=1), tmp_path / end))
        assert (report.first.code if report.first else "") == code
