"""Notices by e-mail (RFC 5321, RFC 5322), through the plant's own mail server. Plain text, TLS always."""

import asyncio
import contextlib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from broker.notices.channels.channel import DeliveryError, told_apart, trusting
from broker.notices.message import Message, is_address
from broker.settings import MailSettings

PERMANENT = 500  # RFC 5321 section 4.2.1: 5yz is a permanent negative completion reply


@dataclass(frozen=True, slots=True)
class Mail:
    """Each message over a connection of its own: they are few, and none waits for another."""

    settings: MailSettings
    password: str = field(repr=False)
    timeout_s: float

    name = "mail"
    confirms = True
    personal = True

    async def send(self, message: Message) -> None:
        """Hand it to the mail server; returns once that has taken it over."""
        if not is_address(message.address):
            raise DeliveryError(
                f"{message.to} has no e-mail address here.",
                code="no_address",
                remedy="They give one on the console's page about notices.",
            )
        where = f"The mail server {self.settings.host}:{self.settings.port}"
        with told_apart(where):
            context = await asyncio.to_thread(trusting, self.settings.ca_file)
            async with asyncio.timeout(self.timeout_s):
                await self._hand_over(message, context, where)

    async def _hand_over(self, message: Message, context: ssl.SSLContext, where: str) -> None:
        at_once = self.settings.security == "tls"
        server = aiosmtplib.SMTP(
            hostname=self.settings.host,
            port=self.settings.port,
            use_tls=at_once,
            start_tls=False,
            tls_context=context,
            timeout=self.timeout_s,
        )
        try:
            try:
                await server.connect()
                if not at_once:
                    await server.starttls(tls_context=context)
                if self.settings.username:
                    await server.login(self.settings.username, self.password)
                await server.send_message(written(message, self.settings.sender))
                with suppress(aiosmtplib.SMTPException):  # it has the message, however it says goodbye
                    await server.quit()
            finally:
                await _let_go(server)
        except (
            aiosmtplib.SMTPTimeoutError,
            aiosmtplib.SMTPConnectError,
            aiosmtplib.SMTPServerDisconnected,
        ) as error:
            raise _cause(error) from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise DeliveryError(
                f"{where} does not take the user name and password ({error.code}).",
                code="not_let_in",
                remedy="Mend [mail] in penstock.toml and in keys/notices.toml.",
            ) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            lasting = all(code >= PERMANENT for code in codes)
            raise DeliveryError(
                f"{where} takes nothing for the address of {message.to} ({codes[0]}).",
                code="address_refused" if lasting else "refused",
            ) from error
        except aiosmtplib.SMTPException as error:
            status = getattr(error, "code", type(error).__name__)
            raise DeliveryError(f"{where} did not take the message ({status}).", code="refused") from error


async def _let_go(server: aiosmtplib.SMTP) -> None:
    """Close the connection now, whatever state it is in; nothing of it outlives the message."""
    transport = server.transport
    server.close()
    if isinstance(transport, asyncio.Transport):
        with contextlib.suppress(AttributeError):  # how Python 3.11.2 aborts TLS that has ended already
            transport.abort()
    for _ in range(2):  # it closes in callbacks of its own
        await asyncio.sleep(0)


def _cause(error: BaseException) -> Exception:
    """What lies under the library's own error: a time-out, a certificate, a socket."""
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return TimeoutError()
    under: BaseException | None = error
    while under is not None:
        if isinstance(under, ssl.SSLError | TimeoutError):
            return under
        under = under.__cause__ or under.__context__
    return ConnectionError(type(error).__name__)


def written(message: Message, sender: str) -> EmailMessage:
    """The message as bytes of mail; a header can't be smuggled in, because a notice has no line ends."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.address
    mail["Subject"] = f"[Penstock] {message.subject}"
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.id[:40]}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday reply answers it
    if message.urgent:
        mail["Importance"] = "high"
    foot = "Nothing can be decided by this message. Penstock never asks for a code or a password by mail."
    body = [*message.sentences, f"Look at it in the console: {message.link}", foot]
    mail.set_content("\n\n".join(body) + "\n", cte="quoted-printable")
    return mail
