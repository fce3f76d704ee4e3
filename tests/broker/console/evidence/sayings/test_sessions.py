import pytest

from broker.console.evidence.sayings.sessions import ENDS
from broker.governor import Cause
from tests.broker.console.evidence.said import OPENED, told

ENDED = {
    "event": "SessionEnded",
    "session": "s" * 26,
    "cause": "killed",
    "bytes_to_asset": 12,
    "bytes_to_vendor": 4_500,
    "verified": True,
    "remote_job": "none",
}

TOLD = [
    pytest.param(
        OPENED,
        "Ana Ferreira was let in to Engineering station 1, from 192.0.2.9, until "
        "Mon 02 Mar 2026, 11:00 (+01:00) at the latest.",
        id="opened",
    ),
    pytest.param(
        ENDED,
        "The session of Ana Ferreira on Engineering station 1 ended, because the plant stopped it. "
        "12 bytes went to the asset and 4.5 kB to the vendor; the recording is sealed.",
        id="ended",
    ),
    pytest.param(
        ENDED | {"session": "t" * 26, "verified": False, "remote_job": "may live on"},
        "A session ended, because the plant stopped it. 12 bytes went to the asset and 4.5 kB to the vendor; "
        "the recording is sealed. Its two sides were not seen to be closed. "
        "A program that it started may live on at the asset.",
        id="ended, and not seen through",
    ),
    pytest.param(
        OPENED | {"exceptions": ["ex-1", "ex-2"]},
        "Ana Ferreira was let in to Engineering station 1, from 192.0.2.9, until "
        "Mon 02 Mar 2026, 11:00 (+01:00) at the latest. It rests on the exception ex-1, ex-2.",
        id="opened under exceptions",
    ),
    pytest.param(
        {"event": "StepDeclared", "by": "milo", "session": "s" * 26, "until": "2026-03-02T10:05:00Z"}
        | {"reason": "drive firmware"},
        "Milo Jansen let the session of Ana Ferreira on Engineering station 1 go on until "
        "Mon 02 Mar 2026, 11:05 (+01:00), for a step that must not be interrupted: drive firmware.",
        id="held",
    ),
]


@pytest.mark.parametrize(("event", "said"), TOLD)
def test_it_is_told_with_the_charter_s_names(event: dict, said: str) -> None:
    assert told(event) == said


def test_every_cause_of_an_end_has_words() -> None:
    assert set(ENDS) == {str(cause) for cause in Cause}
