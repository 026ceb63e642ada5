"""The mailboxes of the sandbox: what GovPay hands to SES, as the embedded AWS keeps it."""

import email
from email import policy
from email.message import EmailMessage
from pathlib import Path

MITTENTE = "pagamenti@comune.borgolieto.example"
_ACCOUNT = "123456789012"


def apri() -> None:
    """Make GovPay's sender known to SES, as whoever installs it does."""
    import boto3

    boto3.client("ses").verify_email_identity(EmailAddress=MITTENTE)


def lettere() -> list[EmailMessage]:
    """Give all mails, the oldest first."""
    from moto.backends import get_backend

    from sandbox.aws.template import REGION

    sent = get_backend("ses")[_ACCOUNT][REGION].sent_messages
    return [email.message_from_string(one.raw_data, policy=policy.default) for one in sent if hasattr(one, "raw_data")]


def salva(cartella: Path) -> list[Path]:
    """Write every mail as an .eml file, which a mail program opens; give the files."""
    cartella.mkdir(parents=True, exist_ok=True)
    files = []
    for numero, lettera in enumerate(lettere(), 1):
        file = cartella / f"{numero:02d}.eml"
        file.write_bytes(lettera.as_bytes())
        files.append(file)
    return files
