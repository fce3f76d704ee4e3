"""Which ways out a node has: none by default; each with its secrets apart; no secret in any sentence."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.layout import Layout
from broker.notices.at_work import offer_of
from broker.notices.channels.sealed import in_base64, public_bytes
from broker.notices.subscriptions import Offer
from broker.notices.ways import Ways, read_secrets, ways_of
from broker.settings import Settings, read_settings
from domain.errors import ConfigError
from tests.broker.notices.channels.contract import SECRETS
from tests.clock import FrozenClock

LEDGER = '[ledger]\norigin = "plant.example/ot-access/1"\n'
ALL = """
[mail]
host = "mail.plant.example"
sender = "penstock@plant.example"
username = "penstock"
[webhook]
url = "https://soc.plant.example/penstock"
[chat]
style = "text"
[syslog]
host = "logs.plant.example"
"""
PASSWORD, SECRET, ROOM = SECRETS
KEYS = f"""
[mail]
password = "{PASSWORD}"
[webhook]
secret = "{SECRET}"
[chat]
url = "https://chat.example/{ROOM}"
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "keys").mkdir()
    return Layout(tmp_path)


def settings(layout: Layout, text: str = "") -> Settings:
    layout.config.write_text(LEDGER + text)
    return read_settings(layout)


def keys(layout: Layout, text: str, mode: int = 0o600) -> None:
    layout.notice_secrets.write_text(text)
    layout.notice_secrets.chmod(mode)


def test_a_node_has_no_way_out_unless_it_is_told_of_one(layout: Layout) -> None:
    found = ways_of(layout, settings(layout), FrozenClock())
    assert found == Ways((), full=False, origin="https://localhost:8443")
    assert found.channel("mail") is None


def test_every_way_that_is_switched_on_is_there(layout: Layout) -> None:
    keys(layout, KEYS)
    found = ways_of(layout, settings(layout, ALL + '[notices]\ndetails = "full"\n'), FrozenClock())
    assert [one.name for one in found.channels] == ["mail", "webhook", "chat", "syslog"]
    assert [one.name for one in found.channels if one.personal] == ["mail"]
    assert found.full
    assert found.channel("chat") is found.channels[2]
    assert not [secret for secret in SECRETS if secret in repr(found)]


@pytest.mark.parametrize(
    ("config", "secret", "says"),
    [
        (ALL.replace('sender = "penstock@plant.example"', ""), KEYS, "mail.sender"),
        (ALL, KEYS.replace(PASSWORD, ""), "mail.password"),
        (ALL, KEYS.replace(SECRET, "short"), "webhook.secret"),
        (ALL.replace("https://soc", "http://soc"), KEYS, "webhook.url"),
        (ALL, KEYS.replace("https://chat", "ftp://chat"), "chat.url"),
        (ALL + 'ca_file = "/nowhere/ca.pem"\n', KEYS, "authority"),
        (ALL, "", "mail.password"),
    ],
)
def test_a_way_that_could_never_work_is_named(layout: Layout, config: str, secret: str, says: str) -> None:
    keys(layout, secret)
    with pytest.raises(ConfigError, match=says) as caught:
        ways_of(layout, settings(layout, config), FrozenClock())
    assert caught.value.remedy
    assert not [one for one in SECRETS if one in str(caught.value)]


@pytest.mark.parametrize(
    "text", ["not toml at all " + PASSWORD, f'[mail]\npasword = "{PASSWORD}"', "[mail]\npassword = 7"]
)
def test_a_file_of_secrets_that_cannot_be_read_is_not_quoted(layout: Layout, text: str) -> None:
    keys(layout, text)
    with pytest.raises(ConfigError) as caught:
        read_secrets(layout.notice_secrets)
    assert PASSWORD not in f"{caught.value} {caught.value.__cause__}"


PUSH = '[push]\nhosts = ["push.example"]\n'


def test_web_push_goes_by_the_node_s_own_key(layout: Layout) -> None:
    key = generate_private_key(SECP256R1())
    layout.push_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (found,) = ways_of(layout, settings(layout, PUSH), FrozenClock()).channels
    assert (found.name, found.personal, found.confirms) == ("push", True, False)
    offer = offer_of(layout, settings(layout, PUSH))
    assert offer == Offer(in_base64(public_bytes(key)), ("push.example",))
    assert offer_of(layout, settings(layout)) is None


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="none"),
        pytest.param(b"not a key", id="noise"),
        pytest.param(
            Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            id="another kind",
        ),
    ],
)
def test_web_push_without_a_key_that_can_be_used_says_how_to_draw_one(
    layout: Layout, key: bytes | None
) -> None:
    if key is not None:
        layout.push_key.write_bytes(key)
    with pytest.raises(ConfigError) as caught:
        ways_of(layout, settings(layout, PUSH), FrozenClock())
    assert "openssl genpkey" in caught.value.remedy
    assert offer_of(layout, settings(layout, PUSH)) is None


def test_a_file_of_secrets_that_others_can_read_is_refused(layout: Layout) -> None:
    keys(layout, KEYS, 0o640)
    with pytest.raises(ConfigError, match="Others"):
        read_secrets(layout.notice_secrets)
