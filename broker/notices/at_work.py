"""Notices as the console's process has them at work: built from the node's own settings and charter."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from broker.charter.age import in_effect_since
from broker.layout import Layout
from broker.notices.carrier import Carrier
from broker.notices.channels.sealed import in_base64, public_bytes
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Offer
from broker.notices.ways import Ways, push_key, ways_of
from broker.settings import Settings
from domain.clock import Clock
from domain.errors import ConfigError
from domain.ledger import Ledger
from policies.charter.charter import Charter
from policies.charter.void import Void, void_report
from recorder.ledger.reader import LogReader

log = structlog.get_logger()


def carrier_of(
    layout: Layout,
    settings: Settings,
    outbox: Outbox,
    charter: Callable[[], Charter],
    ledger: Ledger,
    clock: Clock,
) -> Carrier:
    """The node's carrier. With a way that can't work there is none: the console still tells everybody.

    Whoever approves must not be kept out by a mail server's missing password; `penstock doctor` names it.
    """
    try:
        ways = ways_of(layout, settings, clock)
    except ConfigError as error:
        log.critical("notices_stay_inside", fact=str(error))
        ways = Ways(origin=settings.origin)
    bounds = settings.notices
    return Carrier(
        outbox,
        ways,
        charter=charter,
        ledger=ledger,
        clock=clock,
        attempts=bounds.attempts,
        keep=timedelta(days=bounds.keep_days),
        timeout_s=bounds.timeout_s,
    )


def offer_of(layout: Layout, settings: Settings) -> Offer | None:
    """What browsers are offered; None where Web Push is off, or can't work, which ``carrier_of`` has said."""
    if not settings.push.hosts:
        return None
    try:
        key = push_key(layout)
    except ConfigError:
        return None
    return Offer(in_base64(public_bytes(key)), tuple(settings.push.hosts))


def voids_now(
    charter: Callable[[], Charter], ledger: LogReader, clock: Clock
) -> Callable[[], Iterable[Void]]:
    """The voids of this instant. Since when a charter is in effect is looked up once for each."""
    since: dict[bytes, datetime | None] = {}

    def voids() -> Iterable[Void]:
        here = charter()
        if here.digest not in since:
            since.clear()
            since[here.digest] = in_effect_since(ledger, here.digest)
        return void_report(here, clock.now(), loaded=since[here.digest]).voids

    return voids
