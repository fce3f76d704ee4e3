from pathlib import Path

import httpx2
import pytest

from broker.witness.app import LONGEST_BYTES, create_app
from broker.witness.memory import WitnessFolder, hashed
from broker.witness.service import Witness
from tests.broker.witness.test_service import wish
from tests.clock import FrozenClock
from tests.recorder.ledger.logs import BEGAN, ORIGIN, SIGNER


@pytest.fixture
def http(tmp_path: Path) -> httpx2.AsyncClient:
    here = WitnessFolder(tmp_path)
    here.found("corporate.example/witness/1")
    here.policy_file.write_text(f"log {SIGNER.key.text()}\nquorum none\n")
    app = create_app(Witness(here, FrozenClock(BEGAN)))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://witness.test")


async def test_f06_the_statuses_and_types_of_the_specification_go_over_http(http: httpx2.AsyncClient) -> None:
    """F06: over HTTP."""
    async with http:
        path = f"/{hashed(ORIGIN)}/checkpoint"
        assert (await http.get(path)).status_code == 404
        granted = await http.post("/add-checkpoint", content=wish(0, 9))
        assert granted.status_code == 200
        assert [line[:2] for line in granted.text.splitlines()] == ["— ", "— "]
        assert granted.text in (await http.get(path)).text
        conflict = await http.post("/add-checkpoint", content=wish(0, 20))
        assert (conflict.status_code, conflict.headers["content-type"]) == (409, "text/x.tlog.size")
        assert conflict.content == b"9\n"
        assert (await http.post("/add-checkpoint", content=b"nonsense")).status_code == 400
        assert (await http.get("/add-checkpoint")).status_code == 405
        assert (await http.get("/")).text.count("corporate.example/witness/1+") == 2


async def test_a_submission_without_end_is_cut_off(http: httpx2.AsyncClient) -> None:
    async with http:
        assert (await http.post("/add-checkpoint", content=b"x" * (LONGEST_BYTES + 1))).status_code == 413
