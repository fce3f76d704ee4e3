"""Addresses that browsers name are anybody's: nothing is sent but where the settings say."""

from pathlib import Path

import pytest

from broker.notices.channels.sealed import in_base64
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import MOST_OF_ONE, Subscription, Subscriptions, checked_endpoint
from domain.canonical import Json
from domain.ids import PersonId
from tests.broker.notices.channels.receivers import Receiver
from tests.clock import STARTS
from tests.for_each import for_each

BROWSER = Receiver().browser
HOSTS = ("push.example", "*.notify.example", "127.0.0.1:8443")
PETRA, OTTO = PersonId("petra"), PersonId("otto")


def named(**changed: Json) -> dict[str, Json]:
    return {
        "endpoint": "https://push.example/a/b",
        "keys": {"p256dh": in_base64(BROWSER.p256dh), "auth": in_base64(BROWSER.auth)},
        "label": "My  phone",
        "expirationTime": None,
        **changed,
    }


def at(number: int, label: str = "") -> Subscription:
    return Subscription(f"https://push.example/{number}", BROWSER, label)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.example/a",
        "https://PUSH.example:443/a",
        "https://db5p.notify.example/w/?token=x",
        "https://127.0.0.1:8443/x",
    ],
)
def test_what_the_settings_name_may_be_sent_to(endpoint: str) -> None:
    assert checked_endpoint(endpoint, HOSTS) == endpoint


@for_each(
    "endpoint",
    [
        "",
        "http://push.example/a",
        "https://push.example:8443/a",
        "https://evil.example/push.example",
        "https://push.example.evil.example/",
        "https://evilpush.example/",
        "https://notify.example/",
        "https://evilnotify.example/",
        "https://push.example@evil.example/",
        "https://petra:secret@push.example/",
        "https://push.example/#x",
        "https://push.example/ x",
        "https://push.example/\r\nHost: evil.example",
        "https://p\u00fcsh.example/",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost:8443/",
        "https://push.example:99999/",
        "https:///x",
        "file:///etc/passwd",
        "https://push.example/" + "x" * 2000,
    ],
)
def test_nothing_else_may_whatever_a_browser_says(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"push service"):
        checked_endpoint(endpoint, HOSTS)


def test_where_no_host_is_named_nothing_may() -> None:
    with pytest.raises(ValueError, match="sends nothing"):
        checked_endpoint("https://push.example/a", ())


def test_a_browser_s_own_words_are_read_and_no_others() -> None:
    assert Subscription.of(named(), HOSTS) == Subscription("https://push.example/a/b", BROWSER, "My phone")
    for bad in (
        named(keys=None),
        named(keys={"p256dh": "x", "auth": "y"}),
        named(keys={"p256dh": in_base64(bytes(65)), "auth": in_base64(bytes(16))}),
        named(label="a\x1bb"),
        named(endpoint=7),
    ):
        with pytest.raises(ValueError, match=r".+"):
            Subscription.of(bad, HOSTS)


def test_browsers_are_kept_newest_first_and_one_is_one_person_s(tmp_path: Path) -> None:
    kept = Subscriptions(Outbox(tmp_path / "notices.db"))
    kept.add(PETRA, at(1), STARTS)
    kept.add(PETRA, at(2, "phone"), STARTS)
    kept.add(
        OTTO, at(1), STARTS
    )  # who signs in at a shared browser is told there from now on, and nobody before
    assert [one.subscription for one in kept.of(PETRA)] == [at(2, "phone")]
    (other,) = kept.of(OTTO)
    assert not kept.end(PETRA, other.number), "it is not theirs"
    assert kept.end(OTTO, other.number)
    assert kept.of(OTTO) == ()


def test_there_are_only_so_many_of_one_person(tmp_path: Path) -> None:
    kept = Subscriptions(Outbox(tmp_path / "notices.db"))
    for number in range(MOST_OF_ONE):
        kept.add(PETRA, at(number), STARTS)
    kept.add(PETRA, at(0, "again"), STARTS)
    with pytest.raises(ValueError, match="take one off"):
        kept.add(PETRA, at(99), STARTS)
    assert len(kept.of(PETRA)) == MOST_OF_ONE
