"""What is known of a vendor's connection, however it came in: who they are, from where, and with what."""

import asyncssh

from broker.conduits.asyncssh_internals.vendor_connection import VendorConnection
from broker.door.crew import Crew
from broker.door.house import House
from broker.door.identity import SignIn


class Visitor(asyncssh.SSHServer):
    """asyncssh's view of one connection."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parts = house.parts
        self.sign_in = SignIn()
        self.source = ""
        self.entered_s = 0.0
        """When its person had proved who they are, in seconds since boot; 0 until then."""
        self.spent = False
        """Whether that has confirmed something already."""
        self._crew = Crew()
        self._ssh: VendorConnection | None = None

    @property
    def whence(self) -> str:
        """Where the person is: the address that their client has, or their browser where the console connects for it."""
        certificate = self.sign_in.certificate
        return (
            certificate.terms.source if certificate is not None and self.sign_in.in_browser else self.source
        )

    @property
    def client(self) -> str:
        """The version string that the client sent (RFC 4253 section 4.2); what it says of itself, no proof."""
        said: object = None if self._ssh is None else self._ssh.get_extra_info("client_version")
        return said if isinstance(said, str) else ""

    def close(self) -> None:
        """End the connection now."""
        if self._ssh is not None:
            self._ssh.abort()
