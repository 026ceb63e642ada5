"""The moto server on loopback, with the patches of veloce.py and without moto's delays."""

import os
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from unittest import mock

import requests
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.aws import veloce
from sandbox.aws.template import REGION

LOOPBACK = "127.0.0.1"
PORT = 5566  # the one that stage `local` of .chalice/config.json names


class _Handler(MotoRequestHandler):
    """Sends at once: headers and body go apart, and Nagle's algorithm would keep the second back for 40 ms.

    Not buffered instead: "100 Continue" would stay in the buffer, and every upload to S3 would wait a second for it.
    """

    disable_nagle_algorithm = True
    timeout = 60

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        """Say nothing of requests that went well: the application logs its own."""
        if type != "info":
            super().log(type, message, *args)


class EmbeddedAws:
    """A running AWS. Use it in a `with`, or call stop()."""

    def __init__(self, *, host: str = LOOPBACK, port: int = 0) -> None:
        veloce.install()
        application = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer = make_server(host, port, application, threaded=True, request_handler=_Handler)
        self._server.socket.listen(256)
        self.endpoint = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="aws", daemon=True)
        self._thread.start()
        self._exported = ExitStack()

    def environment(self) -> Mapping[str, str]:
        """Give what a process must have in its environment to use this AWS."""
        return environment(self.endpoint)

    def export(self) -> Self:
        """Put the environment into this process until stop()."""
        self._exported.enter_context(mock.patch.dict(os.environ, self.environment()))
        return self

    def forget(self) -> None:
        """Lose every resource: what a new AWS account has."""
        requests.post(f"{self.endpoint}/moto-api/reset", timeout=10).raise_for_status()

    def stop(self) -> None:
        self._exported.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def environment(endpoint: str = f"http://{LOOPBACK}:{PORT}") -> Mapping[str, str]:
    """Give the environment of a client of the embedded AWS at `endpoint`; the credentials open nothing."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
