"""The process that is measured: embedded AWS, the app, who calls it. Import it first: settings are read once."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

STAGE = "bench"
_ENVIRONMENT = {
    "GOVPAY_STAGE": STAGE,
    "GOVPAY_ALLOW_PRIVATE_URLS": "true",
    "GOVPAY_BASE_URL": "https://govpay.example",
    "AWS_DEFAULT_REGION": "eu-south-1",
    "AWS_REGION": "eu-south-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
}
CONTEXT = SimpleNamespace(
    function_name="bench",
    memory_limit_in_mb=1769,
    aws_request_id="bench",
    get_remaining_time_in_millis=lambda: 29_000,
)


@contextmanager
def embedded_aws() -> Iterator[None]:
    """Make the AWS of this process that of infra/, empty, in memory."""
    os.environ.update(_ENVIRONMENT)
    from moto import mock_aws

    from sandbox.aws import veloce
    from sandbox.aws.template import create_all

    veloce.install()
    with mock_aws():
        create_all(STAGE)
        yield


def load_app() -> Any:
    """Import the app as Lambda does; what it logs is written, and thrown away."""
    import app

    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - lives as long as the process
    for handler in logging.getLogger("govpay").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(nowhere)
    return app.app
