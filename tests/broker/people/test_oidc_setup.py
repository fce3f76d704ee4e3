"""What the settings say of the provider, and its secret apart from them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from broker.layout import Layout
from broker.people.oidc_setup import provider_of
from broker.settings import OidcSettings, Settings
from domain.errors import ConfigError
from tests.clock import FrozenClock

GIVEN = {"issuer": "https://login.example", "client_id": "penstock", "name": "Plant ID"}
SECRET = "a secret of the tests and of nothing else"


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"ledger": {"origin": "plant.example/1"}, "oidc": GIVEN | changes})


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.oidc_secret.parent.mkdir()
    made.oidc_secret.write_text(SECRET + "\n")
    made.oidc_secret.chmod(0o600)
    return made


def test_a_node_that_names_no_provider_has_none_and_needs_no_secret(tmp_path: Path) -> None:
    assert provider_of(Layout(tmp_path), settings(issuer=""), FrozenClock()) is None


def test_a_node_that_names_one_has_it_and_asks_nobody_yet(layout: Layout) -> None:
    found = provider_of(layout, settings(), FrozenClock())
    assert found is not None
    assert (found.name, found.issuer, found.sign_out_url()) == ("Plant ID", "https://login.example", None)
    assert SECRET not in repr(vars(found))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "http://login.example"}, "not the address of an identity provider"),
        ({"client_id": ""}, "client_id"),
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file"),
    ],
)
def test_settings_that_could_never_work_are_told_at_the_start(
    layout: Layout, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        provider_of(layout, settings(**changes), FrozenClock())
    assert words in caught.value.fact


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (None, 0o600, "missing"),
        (SECRET, 0o640, "Others than its owner"),
        ("short", 0o600, "not one line"),
        (f"{SECRET}\n{SECRET}", 0o600, "not one line"),
        ("gehe\u00efm" * 5, 0o600, "can't be read"),
    ],
)
def test_a_secret_that_is_none_is_told_and_never_quoted(
    layout: Layout, text: str | None, mode: int, words: str
) -> None:
    layout.oidc_secret.unlink()
    if text is not None:
        layout.oidc_secret.write_text(text, "utf-8")
        layout.oidc_secret.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        provider_of(layout, settings(), FrozenClock())
    assert words in caught.value.fact
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("wrong", ["none", "HS256", "HS512", "RSA1_5"])
def test_no_setting_lets_a_signature_pass_that_anybody_could_make(wrong: str) -> None:
    """A08."""
    with pytest.raises(ValidationError):
        OidcSettings(algorithms=[wrong])  # type: ignore[list-item]
    with pytest.raises(ValidationError):
        OidcSettings(algorithms=[])
    with pytest.raises(ValidationError):
        OidcSettings.model_validate({"client_secret": SECRET})
    with pytest.raises(ValidationError):
        OidcSettings(clock_skew_s=121)
