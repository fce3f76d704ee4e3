"""What a client asks for that is never let through, as the evidence words it."""

import pytest
from asyncssh.packet import SSHPacket, String, UInt32

from broker.conduits.asyncssh_internals.asked import GLOBALS, OPENS, REQUESTS, listener
from domain.access import PassageKind


@pytest.mark.parametrize(
    ("name", "payload", "words"),
    [
        pytest.param("tcpip-forward", String("") + UInt32(8080), ":8080", id="a port to listen on"),
        pytest.param("streamlocal-forward@openssh.com", String("/tmp/x"), "/tmp/x", id="a path to listen on"),
        pytest.param("tcpip-forward", String("a"), "(malformed)", id="a port that is missing"),
        pytest.param("keepalive@openssh.com", b"", "", id="no listener at all"),
    ],
)
def test_where_a_reverse_forward_wants_to_listen_is_told(name: str, payload: bytes, words: str) -> None:
    assert listener(name, SSHPacket(payload)) == words


def test_agents_and_displays_and_reverse_forwards_are_refused_by_name() -> None:
    assert OPENS["auth-agent@openssh.com"] is PassageKind.AGENT
    assert OPENS["x11"] is PassageKind.X11
    assert GLOBALS["tcpip-forward"] is PassageKind.REVERSE_FORWARD
    assert not {"x11-req", "auth-agent-req@openssh.com"} & REQUESTS
