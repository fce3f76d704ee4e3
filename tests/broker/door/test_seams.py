"""The door was written against seams: the real parts must have what those promise."""

import inspect

import pytest

from broker.admission import Admission
from broker.door import seams
from broker.people.factors import Codes, SecondFactor
from broker.sessions.live_session import LiveSession
from broker.supervisor import Supervisor
from broker.vault.store import Vault
from policies.charter.charter import Charter


@pytest.mark.parametrize(
    ("seam", "real"),
    [
        (seams.Admission, Admission),
        (SecondFactor, Codes),
        (seams.LiveSession, LiveSession),
        (seams.Supervisor, Supervisor),
        (seams.Vault, Vault),
        (seams.Charter, Charter),
    ],
)
def test_the_real_part_takes_what_the_door_gives(seam: type, real: type) -> None:
    for name, promised in inspect.getmembers(seam, inspect.isfunction):
        if not name.startswith("_"):
            given = set(inspect.signature(promised).parameters)
            assert given <= set(inspect.signature(getattr(real, name)).parameters), name
