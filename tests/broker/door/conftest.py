"""The same gate and asset that stock clients meet."""

from tests.peers.conftest import asset, gate

__all__ = ["asset", "gate"]
