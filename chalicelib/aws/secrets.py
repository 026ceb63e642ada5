"""Secrets: SSM Parameter Store (SecureString), kept in memory for five minutes so that they rotate without a deploy.

One that others present to us may have two values, a line each, while it is being changed: both are good. What is
refused is looked at again in the store, at most every ten seconds, so that a new value is good as soon as it is used.
"""

import hmac
import time

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client
from chalicelib.settings import settings

_SECONDS = 300
# Who does not know the secret cannot make us read it at each request.
_AGAIN_SECONDS = 10
_VALUES_MAX = 2
_cache: dict[str, tuple[float, str | None]] = {}


def get_secret(name: str) -> str | None:
    """Give the secret `name` of this stage (`biz-events/<intermediario>`, a PEM), None where there is none."""
    return _younger_than(_SECONDS, name)


def is_secret(name: str, presented: str) -> bool:
    """Tell whether what somebody presents is the secret `name` (`gpadmin/password`, `nodo/<principal>`)."""
    return _holds(get_secret(name), presented) or _holds(_younger_than(_AGAIN_SECONDS, name), presented)


def _holds(secret: str | None, presented: str) -> bool:
    values = (secret or "").splitlines()[:_VALUES_MAX]
    return any(bool(value) and hmac.compare_digest(value.encode(), presented.encode()) for value in values)


def _younger_than(seconds: float, name: str) -> str | None:
    cached = _cache.get(name)
    if cached is not None and time.monotonic() - cached[0] < seconds:
        return cached[1]
    value = _read(settings().secrets_prefix + name)
    _cache[name] = (time.monotonic(), value)
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
