"""The embedded AWS in process, created once from infra/ and emptied before every test."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.aws import template, veloce


@pytest.fixture(scope="package")
def aws() -> Iterator[template.Stack]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "local")
        environment.setenv("AWS_DEFAULT_REGION", template.REGION)
        veloce.install()
        with mock_aws():
            yield template.create_all("prova", account_id="000000000000")


@pytest.fixture
def empty_aws(aws: template.Stack) -> template.Stack:
    veloce.empty_everything()
    return aws


@pytest.fixture
def dynamodb(empty_aws: template.Stack) -> Any:
    return boto3.client("dynamodb")


@pytest.fixture
def sqs(empty_aws: template.Stack) -> Any:
    return boto3.client("sqs")
