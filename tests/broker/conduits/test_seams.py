"""The door and the conduits were written against seams: the real parts must have what those promise."""

import inspect

import pytest

from broker.conduits import seams
from broker.conduits.relay import Relay
from broker.conduits.target import Target
from broker.conduits.terminal.passage import TerminalPassage
from broker.door.sign_in import SigningIn
from broker.sessions.live_session import LiveSession


@pytest.mark.parametrize(
    ("seam", "real"),
    [
        (seams.Live, LiveSession),
        (seams.Passage, TerminalPassage),
        (seams.Passage, Relay),
        (seams.Closable, Target),
        (seams.Owner, SigningIn),
    ],
)
def test_the_real_part_has_what_the_seam_promises(seam: type, real: type) -> None:
    for name, promised in inspect.getmembers(seam, inspect.isfunction):
        if not name.startswith("_"):
            offered = inspect.signature(getattr(real, name)).parameters
            assert list(inspect.signature(promised).parameters) == list(offered)[: len(offered)], name
