"""A tree's head, as a text that can be signed: C2SP tlog-checkpoint."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from domain.errors import EvidenceError
from recorder.ledger.merkle import HASH_BYTES


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log ``origin`` has ``size`` leaves under ``root`` (32 bytes). Without extension lines: nobody audits those."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @staticmethod
    def of(body: str) -> "Checkpoint":
        """The head that a note's text states; EvidenceError for anything else.

        Extension lines are accepted in a checkpoint by somebody else's software, and not kept.
        """
        if not body.endswith("\n"):
            raise EvidenceError("A checkpoint ends in a newline.")
        lines = body[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise EvidenceError("A checkpoint has three lines: origin, size and root.")
        origin, size, encoded = lines[:3]
        try:
            root = b64decode(encoded, validate=True)
        except (ValueError, Base64Error) as error:
            raise EvidenceError(f"{encoded!r} is not a root.") from error
        if len(root) != HASH_BYTES or b64encode(root).decode() != encoded:
            raise EvidenceError(f"{encoded!r} is not a root.")
        return Checkpoint(origin, decimal(size), root)


def decimal(text: str) -> int:
    """The number that ``text`` writes in ASCII digits without a needless zero; EvidenceError for others."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or str(int(text)) != text:
        raise EvidenceError(f"{text!r} is not a number in its one written form.")
    return int(text)
