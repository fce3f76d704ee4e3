"""Start one of a node's processes. Each is a module of its own here, and imports only what it needs."""

import resource
import sys
from importlib import import_module

import structlog

from broker.settings import Layout, read_settings
from domain.errors import PenstockError

log = structlog.get_logger()


def run_process(name: str, layout: Layout) -> None:
    """Run it in the foreground until SIGTERM; SystemExit with its status when it can't run."""
    # No core dumps: a process that holds secrets must not leave them on a disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),  # ASCII: what a target or vendor sent stays inert
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=name)
    try:
        raise SystemExit(import_module(f"broker.processes.{name}").main(layout, read_settings(layout)))
    except PenstockError as error:
        log.critical("process_cannot_run", fact=str(error))
        raise SystemExit(1) from error
