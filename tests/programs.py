"""Programs that tests start and that no Python package brings: where each is, and what to install where it is not.

A test that needs one asks here, and is skipped with the package's name on a machine without it: ``make test`` passes
where there is nothing but Python, make and Node. The build server installs every one of them.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

PACKAGES: Mapping[str, str] = {
    "ssh": "openssh-client",
    "scp": "openssh-client",
    "sftp": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "sftp-server": "openssh-server",
    "rsync": "rsync",
    "rz": "lrzsz",
    "curl": "curl",
    "nginx": "nginx-light",
    "ceph": "ceph-mon",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "monmaptool": "ceph-mon",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
    "clamd": "clamav-daemon",
    "softhsm2-util": "softhsm2",
    "telnetd": "inetutils-telnetd",
    "socat": "socat",
    "ser2net": "ser2net",
    "Xtigervnc": "tigervnc-standalone-server",
    "xev": "x11-utils",
    "xrdp": "xrdp",
    "xfreerdp": "freerdp2-x11",
    "freerdp-shadow-cli": "freerdp2-shadow-x11",
    "tshark": "tshark",
    "chromium": "chromium",
    "asciinema": "asciinema",
    "systemd-analyze": "systemd",
    "systemd-socket-activate": "systemd",
    "nft": "nftables",
}
"""Each program's Debian package."""

PLACES = os.pathsep.join(
    (
        os.environ.get("PATH", ""),
        "/usr/sbin:/sbin",  # a person's own path leaves daemons out
        "/usr/lib/openssh:/usr/libexec/openssh:/usr/libexec",
        str(Path(sys.executable).parent),  # what a Python package brings is in the virtual environment
    )
)
"""Where they are looked for."""


def _path(name: str) -> str | None:
    """Its path; None where it is not installed."""
    return shutil.which(name, path=PLACES)


def missing(*names: str) -> str:
    """What to install of the packages that bring ``names``; empty where nothing is missing."""
    absent = [name for name in names if _path(name) is None]
    packages = " ".join(dict.fromkeys(PACKAGES.get(name, name) for name in absent))
    return f"needs {', '.join(absent)}: apt-get install {packages}" if absent else ""


def program(name: str) -> str:
    """Its path; whoever asks where it is not installed is skipped."""
    if said := missing(name):
        pytest.skip(said)
    return str(_path(name))


def needs(*names: str) -> pytest.MarkDecorator:
    """Skips a test, or a file as its ``pytestmark``, where one of ``names`` is not installed."""
    said = missing(*names)
    return pytest.mark.skipif(bool(said), reason=said)
