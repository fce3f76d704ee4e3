"""Which token the settings mean, and that its library can be trusted to be run."""

from pathlib import Path

import pytest

from broker.layout import Layout
from broker.settings import TokenSettings
from broker.token.place import check_module, place_of
from domain.errors import ConfigError, EvidenceError

WHOLE = TokenSettings(module="/usr/lib/token.so", label="plant", pin_file="/etc/penstock/pin")


def test_without_a_module_there_is_none_and_half_a_place_is_a_fault(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert place_of(layout, TokenSettings()) is None
    place = place_of(layout, WHOLE)
    assert place is not None
    assert (place.module, place.token, place.key) == (Path("/usr/lib/token.so"), "plant", "penstock-ledger")
    for change in ({"module": "token.so"}, {"label": ""}, {"pin_file": ""}, {"pin_file": "pin"}):
        with pytest.raises(ConfigError, match=rf"token\.{next(iter(change))}"):
            place_of(layout, WHOLE.model_copy(update=change))


def test_a_library_that_others_may_write_or_that_is_not_there_is_not_run(tmp_path: Path) -> None:
    module = tmp_path / "token.so"
    for make in (lambda: None, lambda: module.write_bytes(b"") and None, lambda: module.chmod(0o775)):
        make()
        if module.exists() and not module.stat().st_mode & 0o022:
            check_module(module)
            continue
        with pytest.raises(EvidenceError) as caught:
            check_module(module)
        assert caught.value.code == "token_module"
