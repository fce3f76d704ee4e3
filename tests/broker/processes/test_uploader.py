"""As a process: it ends when told, within its time, whatever it is amid. Its work is tried in ``tests/broker/uploader``."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from broker.layout import Layout

HERE = Path(__file__).parents[3]
CONFIG = '[ledger]\norigin = "plant.example/ot-access/1"\n'
PROGRAM = """
import sys
from pathlib import Path
import broker.processes.uploader as process
from broker.layout import Layout
from broker.settings import read_settings
process.DRAIN_S = 0.2
layout = Layout(Path(sys.argv[1]))
sys.exit(process.main(layout, read_settings(layout)))
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    for folder in (made.run, made.recordings, made.store_secret.parent):
        folder.mkdir()
    made.store_secret.write_text('access_key = "AK"\nsecret_key = "SK"\n')
    made.store_secret.chmod(0o600)
    return made


def test_where_there_is_no_store_there_is_nothing_to_do(layout: Layout) -> None:
    layout.config.write_text(CONFIG)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(layout.folder)], cwd=HERE, check=False, timeout=60
    )
    assert done.returncode == 0


def test_told_to_end_it_ends_in_the_middle_of_a_store_s_silence(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        layout.config.write_text(
            f'{CONFIG}[store]\nendpoint = "http://127.0.0.1:{port}"\nbucket = "b"\ntimeout_s = 100\n'
        )
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(layout.folder)], cwd=HERE)
        try:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(100)
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
    assert layout.uploader_pid.exists()
