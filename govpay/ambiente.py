"""Which GovPay is meant: that of a stage in an AWS account, or the sandbox. Set before chalicelib is imported.

Credentials are those of AWS (profile, SSO, role): none is ever an argument, for others can read a command line.
"""

import argparse
import os
import re

from govpay.esiti import NEGATO, Fermato

ENDPOINT = "http://127.0.0.1:5566"
REGIONE = "eu-south-1"
_STAGE = re.compile(r"[a-z][a-z0-9-]{0,15}")
_LOCALE = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_EC2_METADATA_DISABLED": "true",
    "GOVPAY_ALLOW_PRIVATE_URLS": "true",
}


def argomenti(parser: argparse.ArgumentParser) -> None:
    dove = parser.add_argument_group("quale GovPay")
    dove.add_argument("--sandbox", action="store_true", help=f"la sandbox accesa con make run ({ENDPOINT})")
    dove.add_argument("--endpoint", metavar="URL", help="un altro indirizzo di AWS simulata, con --sandbox")
    dove.add_argument("--stage", metavar="NOME", help="lo stage installato (predefinito GOVPAY_STAGE, o prod)")
    dove.add_argument("--profile", metavar="NOME", help="il profilo di AWS (predefinito AWS_PROFILE)")
    dove.add_argument("--region", metavar="NOME", help=f"la regione di AWS (predefinita AWS_REGION, o {REGIONE})")


def prepara(opzioni: argparse.Namespace) -> None:
    """Put into the environment what chalicelib reads of it, once, when it is imported.

    :raises Fermato: if a stage has no such name, or AWS does not say whose account this is
    """
    if opzioni.sandbox:
        _nella_sandbox(opzioni)
        return
    if opzioni.profile:
        os.environ["AWS_PROFILE"] = opzioni.profile
    regione = opzioni.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGIONE
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = regione
    os.environ["GOVPAY_STAGE"] = _stage(opzioni.stage or os.environ.get("GOVPAY_STAGE") or "prod")
    if "GOVPAY_BUCKET_SUFFIX" not in os.environ:
        os.environ["GOVPAY_BUCKET_SUFFIX"] = _account()


def _nella_sandbox(opzioni: argparse.Namespace) -> None:
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(_LOCALE)
    os.environ["AWS_ENDPOINT_URL"] = opzioni.endpoint or ENDPOINT
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = opzioni.region or REGIONE
    os.environ["GOVPAY_STAGE"] = _stage(opzioni.stage or "local")


def _stage(nome: str) -> str:
    if not _STAGE.fullmatch(nome):
        raise Fermato("--stage: minuscole, cifre e trattini, al più 16 caratteri.")
    return nome


def _account() -> str:
    """Give the number of the account, which the names of the buckets end with."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NotReached

    try:
        account: str = boto3.client("sts").get_caller_identity()["Account"]
    except (NotReached, HTTPClientError) as error:
        raise Fermato(
            f"AWS non risponde ({type(error).__name__}): controllare la rete, il proxy e --region; per la sandbox, "
            "--sandbox.",
            NEGATO,
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise Fermato(
            f"AWS non riconosce chi chiama ({type(error).__name__}): entrare con aws sso login, o indicare --profile; "
            "per la sandbox, --sandbox.",
            NEGATO,
        ) from error
    return account
