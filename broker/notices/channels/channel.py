"""What a way out is: it takes one message to one place, and says whether it arrived."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from broker.notices.message import Message
from domain.errors import PenstockError


class DeliveryError(PenstockError):
    """A message was not taken. ``code`` is stable: the ledger carries it.

    * ``unreachable``     nobody listens there, or the way is cut
    * ``timed_out``       the other side did not answer in time
    * ``not_trusted``     its certificate does not hold
    * ``not_let_in``      it does not take our password or signature
    * ``address_refused`` it knows no such recipient; trying again is of no use
    * ``no_address``      the person has none on this channel; trying again is of no use
    * ``refused``         it said no, or nonsense
    """

    def __init__(self, fact: str, *, code: str, remedy: str = "") -> None:
        super().__init__(fact, remedy=remedy)
        self.code = code

    @property
    def lasting(self) -> bool:
        """Whether another attempt can only end the same."""
        return self.code in {"address_refused", "no_address"}


class Channel(Protocol):
    """One way out. tests/broker/notices/channels/contract.py holds every one to this:

    * `send` returns once the other side has taken the message, where its protocol says such a thing
      (`confirms`); else once it was handed over;
    * anything else is a DeliveryError within the time-out: no server can keep it waiting;
    * nothing is sent to a server whose certificate does not hold;
    * no text of a message becomes a header, a line or a field of its own;
    * no error says a secret.
    """

    @property
    def name(self) -> str:
        """One word: ``mail``, ``webhook``, ``chat``, ``syslog``."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether `send` returning means that the other side has it."""
        ...

    @property
    def personal(self) -> bool:
        """Whether it goes to a person's own address, and not to one place for all."""
        ...

    async def send(self, message: Message) -> None:
        """Take ``message`` there; DeliveryError when it was not taken."""
        ...


def trusting(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 or later, certificate and name checked; against ``ca_file``, or the machine's own authorities."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def told_apart(where: str) -> Iterator[None]:
    """Turn what the network raises into a DeliveryError; ``where`` names the server and no secret."""
    try:
        yield
    except TimeoutError as error:
        raise DeliveryError(f"{where} did not answer in time.", code="timed_out") from error
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or "its TLS can't be used"
        raise DeliveryError(
            f"{where} is not trusted: {reason}.",
            code="not_trusted",
            remedy="Name the authority of its certificate as ca_file, or mend the certificate.",
        ) from error
    except (OSError, EOFError) as error:
        raise DeliveryError(
            f"{where} can't be reached: {getattr(error, 'strerror', None) or type(error).__name__}.",
            code="unreachable",
        ) from error
