"""Shared fixtures: embedded AWS built from infra/, no network, a frozen clock."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.clock import NOW, ticking

# Before anything of the product is imported: settings are read once.
os.environ.update(
    {
        "GOVPAY_STAGE": "test",
        "GOVPAY_ALLOW_PRIVATE_URLS": "true",
        "GOVPAY_BASE_URL": "https://govpay.comune.example",
        "AWS_DEFAULT_REGION": "eu-south-1",
        "AWS_REGION": "eu-south-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)

_CLOCKS_RUN = ("sandbox", "browser", "architecture", "aws_embedded", "concurrency")
SHARED = Path(__file__).resolve().parents[2] / "shared"


def _let_blueprints_serve_several_apps() -> None:
    """Registering a blueprint takes `methods` out of its own routes; tests register one with several small apps."""
    from chalice.app import Chalice

    original = Chalice._register_handler

    def register(  # noqa: PLR0917 - as Chalice has it
        self: Any, kind: Any, name: Any, user: Any, wrapped: Any, kwargs: Any, options: Any = None
    ) -> None:
        copied = {key: dict(value) if isinstance(value, dict) else value for key, value in kwargs.items()}
        original(self, kind, name, user, wrapped, copied, options)

    Chalice._register_handler = register


_let_blueprints_serve_several_apps()


def _hold_every_answer_to_its_document() -> None:
    from tests import openapi_ente, openapi_proof

    openapi_proof.install()
    openapi_ente.install()


_hold_every_answer_to_its_document()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def shared() -> Path:
    """The official schemas and examples, which are not part of the product."""
    if not SHARED.is_dir():
        pytest.skip("le specifiche ufficiali (../shared) non sono presenti accanto al progetto")
    return SHARED


@pytest.fixture(scope="session")
def _aws_session() -> Iterator[Any]:
    from moto import mock_aws

    from sandbox.aws import veloce
    from sandbox.aws.template import create_all

    veloce.install()
    with mock_aws():
        stack = create_all("test")
        yield stack


@pytest.fixture
def aws(_aws_session: Any) -> Iterator[Any]:
    """Embedded AWS, empty: the tables, queues and buckets of infra/."""
    _empty()
    yield _aws_session
    _empty()


@pytest.fixture(autouse=True)
def _standing_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's clock is the tests' own; not where it runs beside simulators that have clocks of their own."""
    if request.path.relative_to(Path(__file__).parent).parts[0] not in _CLOCKS_RUN:
        from chalicelib.kernel import clock

        monkeypatch.setattr(clock, "now", ticking())


def _empty() -> None:
    from moto.dynamodb.models import dynamodb_backends
    from moto.s3.models import s3_backends
    from moto.sqs.models import sqs_backends

    from chalicelib.anagrafica import snapshot
    from chalicelib.aws import secrets

    secrets.forget()
    snapshot.forget()
    for regions in dynamodb_backends.values():
        for backend in regions.values():
            for table in backend.tables.values():
                table.items.clear()
    for regions in sqs_backends.values():
        for backend in regions.values():
            for queue in backend.queues.values():
                queue._messages.clear()
                queue.deleted_messages.clear()
                queue._pending_messages.clear()
    for regions in s3_backends.values():
        for backend in regions.values():
            for bucket in backend.buckets.values():
                bucket.keys.clear()
