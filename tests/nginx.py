"""A real nginx as a device's panel: pages to look at, a form that sets something, files that are put; ended by its own pid."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from broker.demo.ports import free_port
from tests.node_clients import listens
from tests.programs import program

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 64; }}
http {{
  access_log off;
  log_format own '$request_method $request_uri $status $host $http_authorization $http_x_forwarded_for $request_body';
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  types {{ text/html html; application/json json; }}
  server {{
    listen 127.0.0.1:{port};
    {tls}
    access_log {folder}/access.log own;
    root {folder}/pages;
    location = /set {{ proxy_pass http://127.0.0.1:{behind}/; }}
    location = /away {{ return 302 https://evil.example/; }}
    location = /seen {{ default_type text/plain; return 200 "$http_cookie|$http_origin|$http_referer|$host"; }}
    location = /steers {{
      default_type text/plain; add_header Set-Cookie "level=7; Domain=pages.localhost; Path=/; SameSite=None";
      add_header Set-Cookie "__Host-penstock-page=stolen; Secure; Path=/"; add_header Clear-Site-Data '"*"';
      add_header Service-Worker-Allowed /; add_header Content-Security-Policy "script-src https://evil.example";
      add_header X-Accel-Redirect /etc/passwd; add_header Access-Control-Allow-Origin *;
      add_header Refresh "0; url=https://evil.example/"; add_header X-Token 12; return 200 "steers\\n";
    }}
    location = /old {{ return 302 $scheme://$http_host/status/tank.html; }}
    location /settings/ {{ dav_methods PUT DELETE; create_full_put_path on; }}
  }}
  server {{ listen 127.0.0.1:{behind}; location / {{ default_type text/plain; return 200 "taken\\n"; }} }}
}}
"""
TLS = "listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};"


@dataclass(frozen=True, slots=True)
class Panel:
    """A running panel, and what it knows of itself."""

    port: int
    folder: Path

    @property
    def log(self) -> list[list[str]]:
        """Its own access log: method, path, status, host, authorization, who was forwarded for, body; ``-`` is none."""
        file = self.folder / "access.log"
        return [one.split(" ", 6) for one in file.read_text().splitlines()] if file.exists() else []

    @property
    def settings(self) -> dict[str, str]:
        """The files that were put."""
        folder = self.folder / "pages" / "settings"
        return {one.name: one.read_text() for one in folder.iterdir()}


@asynccontextmanager
async def panel(folder: Path, tls: tuple[Path, Path] | None = None) -> AsyncIterator[Panel]:
    """Start one; ``tls``: its certificate and key, where it speaks TLS."""
    daemon = program("nginx")
    pages = folder / "pages"
    for one in ("status", "settings"):
        (pages / one).mkdir(parents=True)
    (pages / "status" / "tank.html").write_text("<p>Level: 17</p>\n")
    (pages / "status" / "long.html").write_text("<p>17</p>\n" * 100_000)
    (pages / "settings" / "limit").write_text("80")
    port = free_port()
    spoken = TLS.format(port=port, certificate=tls[0], key=tls[1]) if tls else ""
    user = "user root;" if os.geteuid() == 0 else ""
    config = CONFIG.format(folder=folder, port=port, behind=free_port(), tls=spoken, user=user)
    if tls:
        config = config.replace(f"    listen 127.0.0.1:{port};\n", "", 1)
    (folder / "nginx.conf").write_text(config)
    process = await asyncio.create_subprocess_exec(
        daemon, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            await listens(port)
        yield Panel(port, folder)
    finally:
        process.terminate()
        await process.wait()
