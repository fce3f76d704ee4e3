"""Notices as HTTP requests: signed documents for machines, or a line with a link for a chat room."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from broker.notices.channels.channel import DeliveryError, told_apart, trusting
from broker.notices.channels.signature import signed
from broker.notices.message import Message
from domain.canonical import Json, canonical
from domain.clock import Clock
from domain.errors import ConfigError

HERE = frozenset({"127.0.0.1", "::1", "localhost"})
MOST_SUBJECT = 200
NO = {401: "not_let_in", 403: "not_let_in"}
"""What an answer means; any other that is no yes is ``refused``."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One document a notice, with the signature that ``signature.verify`` checks."""

    url: str
    secret: str = field(repr=False)
    ca_file: str
    clock: Clock
    timeout_s: float

    name = "webhook"
    confirms = True
    personal = False

    async def send(self, message: Message) -> None:
        """Post the document; any 2xx is a yes. A redirection is a no: the signature is for this address."""
        body = canonical(message.document())
        headers = {"Penstock-Notice": message.id} | signed(self.secret, body, self.clock.now())
        where = f"The webhook at {host_of(self.url)}"
        await post(self.url, body, headers, where=where, ca_file=self.ca_file, timeout_s=self.timeout_s)


@dataclass(frozen=True, slots=True)
class Chat:
    """Subject and link, never the sentences: a chat room is outside the plant, and not a place to decide."""

    url: str = field(repr=False)  # whoever has it can write there
    style: str
    ca_file: str
    timeout_s: float

    name = "chat"
    confirms = True
    personal = False

    async def send(self, message: Message) -> None:
        """Post the line."""
        line = f"{'Urgent: ' if message.urgent else ''}{without_markup(message.subject)}"
        body = canonical(
            {"text": f"{line}\n{message.link}"} if self.style == "text" else _card(line, message.link)
        )
        where = f"The chat server {host_of(self.url)}"
        await post(self.url, body, {}, where=where, ca_file=self.ca_file, timeout_s=self.timeout_s)


def without_markup(text: str) -> str:
    """``text`` without the marks that chat servers read as mentions, links or formatting."""
    return "".join(
        "\N{FULLWIDTH COMMERCIAL AT}" if one == "@" else " " if one in "<>*_~`[]|#" else one for one in text
    )


def _card(line: str, link: str) -> Json:
    card: Json = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": line, "wrap": True}],
        "actions": [{"type": "Action.OpenUrl", "title": "Look at it in the console", "url": link}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    where: str,
    ca_file: str,
    timeout_s: float,
    no: Mapping[int, str] = NO,
) -> None:
    """POST ``body``, as JSON unless ``headers`` say otherwise; DeliveryError unless the answer is a 2xx.

    What the answer says is not read.
    """
    import httpx2  # noqa: PLC0415 (a console without this channel starts without it)

    with told_apart(where):
        context = await asyncio.to_thread(trusting, ca_file)
        try:
            # The client's own time-outs come first, since it then cleans up after itself; the one
            # around it all is for an answer that drips.
            async with (
                asyncio.timeout(timeout_s),
                httpx2.AsyncClient(verify=context, trust_env=False, timeout=timeout_s / 2) as client,
                client.stream(
                    "POST", url, content=body, headers={"Content-Type": "application/json", **headers}
                ) as answer,
            ):
                status = answer.status_code
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except httpx2.HTTPError as error:
            raise _cause(error) from error
    if not 200 <= status < 300:  # RFC 9110 section 15.3
        raise DeliveryError(
            f"{where} answered {status}.",
            code=no.get(status, "refused"),
            remedy="See that the address is right and that the other side knows the secret.",
        )


def _cause(error: BaseException) -> Exception:
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, ssl.SSLError):
            return under
        under = under.__cause__ or under.__context__
    return ConnectionError(type(error).__name__)


def host_of(url: str) -> str:
    """The host and port alone: what else an address holds may be a secret."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


def checked_url(url: str, what: str) -> str:
    """``url`` when it may be posted to; ConfigError otherwise. In clear only to this machine itself."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and not parts.username and (parts.port is None or parts.port > 0)
    except ValueError:
        sound, parts = False, urlsplit("")
    if not sound or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)):
        raise ConfigError(
            f"{what} is not an https:// address.",
            remedy="Give the whole address. Plain http:// is taken for this machine itself only.",
        )
    return url
