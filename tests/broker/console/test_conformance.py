"""The API does what its description says, whatever it is sent: schemathesis asks, as people of several roles.

The real application, behind a real server on 127.0.0.1, with every check that schemathesis has.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth

from broker.console.access import ACCESS
from broker.people.lockouts import SOURCE
from tests.broker.console.api.test_openapi import DOCUMENT
from tests.broker.console.doors import READERS
from tests.broker.console.house import SESSION, House, house_at
from tests.clock import FrozenClock

SUBJECT = f"{SOURCE}127.0.0.1"
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "429")
REFUSED = ("400", "401", "403", "404", "405", "406", "409", "415", "422", "429")
CONFIG = SchemathesisConfig.from_dict(
    {
        # What fits the schema and still can't be: an end before its start, a reading that is stale.
        # What does not fit and is too long besides.
        "checks": {
            "positive_data_acceptance": {"expected-statuses": [*ACCEPTED, 412, 422]},
            "negative_data_rejection": {"expected-statuses": [*REFUSED, 413]},
        },
    }
)
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
DEEP = settings().max_examples >= 1000
EXAMPLES = {GenerationMode.POSITIVE: 100 if DEEP else 2, GenerationMode.NEGATIVE: 100 if DEEP else 1}
"""For each operation. The same ones each time, but in `make deep`."""


@dataclass(frozen=True, slots=True)
class Served:
    """The console as it is reached, a token of somebody for each role, and what there is in it."""

    url: str
    calm: Callable[[], None]
    """Forgets the wrong tokens that a check has sent, or the next one is kept waiting."""
    tokens: Mapping[str, str]
    places: Mapping[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    ready: list[Served] = []
    began, over = threading.Event(), threading.Event()
    folder = tmp_path_factory.mktemp("conformance")

    async def serve() -> None:
        async with house_at(folder, FrozenClock()) as house:
            server = uvicorn.Server(
                uvicorn.Config(house.app, port=0, http="h11", log_level="critical", lifespan="off")
            )
            async with asyncio.TaskGroup() as group:
                task = group.create_task(server.serve())
                while not server.started:
                    await asyncio.sleep(0.01)
                port = server.servers[0].sockets[0].getsockname()[1]
                recording = house.recording()
                ready.append(await furnished(house, f"http://localhost:{port}", calming(house)))
                began.set()
                await asyncio.to_thread(over.wait)
                server.should_exit = True
                await task
                await recording.seal("finished")

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert began.wait(30)
    yield ready[0]
    over.set()
    thread.join(30)


def calming(house: House) -> Callable[[], None]:
    loop = asyncio.get_running_loop()

    def calm() -> None:
        asyncio.run_coroutine_threadsafe(house.desk.accounts.lift(SUBJECT), loop).result()

    return calm


async def furnished(house: House, url: str, calm: Callable[[], None]) -> Served:
    house.desk.streams.closing.set()  # a stream says one thing, and is over
    permit = await house.ask()
    await house.record(permit)
    house.go_live(permit)
    tokens = {}
    for person in set(READERS.values()):
        tokens[person] = (await house.bearer(person))["authorization"]
    return Served(url, calm, tokens, {"permit": permit.id, "session": SESSION, "zone": "operations"})


def person_for(operation: APIOperation) -> str:
    row = ACCESS[operation.method.upper(), operation.path]
    return READERS[min(row.roles) if row.roles else None]


def wrongly(operation: APIOperation) -> bool:
    """Whether anything that it is sent can be wrong."""
    return bool(list(operation.path_parameters) or list(operation.query) or list(operation.body))


EXCLUDED = {
    GenerationMode.POSITIVE: [],
    # It takes a header that was generated for the token, which is ours.
    GenerationMode.NEGATIVE: [ignored_auth],
}
KINDS = [
    pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
    for operation in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or wrongly(operation)
]


@pytest.mark.parametrize(("operation", "mode"), KINDS)
def test_it_answers_as_it_says(served: Served, operation: APIOperation, mode: GenerationMode) -> None:
    """C15: whatever the API is sent is taken as it says, or refused as it says."""
    token = served.tokens[person_for(operation)]

    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize=not DEEP,
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Case, there: bool) -> None:
        if there and mode is GenerationMode.POSITIVE:
            for name in (case.path_parameters or {}).keys() & served.places.keys():
                case.path_parameters[name] = served.places[name]
        case.headers = {**(case.headers or {}), "Authorization": token}
        served.calm()
        answer = case.call_and_validate(base_url=served.url, excluded_checks=EXCLUDED[mode])
        told = answer.json() if answer.status_code == 422 else {}
        assert mode is GenerationMode.NEGATIVE or "faults" not in told, (
            "the schema says that it would be taken"
        )

    answers()
