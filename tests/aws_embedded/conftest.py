"""Clients of the embedded AWS, which is empty when a test begins."""

from typing import Any

import boto3
import pytest


@pytest.fixture
def dynamodb(aws: Any) -> Any:
    return boto3.client("dynamodb")
