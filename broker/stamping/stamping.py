"""Has heads of this node's ledger stamped by a time-stamp authority (RFC 3161). Runs beside the console.

Nothing waits for it: sessions open and end while the authority is away, and the heads that were due wait on disk until it is
back (F15). Each stamp becomes a leaf, so that the next one takes it in: that is how they are renewed (F16, ADR 0030).
"""

import asyncio
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from cryptography import x509

from broker.notices.channels.channel import DeliveryError
from broker.settings import TimeStampSettings
from broker.stamping.due import Newest, Pace, is_due
from broker.stamping.fetching import fetch, fetch_crl
from broker.stamping.shelf import Kept, Shelf, Waiting, sha256_of
from domain.canonical import text_in, texts_in
from domain.clock import Clock
from domain.errors import ConfigError, PeerError, PenstockError
from domain.events import ENDS, HeadStamped, StampRefused, StampsLate
from domain.ledger import Ledger
from recorder.ledger.checkpoint import Checkpoint
from recorder.ledger.note import Note
from recorder.ledger.reader import LogReader
from recorder.stamps.chain import certificates_in, crls_in
from recorder.stamps.judge import Asked, Stamp, Trusted, judge_reply, judge_token
from recorder.stamps.token import StampError

log = structlog.get_logger()

EVERY_S = 1.0
AGAIN = timedelta(minutes=1)
"""How long after an attempt that came to nothing the next one is made."""
CRLS_FOR = timedelta(hours=1)
"""How long fetched CRLs are used, where they do not end sooner."""
NONCE_BITS = 64
ABOUT_STAMPS = frozenset({"HeadStamped", "StampsLate", "StampRefused"})


def pace_of(settings: TimeStampSettings) -> Pace:
    """What the settings ask for."""
    return Pace(
        every=timedelta(minutes=settings.every_min),
        at_session_end=settings.at_session_end,
        alarm_after=timedelta(hours=settings.alarm_after_h),
        renew_before=timedelta(days=settings.renew_before_days),
    )


def newest_of(kept: Kept | None) -> Newest | None:
    """What counts of the newest stamp."""
    return None if kept is None else Newest(kept.size, kept.asked, kept.at, kept.until)


class Stamping:
    """One for a node."""

    def __init__(
        self,
        settings: TimeStampSettings,
        roots: Path,
        shelf: Shelf,
        reader: LogReader,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._pace = pace_of(settings)
        self._roots = roots
        self._shelf = shelf
        self._reader = reader
        self._ledger = ledger
        self._clock = clock
        self._seen = -1
        """How many leaves were looked at for news; below 0 where nobody has looked since the start."""
        self._news = self._ended = False
        self._asked: datetime | None = None
        self._newest: Newest | None = None
        self._again: datetime | None = None
        self._crls: tuple[x509.CertificateRevocationList, ...] = ()
        self._crls_until: datetime | None = None

    async def run(self) -> None:
        """Until cancelled; ends at once where no authority is named. Trouble is the operator's to see, and is tried again."""
        while self._settings.url:
            try:
                await self.step()
            except (PenstockError, OSError) as error:
                log.warning("ledger_not_stamped", fact=str(error))
            except Exception:  # whoever approves must not be kept out by an authority's nonsense
                log.exception("ledger_not_stamped")
            await asyncio.sleep(EVERY_S)

    async def step(self) -> None:
        """Put up the head that is due, if one is, and have the oldest that waits stamped, if it is time."""
        now = self._clock.now()
        await self._put_up(now)
        waiting = await asyncio.to_thread(self._shelf.waiting)
        if waiting and (self._again is None or self._again <= now):
            try:
                await self._stamp(waiting[0])
                self._again = None
            except (PenstockError, OSError) as error:
                self._again = now + AGAIN
                await self._failed(waiting[0], error, now)
        await self._late(now)

    async def _put_up(self, now: datetime) -> None:
        if self._seen < 0:
            waiting, newest = await asyncio.to_thread(lambda: (self._shelf.waiting(), self._shelf.newest()))
            self._newest, last = newest_of(newest), waiting[-1] if waiting else newest
            self._seen, self._asked = (last.size, last.asked) if last else (0, None)
        note = (await asyncio.to_thread(lambda: self._reader.checkpoint)).encode()
        size = Checkpoint.of(Note.of(note).body).size
        if self._asked is not None:
            await asyncio.to_thread(self._look, size)
        if is_due(self._pace, now, self._asked, self._newest, news=self._news, ended=self._ended):
            await asyncio.to_thread(self._shelf.wait, size, note, now)
            self._asked, self._seen = now, size
            self._news = self._ended = False

    def _look(self, size: int) -> None:
        for kept in self._reader.events(self._seen, size):
            name = str(kept.event.get("event"))
            self._news = self._news or name not in ABOUT_STAMPS
            self._ended = self._ended or name in ENDS
        self._seen = max(self._seen, size)

    async def _stamp(self, head: Waiting) -> None:
        token = await asyncio.to_thread(self._shelf.token, head.size)
        roots = await asyncio.to_thread(self._trusted_roots)
        if token:  # it was given before this node last ended, and the ledger may not know of it
            stamp = await asyncio.to_thread(self._again_judged, head, token, roots)
        else:
            stamp = await self._ask(head, roots)
        kept = await asyncio.to_thread(self._shelf.crls, head.size)
        leaf = await self._ledger.append(
            HeadStamped(
                at=self._clock.now(),
                size=head.size,
                stamped_at=stamp.token.at,
                authority=stamp.authority,
                serial=str(stamp.token.serial),
                token=sha256_of(stamp.token.whole),
                crls=sha256_of(kept),
                until=stamp.runs_out,
            )
        )
        await asyncio.to_thread(
            lambda: self._shelf.keep(head.size, at=stamp.token.at, until=stamp.runs_out, leaf=leaf)
        )
        self._newest = Newest(head.size, head.asked, stamp.token.at, stamp.runs_out)
        late = text_in(await asyncio.to_thread(self._shelf.trouble), "late")
        still = len(await asyncio.to_thread(self._shelf.waiting))
        await asyncio.to_thread(self._shelf.say_trouble, {"late": late} if late and still else {})
        log.info("ledger_stamped", size=head.size, at=stamp.token.at.isoformat())

    def _again_judged(self, head: Waiting, token: bytes, roots: tuple[x509.Certificate, ...]) -> Stamp:
        try:
            return judge_token(token, head.note, Trusted(roots, crls_in(self._shelf.crls(head.size))))
        except StampError:
            self._shelf.drop(head.size)  # or it would never be asked for again
            raise

    async def _ask(self, head: Waiting, roots: tuple[x509.Certificate, ...]) -> Stamp:
        settings = self._settings
        crls = await self._fresh_crls()
        nonce = secrets.randbits(NONCE_BITS)
        asked = Asked.about(head.note, nonce, digest=settings.digest, policy=settings.policy)
        sent = self._clock.now()
        status, answer = await fetch(
            settings.url,
            asked.request(),
            where="The time-stamp authority",
            ca_file=settings.ca_file,
            timeout_s=settings.timeout_s,
        )
        if status != 200:
            raise PeerError(f"The time-stamp authority answered {status}.")
        trusted = Trusted(roots, crls, revocation_required=bool(settings.crl_urls))
        skew = timedelta(seconds=settings.clock_skew_s)
        stamp = judge_reply(answer, asked, trusted, sent, self._clock.now(), skew)
        own = tuple(one for one in crls if one.issuer in {each.subject for each in stamp.path})
        await asyncio.to_thread(self._shelf.take, head.size, stamp.token.whole, stamp.path, own)
        return stamp

    async def _fresh_crls(self) -> tuple[x509.CertificateRevocationList, ...]:
        now = self._clock.now()
        if self._crls_until is None or now >= self._crls_until:
            found = [
                await fetch_crl(url, ca_file=self._settings.ca_file, timeout_s=self._settings.timeout_s)
                for url in self._settings.crl_urls
            ]
            ends = (one.next_update_utc for one in found)
            self._crls = tuple(found)
            self._crls_until = min([now + CRLS_FOR, *(one for one in ends if one is not None)])
        return self._crls

    def _trusted_roots(self) -> tuple[x509.Certificate, ...]:
        try:
            return certificates_in(self._roots.read_bytes())
        except (OSError, StampError) as error:
            raise ConfigError(
                "Nobody has said whose time-stamps count: this file holds no certificate.",
                file=str(self._roots),
                remedy="Put the authority's root there, as you got it by another way.",
            ) from error

    async def _failed(self, head: Waiting, error: PenstockError | OSError, now: datetime) -> None:
        code = _code_of(error)
        fact = error.fact if isinstance(error, PenstockError) else str(error)
        log.warning("head_not_stamped", size=head.size, code=code, fact=fact)
        before = await asyncio.to_thread(self._shelf.trouble)
        told = texts_in(before, "told")
        if isinstance(error, StampError) and code not in told:
            await self._ledger.append(
                StampRefused(at=now, size=head.size, authority=urlsplit(self._settings.url).netloc, code=code)
            )
            told = (*told, code)
        late = text_in(before, "late")
        await asyncio.to_thread(
            self._shelf.say_trouble, {"code": code, "fact": fact, "told": list(told), "late": late}
        )

    async def _late(self, now: datetime) -> None:
        waiting = await asyncio.to_thread(self._shelf.waiting)
        if not waiting or now - waiting[0].asked < self._pace.alarm_after:
            return
        oldest = waiting[0]
        trouble = dict(await asyncio.to_thread(self._shelf.trouble))
        if text_in(trouble, "late"):
            return
        code = text_in(trouble, "code")
        log.critical("time_stamps_late", since=oldest.asked.isoformat(), waiting=len(waiting), code=code)
        await self._ledger.append(
            StampsLate(at=now, size=oldest.size, since=oldest.asked, waiting=len(waiting), code=code)
        )
        await asyncio.to_thread(self._shelf.say_trouble, {**trouble, "late": str(oldest.size)})


def _code_of(error: PenstockError | OSError) -> str:
    match error:
        case StampError() | DeliveryError():
            return error.code
        case ConfigError():
            return "not_set_up"
        case PeerError():
            return "unreachable"
        case _:
            return "not_kept"
