"""Choices are evidence first, without the address; whose address changes hears of it."""

from datetime import time
from pathlib import Path

import pytest

from broker.notices.choices import Choices, Quiet
from broker.notices.choosing import choose
from broker.notices.deliveries import Deliveries
from broker.notices.outbox import Outbox
from domain.errors import EvidenceError
from domain.events import NoticeChoiceMade
from domain.ids import PersonId
from tests.broker.running import Leaves
from tests.clock import FrozenClock

PETRA = PersonId("petra")
WANTED = Choices("petra@plant.example", Quiet(time(22), time(6), "Europe/Amsterdam"))


async def test_a_choice_is_in_the_ledger_without_its_address(tmp_path: Path) -> None:
    deliveries, leaves = Deliveries(Outbox(tmp_path / "notices.db")), Leaves()
    await choose(deliveries, leaves, FrozenClock(), PETRA, WANTED, "petra")
    (told,) = leaves.of(NoticeChoiceMade)
    assert (told.person, told.by, told.mail) == (PETRA, "petra", True)
    assert told.quiet == "22:00-06:00 Europe/Amsterdam"
    assert "plant.example" not in repr(told)
    assert deliveries.choices(PETRA) == WANTED


async def test_whose_address_changes_hears_of_it_in_the_console(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "notices.db")
    deliveries, clock = Deliveries(outbox), FrozenClock()
    await choose(deliveries, Leaves(), clock, PETRA, WANTED, "local:root")
    await choose(deliveries, Leaves(), clock, PETRA, WANTED, "petra")
    (told,) = outbox.told(PETRA)
    assert told.notice.subject == "Where you read your notices was changed"


async def test_a_choice_that_the_ledger_can_not_keep_is_not_made(tmp_path: Path) -> None:
    deliveries, leaves = Deliveries(Outbox(tmp_path / "notices.db")), Leaves()
    leaves.down = True
    with pytest.raises(EvidenceError):
        await choose(deliveries, leaves, FrozenClock(), PETRA, WANTED, "petra")
    assert deliveries.choices(PETRA) == Choices()
