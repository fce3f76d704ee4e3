from collections.abc import Iterable
from dataclasses import replace

import pytest

from broker.console.evidence import session as module
from domain.errors import EvidenceError
from domain.ids import ConduitId
from domain.plant import Outflow
from tests.broker.console.cast import Cast
from tests.broker.console.house import SESSION, House
from tests.policies.plant import charter, charter_with

PATHS = ["", "/replay/0", "/cast/0", "/case-file"]


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_looks_when_the_look_can_not_be_written_down(house: House, path: str) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        house.ledger.failing = True
        answer = await iris.get(f"/evidence/sessions/{SESSION}{path}")
        assert answer.status_code == 503
        assert "Linux eng-ws-1" not in answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["z" * 26, "x", "..%2f..%2fetc", "S" * 26])
async def test_a_session_that_never_was_is_not_found(house: House, path: str, name: str) -> None:
    async with await house.sign_in("iris") as iris:
        assert (await iris.get(f"/evidence/sessions/{name}{path}")).status_code == 404


@pytest.mark.parametrize("path", PATHS[1:])
async def test_a_session_without_a_recording_says_so_and_has_nothing_to_replay(
    house: House, path: str
) -> None:
    await house.record(await house.ask())
    house.recordings.clear()
    async with await house.sign_in("iris") as iris:
        assert "no recording of this session" in (await iris.get(f"/evidence/sessions/{SESSION}")).text
        assert (await iris.get(f"/evidence/sessions/{SESSION}{path}")).status_code == 404


async def test_a_channel_that_is_no_terminal_is_not_found(house: House) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        for path in ("replay/7", "cast/7"):
            assert (await iris.get(f"/evidence/sessions/{SESSION}/{path}")).status_code == 404
        assert (await iris.get(f"/evidence/sessions/{SESSION}/cast/x")).status_code == 422


async def test_a_recording_that_does_not_verify_is_an_error_and_not_an_empty_replay(house: House) -> None:
    class Broken(Cast):
        def casts(self) -> dict[int, str]:
            raise EvidenceError("Frame 3 does not verify.")

    await house.record(await house.ask())
    house.recordings[SESSION] = Broken()
    async with await house.sign_in("iris") as iris:
        answer = await iris.get(f"/evidence/sessions/{SESSION}/cast/0")
        assert answer.status_code == 503
        assert "Frame 3 does not verify." in answer.text


async def test_a_recording_too_long_for_a_browser_is_cut_off_early(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = 0

    class Endless(Cast):
        def cast(self, channel: int) -> Iterable[bytes]:
            nonlocal pulled
            while True:
                pulled += 1
                yield b"x" * 1000

    monkeypatch.setattr(module, "LONGEST_CAST_BYTES", 5_000)
    await house.record(await house.ask())
    house.recordings[SESSION] = Endless()
    async with await house.sign_in("iris") as iris:
        answer = await iris.get(f"/evidence/sessions/{SESSION}/cast/0")
        assert answer.status_code == 413
    assert pulled == 6


async def test_a_case_file_is_a_download_with_a_plain_name(house: House) -> None:
    await house.record(await house.ask())
    async with await house.sign_in("iris") as iris:
        answer = await iris.get(f"/evidence/sessions/{SESSION}/case-file")
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="penstock-case-{SESSION}.zip"'
        )


@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize(
    ("auditor", "status"),
    [
        pytest.param("iris", 403, id="an auditor without the right"),
        pytest.param("olga", 200, id="one who deputises for it"),
    ],
)
async def test_a_recording_leaves_only_by_who_holds_the_right_to_let_it(
    house: House, path: str, auditor: str, status: int
) -> None:
    """J02: export data without the `data_out` right, and it is refused, and told."""
    way = replace(charter().conduits[ConduitId("dmz-operations")], data_out=frozenset({Outflow.RECORDING}))
    people = {one.id: replace(one, auditor=one.vendor is None) for one in charter().people.values()}
    house.charter = charter_with(conduits={**charter().conduits, way.id: way}, people=people)
    await house.record(await house.ask())
    async with await house.sign_in(auditor) as visitor:
        assert (await visitor.get(f"/evidence/sessions/{SESSION}")).status_code == 200
        answer = await visitor.get(f"/evidence/sessions/{SESSION}{path}")
    assert answer.status_code == status
    refused = [one for one in house.events("EvidenceHandled") if one["deed"] == "refused"]
    assert len(refused) == (status == 403)
