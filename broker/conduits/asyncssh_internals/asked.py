"""What a client may ask of its connection and its channels. Whatever is not named here is refused, and told of."""

from asyncssh.packet import PacketDecodeError, SSHPacket

from domain.access import PassageKind

OPENS = {
    "session": None,
    "direct-tcpip": None,  # each of these has its own way to the door
    "direct-streamlocal@openssh.com": None,
    "tun@openssh.com": None,
    "x11": PassageKind.X11,
    "auth-agent@openssh.com": PassageKind.AGENT,
    "forwarded-tcpip": PassageKind.REVERSE_FORWARD,
    "forwarded-streamlocal@openssh.com": PassageKind.STREAMLOCAL,
}
GLOBALS = {
    "keepalive@openssh.com": None,
    "no-more-sessions@openssh.com": None,
    "tcpip-forward": PassageKind.REVERSE_FORWARD,
    "cancel-tcpip-forward": PassageKind.REVERSE_FORWARD,
    "streamlocal-forward@openssh.com": PassageKind.STREAMLOCAL,
    "cancel-streamlocal-forward@openssh.com": PassageKind.STREAMLOCAL,
}
REQUESTS = frozenset(
    {"pty-req", "env", "shell", "exec", "subsystem", "window-change", "signal", "break", "eow@openssh.com"}
    | {"keepalive@openssh.com"}
)


def listener(name: str, packet: SSHPacket) -> str:
    """What a reverse forward wants to listen on, for the evidence."""
    try:
        if name in ("tcpip-forward", "cancel-tcpip-forward"):
            return f"{packet.get_string().decode('utf-8', 'replace')}:{packet.get_uint32()}"
        if "streamlocal" in name:
            return packet.get_string().decode("utf-8", "replace")
    except PacketDecodeError:
        return "(malformed)"
    return ""
