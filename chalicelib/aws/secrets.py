"""Secrets: SSM Parameter Store (SecureString), kept in memory for five minutes so that they rotate without a deploy."""

import time

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client
from chalicelib.settings import settings

_SECONDS = 300
_cache: dict[str, tuple[float, str | None]] = {}


def get_secret(name: str) -> str | None:
    """Give the secret `name` of this stage (`gpadmin/password`, `nodo/<principal>`), None where there is none."""
    cached = _cache.get(name)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    value = _read(settings().secrets_prefix + name)
    _cache[name] = (time.monotonic() + _SECONDS, value)
    return value


def _read(path: str) -> str | None:
    try:
        value: str = client("ssm").get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return None
        raise
    return value


def forget() -> None:
    """Forget what was read: for tests, and after a rotation."""
    _cache.clear()
