"""The sample charter: what ``penstock init`` leaves for a plant to edit, and what the demonstration runs on."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from string import Template

from broker.charter.founding import public_line

FOLDER = Path(__file__).parent / "charter"
VALID = timedelta(days=365)
HERE = {"vendor_network": "127.0.0.0/8", "vendor_network_6": "::1/128"}
"""Where the demonstration's vendors come from: this machine."""

DOCUMENTED = {"vendor_network": "198.51.100.0/24", "vendor_network_6": "2001:db8:17::/48"}  # RFC 5737, 3849
PLACEHOLDER = "192.0.2.0"  # RFC 5737, TEST-NET-1


def filled(values: Mapping[str, str], *, today: date) -> dict[str, str]:
    """The sample's files with ``values`` in their places; KeyError when one is missing."""
    dates = {"valid_from": str(today - timedelta(days=1)), "valid_until": str(today + VALID)}
    return {
        one.name: Template(one.read_text("utf-8")).substitute({**dates, **HERE, **values})
        for one in sorted(FOLDER.glob("*.toml"))
    }


def sample_charter(*, today: date) -> dict[str, str]:
    """The sample for a plant to edit: addresses from the documentation range, keys that nobody holds."""
    assets = {"eng_ws_1": 22, "gateway_1": 22, "historian": 22, "hmi_1": 80, "plc_07": 502, "sis_1": 502}
    values = {f"port_{name}": str(port) for name, port in assets.items()}
    for name in (
        "host_key_eng_ws_1",
        "host_key_gateway_1",
        "host_key_historian",
        "ssh_key_ana",
        "ssh_key_ben",
    ):
        values[name] = public_line()
    files = filled({**values, **DOCUMENTED, "address": PLACEHOLDER}, today=today)
    before, *after = files["assets.toml"].split(
        PLACEHOLDER
    )  # one machine, one address: each endpoint gets its own
    files["assets.toml"] = before + "".join(f"192.0.2.{10 + at}{part}" for at, part in enumerate(after))
    sites = files["sites.toml"]
    files["sites.toml"] = (
        "\n".join(line for line in sites.splitlines() if not line.startswith("demonstration")) + "\n"
    )
    return files
