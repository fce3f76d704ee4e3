"""The ledger's key in a token: asked for each signature, and believed only where it is the key that the log began with."""

from broker.token.fault import fault
from broker.token.place import Place
from broker.token.session import TokenSession, open_session, said_plainly
from domain.errors import EvidenceError
from recorder.ledger.note import Note, VerifierKey, sign
from recorder.signing import KeyState


class TokenSigner:
    """``recorder.signing.Signer`` over a key that never leaves its token.

    It logs in when it has to, again after any trouble, and checks each signature against ``key`` before anybody sees it.
    While the token can't sign, it raises EvidenceError with a code of ``broker.token.fault``; no other key stands in.
    """

    def __init__(self, place: Place, key: VerifierKey) -> None:
        self._place = place
        self._key = key
        self._session: TokenSession | None = None

    @property
    def key(self) -> VerifierKey:
        """The key that the log began with, from ``keys/ledger.vkey``."""
        return self._key

    def note(self, body: str) -> Note:
        """``body`` under this key's line; EvidenceError with a code while the token can't sign it."""
        return sign(body, self._key, self._made)

    def look(self, body: str) -> KeyState:
        """Whether the key can sign now, and whether it can't be taken out of its token."""
        try:
            self.note(body)
            session = self._logged_in()
            return _guarded(session)
        except EvidenceError as error:
            self.close()
            return KeyState(self._place.token, error.code, error.fact, error.remedy)

    def close(self) -> None:
        """Log out."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _logged_in(self) -> TokenSession:
        if self._session is None:
            self._session = open_session(self._place)
        return self._session

    def _made(self, message: bytes) -> bytes:
        held = self._session is not None
        try:
            return self._once(message)
        except EvidenceError:
            self.close()
            if not held:
                raise
        # The session was an old one: lost with a reset, or the token was out and is in again.
        try:
            return self._once(message)
        except EvidenceError:
            self.close()
            raise

    def _once(self, message: bytes) -> bytes:
        session = self._logged_in()
        made = signature(session, message)
        if not self._key.verifies(made, message.decode()):
            raise fault(
                "token_key_wrong",
                f"The key {self._place.key!r} in the token {session.said} is not the one that this log began with.",
            )
        return made


def signature(session: TokenSession, message: bytes) -> bytes:
    """The 64 bytes that the token's key makes of ``message`` (pure Ed25519)."""
    from pkcs11 import Mechanism  # noqa: PLC0415

    key = session.key()
    with said_plainly():
        return bytes(key.sign(message, mechanism=Mechanism.EDDSA))


def _guarded(session: TokenSession) -> KeyState:
    """The key's own attributes: it must be sensitive, and not to be extracted."""
    from pkcs11 import Attribute  # noqa: PLC0415

    key = session.key()
    with said_plainly():
        sensitive, extractable = bool(key[Attribute.SENSITIVE]), bool(key[Attribute.EXTRACTABLE])
        born = all(
            bool(key[one])
            for one in (Attribute.LOCAL, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
        )
    if not sensitive or extractable:
        return KeyState(
            session.said,
            "token_key_exposed",
            f"The key in the token {session.said} can be read out of it.",
            "Begin a new log with a key that was made in the token: docs/token.md.",
        )
    return KeyState(session.said, born=born)
