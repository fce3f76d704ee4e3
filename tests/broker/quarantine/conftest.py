from pathlib import Path

import pytest

from tests.broker.quarantine.store import Place
from tests.clock import FrozenClock


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, FrozenClock())
