"""What stands between GovPay and a DynamoDB that has one lock: time, the refusals of transactions that meet, and answers
that get lost.

An HTTP server that hands every call on, at moments drawn by chance; it answers none in the place of DynamoDB, but for
the refusals that DynamoDB itself makes when a write meets a transaction that holds the same item, and for backups,
which no emulator has. So it may take atomicity from nobody, nor give it: what is written is written by the other side.

    python -m tests.concurrency.contesa --verso http://127.0.0.1:8000 --seme 1

prints its address. `GET /` gives the figures: calls, conflicts, lost answers, most calls in hand at once.
"""

import argparse
import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HEADERS = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date", "X-Amz-Security-Token")
_ANSWERED = ("Content-Type", "x-amzn-RequestId", "x-amz-crc32")
_ERROR = "com.amazonaws.dynamodb.v20120810#"
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
_PAUSE, _IN_TRANSACTION = 0.004, 0.012  # seconds, at most
_HOW_OFTEN = 0.5
_LOST = 0.01

Key = tuple[str, str]
Answer = tuple[int, bytes]


@dataclass(slots=True)
class Contesa:
    """Who holds which items; `keys` are the key attributes of each table, learnt when it is created."""

    caso: random.Random
    keys: dict[str, list[str]] = field(default_factory=dict)
    held: Counter[Key] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    in_hand: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def chance(self, of: float) -> bool:
        with self.lock:
            return self.caso.random() < of

    def pause(self, most: float) -> None:
        with self.lock:
            seconds = self.caso.random() * most if self.caso.random() < _HOW_OFTEN else 0.0
        time.sleep(seconds)

    def count(self, name: str) -> None:
        with self.lock:
            self.figures[name] += 1

    @contextmanager
    def counted(self, operation: str) -> Iterator[None]:
        with self.lock:
            self.figures["chiamate"] += 1
            self.figures[operation] += 1
            self.in_hand += 1
            self.figures["insieme"] = max(self.figures["insieme"], self.in_hand)
        try:
            yield
        finally:
            with self.lock:
                self.in_hand -= 1

    def key_of(self, table: str, item: Mapping[str, Any]) -> Key:
        return table, json.dumps([item.get(name) for name in self.keys[table]])

    def take(self, keys: list[Key]) -> list[bool]:
        """Hold all of them for a transaction, or none: then tell which are held by another."""
        with self.lock:
            busy = [self.held[key] > 0 for key in keys]
            if not any(busy):
                self.held.update(keys)
            return busy

    def give_back(self, keys: list[Key]) -> None:
        with self.lock:
            self.held.subtract(keys)

    def is_held(self, key: Key) -> bool:
        with self.lock:
            return self.held[key] > 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    contesa: Contesa
    beyond: str


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server
    _other: http.client.HTTPConnection | None = None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing."""

    def do_GET(self) -> None:
        with self.server.contesa.lock:
            figures = json.dumps(self.server.contesa.figures)
        self._send(200, figures.encode(), {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        with self.server.contesa.counted(operation):
            self._answer(operation, body)

    def _answer(self, operation: str, body: bytes) -> None:
        contesa, asked = self.server.contesa, json.loads(body or b"{}")
        if operation == "UpdateContinuousBackups":
            self._send(200, b'{"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}}', {})
            return
        if operation == "CreateTable":
            contesa.keys[asked["TableName"]] = [one["AttributeName"] for one in asked["KeySchema"]]
        contesa.pause(_PAUSE)
        if operation == "TransactWriteItems":
            self._transaction(asked, body)
        elif operation in _WRITES and contesa.is_held(self._key(asked)):
            contesa.count("conflitti")
            self._refuse("TransactionConflictException", "Transaction is ongoing for the item")
        else:
            self._hand_on(operation, body)

    def _key(self, write: Mapping[str, Any]) -> Key:
        return self.server.contesa.key_of(write["TableName"], write.get("Key") or write["Item"])

    def _transaction(self, asked: Mapping[str, Any], body: bytes) -> None:
        contesa = self.server.contesa
        keys = [self._key(write) for action in asked["TransactItems"] for write in action.values()]
        busy = contesa.take(keys)
        if any(busy):
            contesa.count("conflitti")
            codes = ["TransactionConflict" if one else "None" for one in busy]
            self._refuse(
                "TransactionCanceledException",
                f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]",
                CancellationReasons=[{"Code": code} for code in codes],
            )
            return
        try:
            contesa.pause(_IN_TRANSACTION)
            answer = self._ask("TransactWriteItems", body)
            contesa.pause(_IN_TRANSACTION)
        finally:
            contesa.give_back(keys)
        self._give("TransactWriteItems", answer)

    def _hand_on(self, operation: str, body: bytes) -> None:
        self._give(operation, self._ask(operation, body))

    def _ask(self, operation: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Make the call beyond; the connection there is that of this connection here."""
        headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
        if self._other is None:
            self._other = http.client.HTTPConnection(self.server.beyond, timeout=30)
        self._other.request("POST", "/", body, headers)
        answer = self._other.getresponse()
        content = answer.read()
        if answer.status >= 500:
            self.server.contesa.count(f"{operation} {answer.status}")
        return answer.status, content, {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}

    def _give(self, operation: str, answer: tuple[int, bytes, dict[str, str]]) -> None:
        contesa = self.server.contesa
        writes = operation in _WRITES or operation == "TransactWriteItems"
        if writes and answer[0] == 200 and contesa.chance(_LOST):
            contesa.count("perse")
            self.close_connection = True
            return
        self._send(*answer)

    def _refuse(self, kind: str, message: str, **more: object) -> None:
        body = json.dumps({"__type": _ERROR + kind, "Message": message, "message": message, **more})
        self._send(400, body.encode(), {})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/x-amz-json-1.0", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verso", required=True, help="dove è DynamoDB")
    parser.add_argument("--seme", type=int, default=1)
    given = parser.parse_args()
    server = _Server(("127.0.0.1", 0), _Connection)
    server.contesa = Contesa(random.Random(given.seme))  # noqa: S311 - a game
    server.beyond = urlsplit(given.verso).netloc
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()  # until whoever began it goes


if __name__ == "__main__":
    main()
