"""A vendor's own signature on a file: detached, by a key that the charter names, as ``ssh-keygen -Y sign -n file`` writes it. Pure.

It comes as a file of its own, called like the one it is for and ``.sig``. What it signs is found by its digest, so that a file may be called
as its client likes on its way. OpenSSH PROTOCOL.sshsig.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from approvals.armour import BEGIN, LONGEST_CHARS, bare
from approvals.proofs.sshsig import check_digests, key_in
from domain.errors import ProofError
from policies.charter.ssh_keys import fingerprint

NAMESPACE = "file"
"""What ssh-keygen(1) calls it for files in general; a signature for a commit or for a decision has another."""

ENDING = b".sig"
LONGEST_BYTES = LONGEST_CHARS
HEAD = "signature: "
NONE = f"{HEAD}none"


@dataclass(frozen=True, slots=True)
class Signature:
    """What was found about one file. ``by`` is the key's fingerprint; ``fault`` says why the one that lies beside it does not count."""

    by: str = ""
    fault: str = ""

    def line(self) -> str:
        """It in one line, for the card, the ledger and whoever releases."""
        if self.by:
            return f"{HEAD}by {self.by}"
        return f"{HEAD}wrong: {self.fault}" if self.fault else NONE


def may_be_one(name: bytes, size: int) -> bool:
    """Whether a file may be a signature, by what is known without reading it."""
    return name.lower().endswith(ENDING) and size <= LONGEST_BYTES


def is_one(text: bytes, keys: Collection[str]) -> bool:
    """Whether it is a signature by one of these keys: such a file needs none itself."""
    try:
        return text.startswith(BEGIN.encode()) and key_in(bare(text.decode("ascii")), keys) != ""
    except (ProofError, UnicodeDecodeError):
        return False


def signature_of(
    name: bytes, digests: Mapping[str, bytes], keys: Collection[str], beside: Iterable[tuple[bytes, bytes]]
) -> Signature:
    """The signature on the file of that name and these digests (``sha256``, ``sha512``) by one of ``keys``.

    ``beside``: names and contents of what came with it and may be one, the newest first.
    """
    fault = ""
    for called, text in beside:
        try:
            return Signature(fingerprint(check_digests(bare(text.decode("ascii")), digests, NAMESPACE, keys)))
        except (ProofError, UnicodeDecodeError) as error:
            if called == name + ENDING and not fault:
                fault = error.fact if isinstance(error, ProofError) else "It is no SSH signature."
    return Signature(fault=fault)


def signed_by(scans: Collection[str], keys: Collection[str]) -> bool:
    """Whether a card says that one of ``keys`` signed its file; they may be others than when it was looked at."""
    return any(f"{HEAD}by {fingerprint(one)}" in scans for one in keys)
