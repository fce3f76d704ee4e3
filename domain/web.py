"""A device's web server: by which name it is asked, and by what the gate knows it."""

from dataclasses import dataclass

CERTIFICATE, KEY = "certificate sha256:", "key sha256:"
"""How a fingerprint begins: of a certificate as a whole, or of the public key in it. 64 hexadecimal digits follow."""


@dataclass(frozen=True, slots=True)
class Web:
    """What an HTTP endpoint has beside its address. It speaks TLS once it says how its certificate is known."""

    host: str = ""
    """The name by which it is asked; without one its address."""
    certificates: tuple[str, ...] = ()
    """Fingerprints, any one of which is enough."""
    authority: str = ""
    """Who issues its certificate, as the base64 of that certificate (DER); empty with fingerprints."""

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return bool(self.certificates or self.authority)
