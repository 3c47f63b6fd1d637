"""A webhook's receiver, as a program of somebody else: answers as a test says, and keeps what came."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
HANG = 0
"""As a status: no answer at all, until the test is over."""
DROP = -1
"""As a status: the line is cut once the message is in."""


class Receiver:
    """Listens on a port of the loopback interface. `answers` are the next statuses; behind them it says 204."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.body = b""
        self.slow_s = 0.0
        self.at_once = self.most_at_once = 0
        self._lock, self._over = threading.Lock(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.messages]

    @property
    def bodies(self) -> list[Json]:
        return [json.loads(body) for _, body in self.messages]

    @property
    def changes(self) -> list[Json]:
        """All changes that came, those of repeated messages once."""
        told = {headers["webhook-id"]: json.loads(body)["data"] for headers, body in self.messages}
        return [change for data in told.values() for change in data.get("changes", [])]

    def wait_for(self, count: int, seconds: float = 15) -> None:
        """Until so many messages have come."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count:
            assert time.monotonic() < deadline, self.ids
            time.sleep(0.02)

    def _came(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.messages.append((headers, body))
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            status = self.answers.pop(0) if self.answers else 204
        self._over.wait(60 if status == HANG else self.slow_s)
        with self._lock:
            self.at_once -= 1
        return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver._came({name.lower(): text for name, text in self.headers.items()}, body)
                if status <= 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, text in receiver.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def is_signed(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """Whether a message carries a signature of the secret, as Standard Webhooks says; written a second time."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return mine in headers["webhook-signature"].split(" ")
