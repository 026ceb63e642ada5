"""What GovPay reads of its environment here. Applied before anything of the product is imported: it is read once."""

import os
import sys

URL = "https://pagopa.example"
AMBIENTE = {
    "GOVPAY_STAGE": "simula",
    "GOVPAY_BASE_URL": "https://govpay.example",
    "GOVPAY_CHECKOUT_URL": f"{URL}/checkout/ec/v1",
    "GOVPAY_BIZ_EVENTS_URL": f"{URL}/bizevents/service/v1",
    "GOVPAY_MAIL_FROM": "pagamenti@govpay.example",
    "GOVPAY_APP_IO_URL": f"{URL}/appio",
    "GOVPAY_ALLOW_PRIVATE_URLS": "true",
    "AWS_DEFAULT_REGION": "eu-south-1",
    "AWS_REGION": "eu-south-1",
    "AWS_ACCESS_KEY_ID": "simula",
    "AWS_SECRET_ACCESS_KEY": "simula",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def applica() -> None:
    os.environ.update(AMBIENTE)


def da_capo(modulo: str) -> None:
    """Run a module again, with its arguments, unless the order of a set of strings, a part of a history, is told."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        command = [sys.executable, "-m", modulo, *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606 - itself
