"""Notices in a node's own folder: with its settings, and without any way out when one can't work."""

from datetime import timedelta
from pathlib import Path

import pytest

from broker.layout import Layout
from broker.notices.at_work import carrier_of, voids_now
from broker.notices.outbox import Outbox
from broker.settings import read_settings
from domain.events import CharterLoaded, NoticeSent, document
from domain.ids import PersonId
from domain.rights import DecisionRight
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log, LogReader
from tests.broker.running import Leaves
from tests.clock import FrozenClock
from tests.domain.test_notice import notice
from tests.policies.plant import NOW, charter, charter_with
from tests.recorder.ledger.logs import SIGNER

LEDGER = '[ledger]\norigin = "plant.example/ot-access/1"\n'


@pytest.mark.parametrize("config", ["", '[mail]\nhost = "mail.plant.example"\nsender = "nobody"\n'])
async def test_a_node_without_a_way_that_works_tells_people_in_the_console(
    tmp_path: Path, config: str
) -> None:
    layout, leaves = Layout(tmp_path), Leaves()
    layout.config.write_text(LEDGER + config)
    outbox, clock = Outbox(layout.notices), FrozenClock(NOW)
    carrier = carrier_of(layout, read_settings(layout), outbox, charter, leaves, clock)
    outbox.put(notice(at=NOW))
    await carrier.step()
    assert leaves.events == []
    (told,) = outbox.told(PersonId("petra"))
    outbox.read(PersonId("petra"), [told.number], NOW)
    await carrier.step()
    assert [one.channel for one in leaves.of(NoticeSent)] == ["console"]


def test_a_void_counts_from_when_the_charter_took_effect(tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    kept = tuple(one for one in charter().holdings if one.right is not DecisionRight.INCIDENT_LEAD)
    here = charter_with(holdings=kept)
    loaded = CharterLoaded(at=NOW - timedelta(hours=5), digest=here.digest.hex(), by="gate")
    log = Log.create(tmp_path / "ledger", SIGNER)
    log.append([submission("1" * 32, document(loaded))])
    log.close()
    voids = voids_now(lambda: here, LogReader(tmp_path / "ledger"), clock)
    for _ in range(2):
        found = [one for one in voids() if one.right is DecisionRight.INCIDENT_LEAD and one.refuses]
        assert {one.since for one in found} == {loaded.at}
