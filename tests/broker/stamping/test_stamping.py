"""A node's ledger and a time-stamp authority over HTTP: what is stamped when, what waits, and what is not believed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broker.settings import TimeStampSettings
from broker.stamping.shelf import CHECKPOINT, CRLS, TOKEN, Shelf, sha256_of
from broker.stamping.stamping import AGAIN, Stamping
from domain.errors import EvidenceError
from domain.events import Event, HeadStamped, SessionEnded, StampRefused, StampsLate, document
from domain.ids import PermitId
from recorder.ledger.leaf import submission
from recorder.ledger.log import Log
from recorder.ledger.reader import LogReader
from recorder.stamps.judge import Trusted, judge_token
from tests.broker.witness.test_asking import served
from tests.clock import FrozenClock
from tests.recorder.ledger.logs import BEGAN, batch, new_log, reopened, session
from tests.tsa import KEYS, Authority, OpensslAuthority, Root, openssl_verify, pem, refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Plant:
    """A log, a clock, an authority behind a door, and the stamping between them."""

    folder: Path
    authority: Authority
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(BEGAN))
    answers: list[bytes] = field(default_factory=list)
    """What the authority answers in its place, one after another."""
    openssl: OpensslAuthority | None = None
    away: bool = False
    ahead: timedelta = timedelta()
    """By how much the authority's clock is before ours."""
    asked: int = 0
    keeps: bool = True
    url: str = ""
    crl: x509.CertificateRevocationList | None = None
    log: Log = field(init=False)
    stamping: Stamping = field(init=False)

    def __post_init__(self) -> None:
        self.log = reopened(new_log(self.folder / "ledger", 3))
        self.shelf = Shelf(self.folder / "stamps")
        self.roots = self.folder / "roots.pem"
        self.roots.write_bytes(pem(self.authority.root.certificate))

    def begin(self, **settings: object) -> None:
        self.stamping = Stamping(
            TimeStampSettings(url=f"{self.url}stamp", timeout_s=5, **settings),  # type: ignore[arg-type]
            self.roots,
            Shelf(self.folder / "stamps"),
            LogReader(self.folder / "ledger"),
            self,
            self.clock,
        )

    async def stamp(self, request: Request) -> Response:
        self.asked += 1
        if self.away:
            return Response(b"closed", 503)
        query = await request.body()
        if self.answers:
            return Response(self.answers.pop(0))
        answer = (
            self.openssl.reply(query)
            if self.openssl
            else self.authority.reply(query, self.clock.now() + self.ahead)
        )
        return Response(answer)

    async def revoked(self, _request: Request) -> Response:
        return Response(self.crl.public_bytes(Encoding.DER)) if self.crl is not None else Response(b"", 404)

    async def append(self, event: Event) -> int:
        if not self.keeps:
            raise EvidenceError("The signer does not answer.")
        return self.log.append([submission(f"event-{self.log.size}", document(event))])[0]

    def grow(self, by: int = 1) -> None:
        self.log.append(batch(self.log.size, self.log.size + by))

    def told(self, kind: type) -> list[dict[str, object]]:
        found = LogReader(self.folder / "ledger").find(event=kind.__name__, newest_first=False)
        return [dict(one.event) for one in found]

    async def after(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.stamping.step()

    @property
    def sizes(self) -> list[int]:
        return [one.size for one in self.shelf.kept()]


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    async with AsyncExitStack() as stack:
        plant = Plant(tmp_path, Authority())
        routes = [Route("/stamp", plant.stamp, methods=["POST"]), Route("/crl", plant.revoked)]
        plant.url = await stack.enter_async_context(served(Starlette(routes=routes)))
        plant.begin()
        yield plant
        plant.log.close()


async def test_without_an_address_nobody_is_asked(plant: Plant) -> None:
    plant.stamping = Stamping(
        TimeStampSettings(), plant.roots, plant.shelf, LogReader(plant.folder / "ledger"), plant, plant.clock
    )
    await plant.stamping.run()
    assert (plant.asked, (plant.folder / "stamps").exists()) == (0, False)


async def test_a_head_is_stamped_kept_and_told_and_then_as_often_as_the_plant_says(plant: Plant) -> None:
    await plant.stamping.step()
    (told,) = plant.told(HeadStamped)
    kept = plant.shelf.newest()
    assert kept is not None
    assert (told["size"], told["authority"], kept.leaf) == (3, "CN=Test TSA", 3)
    assert told["token"] == sha256_of(kept.read(TOKEN))
    assert (told["crls"], kept.until) == ("", plant.authority.ends)
    stamp = judge_token(kept.read(TOKEN), kept.read(CHECKPOINT), Trusted((plant.authority.root.certificate,)))
    assert stamp.token.at == BEGAN
    await plant.after(2 * HOUR)  # its own leaf is no news
    plant.grow()
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3, 5]
    plant.grow()
    await plant.after(HOUR - timedelta(seconds=1))
    assert plant.asked == 2
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3, 5, 7]


async def test_the_end_of_a_session_is_stamped_at_once_where_the_plant_wants_it(plant: Plant) -> None:
    plant.begin(at_session_end=True)
    await plant.stamping.step()
    ended = SessionEnded(
        at=BEGAN,
        session=session(1),
        permit=PermitId("p" * 26),
        cause="finished",
        frames=1,
        bytes_to_asset=0,
        bytes_to_vendor=0,
        head="00" * 32,
        recording_sha256="00" * 32,
        verified=True,
        remote_job="none",
    )
    plant.grow()
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3]
    await plant.append(ended)
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3, 6]


async def test_f15_an_authority_that_is_away_for_two_days_delays_nothing_and_shows(plant: Plant) -> None:
    """F15: heads wait, also over a restart; a day later it is an alarm; later tokens are for the same heads."""
    plant.away = True
    plant.begin(every_min=360)
    for _ in range(8):
        plant.grow()
        await plant.stamping.step()
        plant.clock.advance(6 * HOUR)
    waiting = plant.shelf.waiting()
    assert [one.size for one in waiting][:2] == [4, 5]
    (late,) = plant.told(StampsLate)
    assert (late["size"], late["code"], late["since"]) == (4, "unreachable", "2026-03-01T06:00:00Z")
    assert late["at"] == "2026-03-02T06:00:00Z"
    assert plant.told(StampRefused) == []
    plant.begin(every_min=360)
    await plant.stamping.step()
    assert len(plant.told(StampsLate)) == 1
    heads = {one.size: one.note for one in plant.shelf.waiting()}
    plant.away = False
    plant.clock.advance(AGAIN)
    for _ in heads:
        await plant.stamping.step()
    assert plant.shelf.waiting() == ()
    for kept in plant.shelf.kept():
        assert kept.read(CHECKPOINT) == heads[kept.size]
        judge_token(kept.read(TOKEN), heads[kept.size], Trusted((plant.authority.root.certificate,)))
    assert len(plant.told(StampsLate)) == 1
    assert plant.shelf.trouble() == {}


async def test_an_attempt_that_came_to_nothing_is_made_again_a_minute_later(plant: Plant) -> None:
    plant.away = True
    await plant.stamping.step()
    await plant.after(AGAIN - timedelta(seconds=1))
    assert plant.asked == 1
    plant.away = False
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3]


async def test_an_answer_that_is_not_to_be_believed_is_told_once_and_never_kept(plant: Plant) -> None:
    other = plant.authority.stamp(b"else", BEGAN)
    stranger = Authority(root=Root("Stranger", KEYS[3]))
    await plant.stamping.step()
    plant.grow()
    plant.clock.advance(HOUR)
    plant.answers = [b"<html>", b"<html>", refused(2, "no"), refused(0) + other]
    for _ in range(4):
        await plant.after(AGAIN)
    good, plant.authority = plant.authority, stranger
    await plant.after(AGAIN)
    codes = [one["code"] for one in plant.told(StampRefused)]
    assert codes == ["stamp_unreadable", "stamp_not_granted", "stamp_untrusted"]
    assert {one["authority"] for one in plant.told(StampRefused)} == {urlsplit(plant.url).netloc}
    assert plant.shelf.trouble()["code"] == "stamp_untrusted"
    assert [one.size for one in plant.shelf.waiting()] == [5]
    plant.authority = good
    await plant.after(AGAIN)
    assert plant.sizes == [3, 5]


async def test_without_a_root_nobody_is_asked_and_the_file_is_named(plant: Plant) -> None:
    plant.roots.unlink()
    await plant.stamping.step()
    assert (plant.asked, plant.shelf.trouble()["code"]) == (0, "not_set_up")


async def test_where_crls_are_named_one_must_say_that_nothing_was_revoked(plant: Plant) -> None:
    plant.begin(crl_urls=[f"{plant.url}crl"])
    await plant.stamping.step()
    assert (plant.asked, plant.shelf.trouble()["code"]) == (0, "unreachable")
    root = plant.authority.root
    plant.crl = root.crl((plant.authority.serial, BEGAN, x509.ReasonFlags.key_compromise), made=BEGAN)
    await plant.after(AGAIN)
    assert plant.shelf.trouble()["code"] == "stamp_revoked"
    plant.crl = root.crl(made=BEGAN)
    await plant.after(2 * HOUR)
    kept = plant.shelf.newest()
    assert kept is not None
    assert plant.told(HeadStamped)[0]["crls"] == sha256_of(kept.read(CRLS)) != ""


async def test_a_token_that_was_given_is_not_asked_for_again_after_a_restart(plant: Plant) -> None:
    plant.keeps = False
    await plant.stamping.step()
    assert (plant.asked, plant.sizes, plant.shelf.trouble()["code"]) == (1, [], "not_kept")
    plant.keeps = True
    plant.begin()
    await plant.stamping.step()
    assert (plant.asked, plant.sizes) == (1, [3])


async def test_a_token_whose_root_is_trusted_no_more_is_asked_for_again(plant: Plant) -> None:
    plant.keeps = False
    await plant.stamping.step()
    plant.keeps = True
    plant.authority = Authority(root=Root("Other", KEYS[3]))
    plant.roots.write_bytes(pem(plant.authority.root.certificate))
    plant.begin()
    await plant.stamping.step()
    await plant.after(AGAIN)
    assert (plant.asked, plant.sizes) == (2, [3])


async def test_f16_the_newest_stamp_is_renewed_before_its_certificates_run_out(plant: Plant) -> None:
    """F16: near the authority's expiry another stamp is asked for, which takes the old one in, though nothing else is new."""
    plant.authority = Authority(ends=BEGAN + 100 * DAY)
    await plant.stamping.step()
    await plant.after(10 * DAY - timedelta(seconds=1))
    assert plant.sizes == [3]
    await plant.after(timedelta(seconds=1))
    assert plant.sizes == [3, 4]
    await plant.after(HOUR)
    assert plant.asked == 2
    plant.authority = Authority(begins=BEGAN, serial=4712)
    await plant.after(DAY)
    assert plant.sizes == [3, 4, 5]
    await plant.after(200 * DAY)
    assert plant.asked == 3
    first, _second, third = plant.shelf.kept()
    assert third.size > first.leaf
    assert third.at < first.until < third.until


async def test_openssl_stamps_a_head_and_verifies_what_was_kept(plant: Plant, tmp_path: Path) -> None:
    plant.openssl = OpensslAuthority(tmp_path / "openssl", plant.authority)
    plant.clock.wall = datetime.now(UTC)
    await plant.stamping.step()
    kept = plant.shelf.newest()
    assert kept is not None
    said = openssl_verify(
        tmp_path, kept.read(CHECKPOINT), kept.read(TOKEN), pem(plant.authority.root.certificate)
    )
    assert "Verification: OK" in said


async def test_f17_a_clock_that_an_authority_outside_contradicts_is_told(plant: Plant) -> None:
    """F17: an authenticated time from outside that is not ours becomes a leaf, and no stamp is taken until they agree."""
    plant.begin(clock_skew_s=2)
    plant.clock.step(-timedelta(seconds=5))
    plant.ahead = timedelta(seconds=5)
    await plant.stamping.step()
    (told,) = plant.told(StampRefused)
    assert (told["code"], plant.sizes) == ("stamp_wrong_time", [])
    plant.clock.step(timedelta(seconds=5))
    plant.ahead = timedelta()
    await plant.after(AGAIN)
    assert plant.sizes == [3]
