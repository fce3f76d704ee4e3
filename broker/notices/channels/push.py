"""Notices as Web Push (RFC 8030): subject and link to each browser that its person subscribed, sealed for it alone."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from broker.notices.channels import webhook
from broker.notices.channels.channel import DeliveryError
from broker.notices.channels.sealed import sealed, vouched
from broker.notices.channels.webhook import host_of, post
from broker.notices.message import Message
from broker.notices.subscriptions import Kept, Subscriptions, checked_endpoint
from domain.canonical import canonical
from domain.clock import Clock

KEPT_FOR = timedelta(hours=4)
"""How long a push service keeps what a browser that is off could not take; it is in the console all the same."""

VOUCHED_FOR = timedelta(hours=12)  # RFC 8292 section 2: no more than 24 hours
TOPIC_CHARACTERS = 32  # RFC 8030 section 5.4
LONGEST_SUBJECT = 200

GONE = "gone"
NO = webhook.NO | {404: GONE, 410: GONE}  # RFC 8030 section 7.3: this browser wants nothing more


@dataclass(frozen=True, slots=True)
class Push:
    """One sealed message for each browser; taken when any of their push services took it."""

    subscriptions: Subscriptions
    key: EllipticCurvePrivateKey = field(repr=False)
    hosts: tuple[str, ...]
    contact: str
    ca_file: str
    clock: Clock
    timeout_s: float

    name = "push"
    confirms = False
    """A push service takes it, and says nothing of the browser."""
    personal = True

    async def send(self, message: Message) -> None:
        """To all at once: a service that hangs holds up no other."""
        browsers = await asyncio.to_thread(self.subscriptions.of, message.to)
        if not browsers:
            raise DeliveryError("No browser of theirs is subscribed.", code="no_address")
        told = await asyncio.gather(*(self._told(one, message) for one in browsers))
        errors = [one for one in told if one is not None]
        if len(errors) == len(told):
            raise _gravest(errors)

    async def _told(self, kept: Kept, message: Message) -> DeliveryError | None:
        """Why this browser was not told, if it was not."""
        one = kept.subscription
        try:
            endpoint = checked_endpoint(one.endpoint, self.hosts)  # the settings may say otherwise by now
        except ValueError as error:
            return DeliveryError(str(error), code="address_refused")
        where = f"The push service {host_of(endpoint)}"
        text = canonical(
            {
                "title": message.subject[:LONGEST_SUBJECT],
                "link": message.link,
                "tag": message.id[:TOPIC_CHARACTERS],
                "urgent": message.urgent,
            }
        )
        body = sealed(text, one.browser, generate_private_key(SECP256R1()), secrets.token_bytes(16))
        headers = {
            "Authorization": vouched(endpoint, self.key, self.contact, self.clock.now() + VOUCHED_FOR),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(int(KEPT_FOR.total_seconds())),
            "Urgency": "high" if message.urgent else "normal",
            "Topic": message.id[:TOPIC_CHARACTERS],
        }
        try:
            await post(
                endpoint, body, headers, where=where, ca_file=self.ca_file, timeout_s=self.timeout_s, no=NO
            )
        except DeliveryError as error:
            if error.code == GONE:
                await asyncio.to_thread(self.subscriptions.end, message.to, kept.number)
                return DeliveryError(error.fact, code="address_refused")
            return error
        return None


def _gravest(errors: Iterable[DeliveryError]) -> DeliveryError:
    """One that may pass, if there is one: then it is tried again."""
    return min(errors, key=lambda one: one.lasting)
