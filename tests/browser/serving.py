"""The built site behind a strict server, and the Chromium of this system."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("DDPM_LITE_SITE", ROOT / "_build" / "html"))
# Scripts only from the site; styles and small icons may stand in the page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
NO_CHROMIUM = "no Chromium here (Debian, Ubuntu: sudo apt-get install chromium)"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Where the system's Chromium is; the variable CHROMIUM goes first."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


class Handler(SimpleHTTPRequestHandler):
    """Files as GitHub Pages serves them, under a policy stricter than any host's."""

    protocol_version = "HTTP/1.1"
    policy = POLICY
    SQUEEZED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".wasm", ".txt")
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_dir():
            file /= "index.html"
        if not file.is_file():
            self.send_error(404)
            return
        body = file.read_bytes()
        squeezed = file.suffix in self.SQUEEZED
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if squeezed:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path, policy: str = POLICY) -> Iterator[str]:
    """The folder's address for as long as it is wanted."""
    handler = type("Handler", (Handler,), {"policy": policy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":  # `make browser` asks whether to go on
    if not chromium():
        print(f"browser tests skipped: {NO_CHROMIUM}")
        sys.exit(1)
