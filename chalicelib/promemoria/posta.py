"""Mail, by SES: composed as MIME, handed over once. Whether it arrives is SES's business and the mailbox's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from chalicelib.promemoria.model import Consegna, Esito
from chalicelib.promemoria.testi import Testo

MAX_BYTES = 9_000_000  # SES takes 10 MB, in Base64
_RIMANDA = frozenset(
    {
        "TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling",
        "SendingPausedException", "AccountSuspendedException", "InternalServiceErrorException", "InternalFailure",
        "ServiceUnavailable", "MailFromDomainNotVerifiedException", "AccessDeniedException",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allegato:
    nome: str
    contenuto: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettera:
    """A mail. `nome_mittente` is the ente, whose address answers go to (`rispondi_a`), where it has one."""

    mittente: str
    nome_mittente: str
    a: str
    testo: Testo
    cc: Sequence[str] = ()
    rispondi_a: str | None = None
    allegati: Sequence[Allegato] = field(default_factory=tuple)


def composed(lettera: Lettera) -> bytes:
    """Give the MIME of a mail, all of it ASCII.

    :raises ValueError: for an address that is none
    """
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(lettera.nome_mittente.replace("\n", " ")[:70], addr_spec=lettera.mittente)
    message["To"] = Address(addr_spec=lettera.a)
    if lettera.cc:
        message["Cc"] = [Address(addr_spec=one) for one in lettera.cc]
    if lettera.rispondi_a:
        message["Reply-To"] = Address(addr_spec=lettera.rispondi_a)
    message["Subject"] = lettera.testo.oggetto
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(lettera.testo.messaggio, subtype="html" if lettera.testo.is_html else "plain", cte="base64")
    for allegato in lettera.allegati:
        message.add_attachment(allegato.contenuto, maintype="application", subtype="pdf", filename=allegato.nome)
    return message.as_bytes()


def send(mime: bytes, lettera: Lettera) -> Esito:
    """Hand a mail over to SES, once. It never raises for what SES does."""
    if len(mime) > MAX_BYTES:
        return Esito(consegna=Consegna.RIFIUTATA, motivo="Il messaggio supera quanto la posta può portare")
    destination: dict[str, Any] = {"ToAddresses": [lettera.a]}
    if lettera.cc:
        destination["CcAddresses"] = list(lettera.cc)
    try:
        _client().send_email(
            FromEmailAddress=lettera.mittente, Destination=destination, Content={"Raw": {"Data": mime}}
        )
    except ClientError as error:
        codice = error.response["Error"]["Code"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        again = codice in _RIMANDA or status >= 500  # noqa: PLR2004 - of SES
        return Esito(
            consegna=Consegna.RIMANDATA if again else Consegna.RIFIUTATA, motivo=f"La posta ha rifiutato: {codice}"
        )
    except (EndpointConnectionError, ConnectTimeoutError):
        return Esito(consegna=Consegna.RIMANDATA, motivo="La posta non è raggiungibile")
    except BotoCoreError as error:
        nome = type(error).__name__
        return Esito(
            consegna=Consegna.INCERTA,
            motivo=f"La posta non ha risposto ({nome}): non si sa se sia partito, non si ripete",
        )
    return Esito(consegna=Consegna.PRESA, motivo="Presa in carico dalla posta")


@lru_cache(maxsize=1)
def _client() -> Any:
    """Give a client that never tries by itself: SES may have taken what did not answer."""
    import botocore.session

    config = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"})
    return botocore.session.get_session().create_client("sesv2", config=config)
