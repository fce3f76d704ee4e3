"""With another asyncssh than the one that was read, nothing opens."""

import asyncssh
import pytest

from broker.conduits.asyncssh_internals.version import check_version
from domain.errors import ConfigError

WHERE = "ana+eng-ws-1"


def test_another_version_of_asyncssh_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    check_version()
    monkeypatch.setattr(asyncssh, "__version__", "2.24.0")
    with pytest.raises(ConfigError, match=r"asyncssh is 2\.24\.0"):
        check_version()
