"""The ledger over HTTP: what a monitor or a mirror reads, with nothing but its addresses (C2SP tlog-tiles)."""

import pytest

from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.merkle import leaf_hash, root
from recorder.ledger.note import Note
from recorder.ledger.tiles import WIDTH, bundle_path, node_in_tiles, tile_path, tiles_of, unpack
from tests.broker.console.house import House


async def test_f07_anybody_computes_the_signed_root_from_the_tiles_that_are_served(house: House) -> None:
    """F07: from the tiles alone."""
    await house.ask()
    async with house.client() as anybody:
        answer = await anybody.get("/ledger/checkpoint")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        head = Checkpoint.of(Note.of(answer.content).body)
        tiles = {}
        for level, number, width in tiles_of(head.size):
            served = await anybody.get(f"/ledger/{tile_path(level, number, width)}")
            assert served.headers["content-type"] == "application/octet-stream"
            assert "immutable" in served.headers["cache-control"]
            tiles[level, number] = served.content
        assert root(head.size, node_in_tiles(lambda *which: tiles[which])) == head.root


async def test_entries_take_an_auditors_token_and_reading_them_is_kept(house: House) -> None:
    await house.ask()
    head = Checkpoint.of(Note.of(house.log.checkpoint.encode()).body)
    path = f"/ledger/{bundle_path(0, min(WIDTH, head.size))}"
    async with house.client() as script:
        assert (await script.get(path)).status_code == 401
        assert (await script.get(path, headers=await house.bearer("petra"))).status_code == 403
        served = await script.get(path, headers=await house.bearer("iris"))
        entries, _ = unpack(served.content)
        hashes = await script.get(f"/ledger/{tile_path(0, 0, min(WIDTH, head.size))}")
        assert b"".join(map(leaf_hash, entries)) == hashes.content
        assert [one["how"] for one in house.events("EvidenceViewed")] == [
            path.removeprefix("/ledger/tile/entries/")
        ]
        house.ledger.failing = True
        assert (await script.get(path, headers=await house.bearer("iris"))).status_code == 503


@pytest.mark.parametrize(
    "path", ["tile/0/999", "tile/0/0", "tile/9/000", "tile/entries", "tile/0/..%2f..%2fcheckpoint", "tile/"]
)
async def test_what_the_log_does_not_have_is_not_found(house: House, path: str) -> None:
    async with house.client() as anybody:
        assert (await anybody.get(f"/ledger/{path}")).status_code == 404
