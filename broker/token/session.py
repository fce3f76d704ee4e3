"""A session with a token, over PKCS#11: logged in once, closed at the first sign of trouble. All of it blocks.

python-pkcs11 is loaded here, and only where a plant's settings name a token.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from broker.token.fault import fault
from broker.token.pin import RefusedPin, read_pin
from broker.token.place import Place, check_module
from domain.errors import ConfigError, EvidenceError

if TYPE_CHECKING:
    from pkcs11 import Session

ED25519 = bytes.fromhex("130c656477617264733235353139")
"""CKA_EC_PARAMS: the PrintableString "edwards25519" (PKCS#11 3.0, section 2.3.10)."""

PIN_REFUSED = ("PinIncorrect", "PinInvalid", "PinLenRange")


class TokenSession:
    """One token, logged in. ``close`` ends the login; a new one begins with the module initialised anew."""

    def __init__(self, place: Place, label: str, serial: str, session: "Session") -> None:
        self._place = place
        self._session = session
        self._key: Any = None
        self.label = label
        self.serial = serial

    @property
    def raw(self) -> "Session":
        """The library's own session."""
        return self._session

    @property
    def said(self) -> str:
        """The token's name for people."""
        return f"{self.label} ({self.serial})"

    def keys(self) -> list[Any]:
        """The Ed25519 private keys that bear the label."""
        from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415

        wanted: dict[Attribute, Any] = {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.LABEL: self._place.key,
        }
        with said_plainly():
            return list(self._session.get_objects(wanted))

    def key(self) -> Any:
        """The one that bears the label, looked up once a login; EvidenceError when there is none, or several."""
        if self._key is not None:
            return self._key
        found = self.keys()
        if len(found) > 1:
            raise fault(
                "token_key_ambiguous",
                f"{len(found)} private keys in the token {self.said} are called {self._place.key!r}.",
            )
        if not found:
            raise fault(
                "token_key_absent", f"The token {self.said} holds no Ed25519 key {self._place.key!r}."
            )
        self._key = found[0]
        return self._key

    def close(self) -> None:
        """End it, and never fail: what is closed may be gone already."""
        from pkcs11 import PKCS11Error  # noqa: PLC0415

        try:
            self._session.close()
        except PKCS11Error:
            return


def open_session(place: Place, *, writing: bool = False) -> TokenSession:
    """Log in at the token; EvidenceError with a code when it is not there, or does not take the PIN.

    A PIN that this token refused is not offered again, and its last try is left to people.
    """
    check_module(place.module)
    library = _library(place)
    from pkcs11 import PKCS11Error, TokenFlag  # noqa: PLC0415

    with said_plainly():
        library.reinitialize()  # a module sees tokens come and go only so, and forgets a login that was lost
        tokens = [one for one in library.get_tokens() if one.label == place.token]
    if len(tokens) > 1:
        raise fault("token_ambiguous", f"{len(tokens)} tokens are called {place.token!r}.")
    if not tokens:
        raise fault("token_absent", f"There is no token {place.token!r} behind {place.module}.")
    token = tokens[0]
    serial = bytes(token.serial).decode("ascii", "replace").strip()
    said = f"{place.token} ({serial})"
    if TokenFlag.USER_PIN_LOCKED in token.flags:
        raise fault("token_pin_locked", f"The PIN of the token {said} is locked.")
    if TokenFlag.USER_PIN_FINAL_TRY in token.flags:
        raise fault("token_pin_last_try", f"The token {said} has one try left before its PIN locks.")
    pin, refused = read_pin(place.pin_file), RefusedPin(place.refused)
    if refused.is_it(serial, pin):
        raise fault("token_pin_wrong", f"The token {said} refused this PIN before.")
    try:
        session = token.open(rw=writing, user_pin=pin)
    except PKCS11Error as error:
        name = type(error).__name__
        if name in PIN_REFUSED:
            refused.remember(serial, pin)
            raise fault(
                "token_pin_wrong", f"The token {said} refused the PIN in {place.pin_file}."
            ) from error
        if name == "PinLocked":
            raise fault("token_pin_locked", f"The PIN of the token {said} is locked.") from error
        raise _failed(error) from error
    refused.forget()
    return TokenSession(place, place.token, serial, session)


@contextmanager
def said_plainly() -> Iterator[None]:
    """What the library raises, as an error of ours."""
    from pkcs11 import PKCS11Error  # noqa: PLC0415

    try:
        yield
    except PKCS11Error as error:
        raise _failed(error) from error


def _failed(error: Exception) -> EvidenceError:
    return fault("token_failed", f"The token answers with an error: {type(error).__name__}.")


def _library(place: Place) -> Any:
    try:
        import pkcs11  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "A token is set up, and the library python-pkcs11 is not installed.",
            remedy="Install the extra: pip install 'penstock[token]'.",
        ) from error
    try:
        return pkcs11.lib(str(place.module))
    except (OSError, RuntimeError) as error:  # pkcs11.PKCS11Error is a RuntimeError
        raise fault("token_module", f"{place.module} can't be loaded: {error}.") from error
