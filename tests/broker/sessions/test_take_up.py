"""Live sessions under a newly applied charter: who no longer may, ends; everybody else goes on."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from broker.charter.chain import Version
from broker.sessions.live_session import LiveSession
from broker.sessions.take_up import TakeUp
from broker.supervisor import Supervisor
from domain.access import AccessRequest, Allow, Decision, Deny, Reason
from domain.errors import ConfigError
from domain.events import CharterLoaded, SessionEnded, SessionOpened
from domain.ids import PermitId, RuleId, SessionId
from domain.plant import Asset
from policies.charter.charter import Charter
from tests.broker.running import ANA, ASSET, SHELL, Leaves, Tap, opened, supervisor_in
from tests.clock import FrozenClock
from tests.domain.samples import CLOSES, permit
from tests.policies.charter.test_application import APPLICATION
from tests.policies.plant import charter as sample
from tests.policies.plant import charter_with


def deny(code: str) -> Deny:
    return Deny((Reason(RuleId("a-rule/1"), code, "No."),))


@dataclass
class Plant:
    """What the gate is told: the charter, the decision, and whose key no longer counts."""

    charter: Charter
    waiting: Charter | None = None
    decision: Decision | None = None
    strange: tuple["Guest", ...] = ()
    trusted: bytes | None = b"1"

    def trust(self) -> bytes:
        if self.trusted is None:
            raise ConfigError("The plant's trust file can't be read.")
        return self.trusted

    def __call__(self) -> Charter:
        return self.charter

    def look(self) -> Version | None:
        if self.waiting is None:
            return None
        self.charter, self.waiting = self.waiting, None
        return Version(APPLICATION, self.charter)

    async def through(self, request: AccessRequest) -> "Plant":
        self.asked = request
        return self


@dataclass
class Guest:
    own: tuple[SessionId, ...]
    closed: bool = False

    def sessions(self) -> tuple[SessionId, ...]:
        return self.own

    def close(self) -> None:
        self.closed = True


@dataclass
class Gate:
    plant: Plant
    take_up: TakeUp
    supervisor: Supervisor
    session: LiveSession
    tap: Tap
    leaves: Leaves


def with_assets(*assets: Asset, digest: bytes) -> Charter:
    return charter_with(assets={one.id: one for one in assets}, digest=digest)


@pytest_asyncio.fixture
async def gate(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Gate]:
    leaves = Leaves()
    plant = Plant(with_assets(ASSET, digest=b"1" * 32))
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        session = await opened(supervisor)
        session.charter = plant.charter.digest.hex()
        tap = Tap()
        await supervisor.admit_channel(session, tap, SHELL, "shell")

        async def keep(event: object) -> None:
            await leaves.append(event)

        take_up = TakeUp(plant, supervisor, plant, lambda: plant.strange, keep, clock, plant.trust)
        yield Gate(plant, take_up, supervisor, session, tap, leaves)


def allowed(until_later: timedelta = timedelta(0)) -> Allow:
    return Allow((), PermitId(permit().id), CLOSES + until_later)


async def test_nothing_is_judged_while_no_charter_comes(gate: Gate) -> None:
    await gate.take_up.once()
    assert not hasattr(gate.plant, "asked")
    assert not gate.session.over


async def test_a_session_that_the_new_charter_lets_through_goes_on_and_is_judged_once(gate: Gate) -> None:
    gate.plant.waiting = with_assets(ASSET, digest=b"2" * 32)
    gate.plant.decision = allowed()
    await gate.take_up.once()
    assert gate.plant.asked.permit == permit().id
    assert gate.plant.asked.passage == tuple(sorted(permit().grants))
    assert not gate.session.over
    (told,) = gate.leaves.of(CharterLoaded)
    assert told.digest == (b"2" * 32).hex()
    gate.plant.decision = deny("no_contract")
    await gate.take_up.once()
    assert not gate.session.over


@pytest.mark.parametrize(
    "decision",
    [
        pytest.param(lambda: deny("not_admitted"), id="the person is gone"),
        pytest.param(lambda: deny("charter_changed"), id="the conduit says less"),
        pytest.param(lambda: allowed(-timedelta(minutes=1)), id="the contract ends sooner"),
    ],
)
async def test_a_session_that_would_not_be_let_in_now_ends(
    gate: Gate, decision: Callable[[], Decision]
) -> None:
    """I01: who is taken out of the charter is out at once, in mid-session."""
    gate.plant.waiting = with_assets(ASSET, digest=b"2" * 32)
    gate.plant.decision = decision()
    await gate.take_up.once()
    assert gate.session.over
    assert gate.tap.finished[0][0] == "charter_changed"
    (ended,) = gate.leaves.of(SessionEnded)
    assert ended.cause == "charter_changed"


async def test_a_session_to_a_machine_that_moved_ends(gate: Gate) -> None:
    moved = replace(ASSET, endpoints=())
    gate.plant.waiting = with_assets(moved, digest=b"2" * 32)
    gate.plant.decision = allowed()
    await gate.take_up.once()
    assert gate.session.over


async def test_a_passing_fault_ends_nothing_and_is_judged_again(gate: Gate) -> None:
    gate.plant.waiting = with_assets(ASSET, digest=b"2" * 32)
    gate.plant.decision = deny("node_not_sound")
    await gate.take_up.once()
    assert not gate.session.over
    gate.plant.decision = deny("no_contract")
    await gate.take_up.once()
    assert gate.session.over


async def test_a_session_let_in_under_the_old_charter_while_the_new_one_came_is_judged_too(
    gate: Gate,
) -> None:
    gate.plant.waiting = with_assets(ASSET, digest=b"2" * 32)
    gate.plant.decision = allowed()
    await gate.take_up.once()
    late = await opened(gate.supervisor)
    late.charter = (b"1" * 32).hex()
    gate.plant.decision = deny("no_contract")
    await gate.take_up.once()
    assert late.over
    assert not gate.session.over


async def test_a_connection_whose_key_was_removed_is_closed_with_its_sessions(gate: Gate) -> None:
    """I01: a key that is taken out of the charter stops counting for connections that are open."""
    gate.plant.waiting = with_assets(ASSET, digest=b"2" * 32)
    gate.plant.decision = allowed()
    guest = Guest((gate.session.id,))
    gate.plant.strange = (guest,)
    await gate.take_up.once()
    assert guest.closed
    assert gate.session.over


async def test_a_session_whose_approval_rests_on_a_key_that_was_taken_out_ends(gate: Gate) -> None:
    """I01: also one that opens while the gate looks; a key that nobody needs ends nothing."""
    gate.plant.decision = deny("state_refuses")  # the plant as it is by now is not asked for that
    gate.plant.trusted = b"2"
    await gate.take_up.once()
    assert not gate.session.over
    late = await opened(gate.supervisor)
    late.charter = gate.session.charter
    gate.plant.decision = deny("approval_not_valid")
    await gate.take_up.once()
    assert late.over
    assert not gate.session.over  # it was looked at
    gate.plant.trusted = b"3"
    await gate.take_up.once()
    assert gate.session.over
    assert gate.tap.finished[0][0] == "key_revoked"
    assert [one.cause for one in gate.leaves.of(SessionEnded)] == ["key_revoked"] * 2


async def test_a_trust_file_that_can_t_be_read_is_looked_at_again(gate: Gate) -> None:
    gate.plant.decision = deny("approval_not_valid")
    gate.plant.trusted = None
    await gate.take_up.once()
    assert not gate.session.over
    gate.plant.trusted, gate.plant.decision = b"2", deny("facts_missing")
    await gate.take_up.once()
    assert not gate.session.over
    gate.plant.decision = deny("approval_not_valid")
    await gate.take_up.once()
    assert gate.session.over


async def test_the_session_s_leaf_cites_the_charter_that_let_it_in(
    tmp_path: Path, clock: FrozenClock
) -> None:
    """C02: a session says in the ledger under which version it was opened."""
    leaves = Leaves()
    async with supervisor_in(tmp_path, clock, leaves) as supervisor:
        allow = Allow((), permit().id, CLOSES, None, sample().digest)
        await supervisor.open(allow, permit(), (), person=ANA, asset=ASSET, source="192.0.2.7")
        (leaf,) = leaves.of(SessionOpened)
        assert leaf.charter == sample().digest.hex()
