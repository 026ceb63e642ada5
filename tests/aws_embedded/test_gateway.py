"""The development gateway answers as API Gateway does, and at once."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from chalice.app import Chalice, Response

from infra import gateway_responses as answers
from sandbox.aws.gateway import Gateway, Routes


def an_app() -> Any:
    app: Any = Chalice(app_name="prova")
    app.api.binary_types = ["application/pdf"]

    @app.route("/eco/{a}/{b}", methods=["GET", "POST"], content_types=["application/json", "text/xml"])
    def echo(a: str, b: str) -> dict[str, Any]:
        request = app.current_request
        return {"a": a, "b": b, "body": request.raw_body.decode(), "query": (request.query_params or {}).get("q")}

    @app.route("/chi/{nome}", methods=["GET"])
    def chi(nome: str) -> dict[str, Any]:
        time.sleep(0.05)
        return {"nome": nome, "richiesta": app.current_request.uri_params["nome"]}

    @app.route("/vuoto", methods=["DELETE"])
    def vuoto() -> Response:
        return Response("", status_code=204)

    @app.route("/avviso", methods=["GET"])
    def avviso() -> Response:
        return Response(b"%PDF-\x00\xff", headers={"Content-Type": "application/pdf"})

    @app.route("/enorme", methods=["GET"])
    def enorme() -> Response:
        return Response("x" * (answers.MOST_PAYLOAD_BYTES + 1), headers={"Content-Type": "text/plain"})

    return app


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Gateway(an_app()) as running:
        yield running


@pytest.fixture
def connection(gateway: Gateway) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(gateway.url.removeprefix("http://"), timeout=10)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str, **kwargs: Any) -> tuple[int, bytes]:
    connection.request(method, path, **kwargs)
    response = connection.getresponse()
    return response.status, response.read()


class TestRequests:
    def test_keep_path_variables_as_sent(self, connection: http.client.HTTPConnection) -> None:
        _, body = ask(connection, "GET", "/eco/a%20b/c;d=%2Fe?q=1%2B1")

        assert json.loads(body) | {"body": ""} == {"a": "a%20b", "b": "c;d=%2Fe", "query": "1+1", "body": ""}

    def test_in_chunks_are_put_together(self, connection: http.client.HTTPConnection) -> None:
        for _ in range(2):
            headers = {"Content-Type": "text/xml"}
            _, body = ask(connection, "POST", "/eco/a/b", body=iter([b"<a>", b"</a>"]), headers=headers)

            assert json.loads(body)["body"] == "<a></a>"

    def test_too_large_are_refused(self, connection: http.client.HTTPConnection) -> None:
        connection.putrequest("POST", "/eco/a/b")
        connection.putheader("Content-Length", str(answers.MOST_REQUEST_BYTES + 1))
        connection.endheaders()

        assert connection.getresponse().status == 413

    @pytest.mark.parametrize("header", ["Content-Length: abc", "Content-Length: -1"])
    def test_with_a_length_that_is_none_are_refused(self, gateway: Gateway, header: str) -> None:
        host, port = gateway.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(f"POST /eco/a/b HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())

            assert raw.recv(4096).startswith(b"HTTP/1.1 400 ")

    @pytest.mark.parametrize(("method", "path"), [("GET", "/altrove"), ("PUT", "/vuoto"), ("GET", "/eco/a")])
    def test_for_no_route_are_told_so_in_the_words_of_the_contract(
        self, connection: http.client.HTTPConnection, method: str, path: str
    ) -> None:
        status, body = ask(connection, method, path, headers={"Authorization": "Basic x"})

        assert status == 404
        assert json.loads(body)["categoria"] == "OPERAZIONE"


class TestAnswers:
    def test_without_content_have_no_body(self, connection: http.client.HTTPConnection) -> None:
        assert ask(connection, "DELETE", "/vuoto") == (204, b"")
        assert ask(connection, "HEAD", "/avviso")[1] == b""
        assert ask(connection, "GET", "/chi/dopo")[0] == 200

    def test_may_be_binary(self, connection: http.client.HTTPConnection) -> None:
        assert ask(connection, "GET", "/avviso", headers={"Accept": "*/*"}) == (200, b"%PDF-\x00\xff")

    def test_larger_than_lambda_allows_become_a_failure(self, connection: http.client.HTTPConnection) -> None:
        assert ask(connection, "GET", "/enorme")[0] == 502

    def test_come_at_once_on_a_kept_connection(self, connection: http.client.HTTPConnection) -> None:
        ask(connection, "GET", "/eco/a/b")
        times = []
        for _ in range(20):
            began = time.perf_counter()
            ask(connection, "GET", "/eco/a/b")
            times.append(time.perf_counter() - began)

        assert sorted(times)[10] < 0.03

    def test_are_those_of_the_thread_that_asked(self, gateway: Gateway) -> None:
        def one(number: int) -> bool:
            connection = http.client.HTTPConnection(gateway.url.removeprefix("http://"), timeout=20)
            body = json.loads(ask(connection, "GET", f"/chi/{number}")[1])
            connection.close()
            return bool(body == {"nome": str(number), "richiesta": str(number)})

        with ThreadPoolExecutor(100) as threads:
            assert all(threads.map(one, range(100)))


class TestRoutes:
    def test_prefer_the_fixed_segment(self) -> None:
        routes = Routes(["/p/{id}", "/p/cerca", "/p/{id}/voci"])

        assert routes.match_route("/p/cerca").route == "/p/cerca"
        assert routes.match_route("/p/1/").captured == {"id": "1"}
        assert routes.match_route("/p/1/voci?x=").query_params == {"x": [""]}


class TestAnAnswerWithoutAFunction:
    @pytest.mark.parametrize(("method", "path"), [("GET", "/nulla"), ("DELETE", "/eco/a/b"), ("GET", "/enorme")])
    def test_has_an_id_of_its_own(self, connection: http.client.HTTPConnection, method: str, path: str) -> None:
        ids = set()
        for _ in range(2):
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            ids.add(answer.getheader(answers.ID_TRANSAZIONE))

        assert None not in ids
        assert len(ids) == 2
