"""Made-up requests, drawn from the OpenAPI documents: no bug of ours, no answer undeclared, nothing written by a refusal.

What an answer may be is held to the document by what conftest installs. GOVPAY_FUZZ says how many requests each
operation gets (`make fuzz`); a few, and always the same, where it is not set.
"""

import copy
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from chalicelib.rest.operation import JSON, Api
from tests.aws_state import Snapshot, _buckets, _queues, _tables
from tests.conftest import _empty
from tests.openapi_proof import document
from tests.rest.diritti_app import TUTTO, Mondo, Rotta, an_utenza, mondo, rotte

EXAMPLES = int(os.environ.get("GOVPAY_FUZZ", "4"))
SEED = 20261124
_BUG = {500, 503, 504}


def operations() -> list[tuple[Api, str, str]]:
    return [
        (api, path, method) for api in Api for path, methods in document(api)["paths"].items() for method in methods
    ]


@pytest.fixture(scope="module")
def world(_aws_session: Any) -> Iterator[Mondo]:
    _empty()
    with mondo(datetime.now(UTC)) as made:
        yield made
    _empty()


@pytest.fixture(scope="module")
def by_path() -> dict[tuple[Api, str, str], Rotta]:
    """Give the routes of the application by contract, method and path as the documents have them."""
    from infra.openapi.corpi import camel

    found = {}
    for rotta in rotte():
        path = rotta.path
        for name in rotta.params:
            path = path.replace(f"{{{name}}}", f"{{{camel(name)}}}")
        found[rotta.api, rotta.method, path.partition("/v1")[2]] = rotta
    return found


class Stored:
    """All that is stored, to be compared and put back. Items are never changed in place."""

    def __init__(self) -> None:
        self.snapshot = Snapshot.take()
        self.keys = {name: copy.copy(bucket.keys) for name, bucket in _buckets().items()}
        self.seen = seen()

    def restore(self) -> None:
        self.snapshot.restore()
        for name, bucket in _buckets().items():
            bucket.keys = copy.copy(self.keys[name])


def seen() -> dict[str, Any]:
    """Tell what is in tables, queues and buckets."""
    told: dict[str, Any] = {}
    for name, table in _tables().items():
        told[name] = {
            (partition, sort): id(item)
            for partition, items in table.items.items()
            for sort, item in (items.items() if isinstance(items, dict) else [(None, items)])
        }
    told |= {name: len(queue._messages) for name, queue in _queues().items()}
    return told | {f"s3 {name}": sorted(bucket.keys) for name, bucket in _buckets().items()}


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(name for name in after if after[name] != before.get(name))


@st.composite
def _requests(draw: Any, whole: Any, path: str, method: str) -> tuple[Any, bool]:
    """Draw a request, as the document has it or not; and whether its path names what is there."""
    mode = draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    return draw(whole[path][method].as_strategy(generation_mode=mode)), draw(st.booleans())


@pytest.fixture(scope="module")
def schemas() -> dict[Api, Any]:
    return {api: schemathesis.openapi.from_dict(document(api)) for api in Api}


class TestAnyRequest:
    @pytest.mark.parametrize(
        "served",
        [pytest.param(one, id=f"{one[2].upper()} {one[0]} {one[1]}") for one in operations()],
    )
    def test_is_answered_as_declared(self, served, world, by_path, schemas):
        (api, path, method), stored = served, Stored()
        rotta = by_path[api, method.upper(), path]

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=False,
            phases=[Phase.generate] if EXAMPLES < 50 else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(_requests(schemas[api], path, method))
        def check(request: tuple[Any, bool]) -> None:
            case, names_what_is_there = request
            status = _call(world, rotta, case, names_what_is_there=names_what_is_there)
            after = seen()
            try:
                assert status not in _BUG
                assert status < 400 or changed(stored.seen, after) == []
            finally:
                if changed(stored.seen, after):
                    stored.restore()

        check()


def _call(world: Mondo, rotta: Rotta, case: Any, *, names_what_is_there: bool) -> int:
    given_ids = {name: str(value) for name, value in (case.path_parameters or {}).items()}
    ids = world.ids_of(rotta) if names_what_is_there else _as_named(rotta, given_ids)
    query = urlencode(case.query or {}, doseq=True)
    url = rotta.url({name: value or "x" for name, value in ids.items()}) + (f"?{query}" if query else "")
    headers = {"Content-Type": case.media_type or JSON, "Accept": _accept(case), **_headers(case)}
    utenza = an_utenza(TUTTO, rotta.api)
    world.utenze[utenza.principal] = utenza
    headers["Authorization"] = "Basic dHV0dG86eA=="
    answer = world.client.http.request(rotta.method, url, headers=headers, body=_body(case))
    return int(answer.status_code)


def _as_named(rotta: Rotta, given_ids: dict[str, str]) -> dict[str, str]:
    from infra.openapi.corpi import camel

    return {name: given_ids.get(camel(name), "x") for name in rotta.params}


def _accept(case: Any) -> str:
    """Ask for what the operation declares first: API Gateway sends no bytes to who asks for none."""
    media = [
        media
        for status, answer in case.operation.definition.raw["responses"].items()
        if status.startswith("2")
        for media in answer.get("content", ())
    ]
    return JSON if JSON in media or not media else media[0]


def _headers(case: Any) -> dict[str, str]:
    kept = {"If-Match", "If-None-Match", "Idempotency-Key"}
    return {name: quote(str(value)) for name, value in (case.headers or {}).items() if name in kept}


def _body(case: Any) -> bytes:
    if case.body is None or type(case.body).__name__ == "NotSet":
        return b""
    if isinstance(case.body, bytes):
        return case.body
    return json.dumps(case.body).encode() if case.media_type == JSON else str(case.body).encode()
