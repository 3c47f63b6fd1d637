"""`fieldcue serve` and `fieldcue demo` on a venue's network, which here is loopback under another name."""

import http.server
import re
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.stable import Stable
from tests.support.child import Child, free_port

NAME = "stage.local"


class Venue:
    """A running server with a certificate of its own; phones find it at `url` once the name is mapped to loopback."""

    def __init__(self, stable: Stable, folder: Path, *command: str, **settings: str) -> None:
        self.stable = stable
        self.folder, self.port, self.trust_port = folder, free_port(), free_port()
        self.url, self.trust_url = f"https://{NAME}:{self.port}", f"http://{NAME}:{self.trust_port}"
        self.command = command or ("serve",)
        self.settings = {
            "FIELDCUE_HOST": "127.0.0.1",
            "FIELDCUE_PORT": str(self.port),
            "FIELDCUE_TRUST_PORT": str(self.trust_port),
            "FIELDCUE_TLS": "1",
            "FIELDCUE_HOST_NAME": NAME,
            "FIELDCUE_DATA_DIR": str(folder / "data"),
        } | {f"FIELDCUE_{name.upper()}": value for name, value in settings.items()}
        self.child = self.start()

    @property
    def data(self) -> Path:
        return self.folder / "data" / ("demo" if self.command[0] == "demo" else "")

    @property
    def authority(self) -> Path:
        return self.data / "tls" / "ca.pem"

    @property
    def fingerprint(self) -> str:
        """As the terminal shows it."""
        pairs = re.findall(r"(?:[0-9A-F]{2}:){15}[0-9A-F]{2}", self.child.output)
        return ":".join(pairs[-2:])

    def trusting(self) -> ssl.SSLContext:
        """What a phone knows that trusts this server."""
        return ssl.create_default_context(cafile=str(self.authority))

    def start(self) -> Child:
        child = self.stable.start(self.command, self.folder / "log", self.settings)
        child.wait_until(self._answers, seconds=60)
        return child

    def _answers(self) -> bool:
        """By its address, which the certificate holds beside the name."""
        if not self.authority.exists():
            return False
        try:
            address = f"https://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(address, timeout=5, context=self.trusting()) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """A web server with the certificate of a folder."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"anybody")

        def log_message(self, *_: object) -> None: ...

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(5)
