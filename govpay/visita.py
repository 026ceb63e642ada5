"""What `govpay doctor` looks at: each part gives what it finds, in bounded time, and changes nothing."""

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.coerenza import Gravita, Rilievo, avviso, check_applicazione, check_dominio, errore
from chalicelib.anagrafica.configurazione import HARDENING, SEGRETO_CAPTCHA
from chalicelib.anagrafica.registry import ADMIN_SECRET
from chalicelib.settings import settings

SECONDS = 4.0
_GIORNI_AVVISO, _GIORNI_ERRORE = 30, 0
_SCARTO_AVVISO, _SCARTO_ERRORE = 2.0, 60.0
_CONCORRENZA = 100  # what an account that is new often has less of
_RISORSE = 300
_SCONOSCIUTI = ("00000000000", "000000000000000")


def bene(controllo: str, oggetto: str, detto: str) -> Rilievo:
    return Rilievo(gravita=Gravita.INFO, controllo=controllo, oggetto=oggetto, problema=detto)


def anagrafe(_now: datetime) -> Iterator[Rilievo]:
    """Check that what is registered fits together."""
    stazioni = {}
    for dominio in anagrafica.domini():
        completo = anagrafica.dominio(dominio.id_dominio)
        stazione = anagrafica.stazione(dominio.id_stazione or "")
        if stazione is not None:
            stazioni[stazione.id_stazione] = stazione
        if completo is not None and dominio.abilitato:
            found = list(check_dominio(completo, stazioni, anagrafica.intermediari()))
            yield from found or [bene("dominio", dominio.id_dominio, "codici, prefisso e conti sono coerenti")]
    for applicazione in anagrafica.applicazioni():
        if applicazione.abilitato:
            yield from check_applicazione(applicazione)


def segreti(_now: datetime) -> Iterator[Rilievo]:
    """Check that the secrets are there; they are not shown."""
    from chalicelib.aws.secrets import get_secret

    names = [ADMIN_SECRET]
    names += [f"nodo/{one.principal_pagopa}" for one in anagrafica.intermediari().values() if one.abilitato]
    if anagrafica.configurazione().sezione(HARDENING).get("abilitato"):
        names.append(SEGRETO_CAPTCHA)
    for name in dict.fromkeys(names):
        if get_secret(name):
            yield bene("segreto", name, "presente")
        else:
            rimedio = f"aws ssm put-parameter --type SecureString --name {settings().secrets_prefix}{name} --value …"
            yield errore("segreto", name, "manca in SSM Parameter Store", rimedio)


def certificati(now: datetime) -> Iterator[Rilievo]:
    """Check when the certificates of the connettori end."""
    from chalicelib.aws.secrets import get_secret
    from chalicelib.connettori.scadenze import _PEM, _named

    for name, value in _named():
        yield _certificato(name, (value if value.startswith(_PEM) else get_secret(value)) or "", now=now)


def _certificato(name: str, pem: str, *, now: datetime) -> Rilievo:
    from chalicelib.kernel.certificati import CertificatoIlleggibile, scadenze_of

    try:
        scade = min(scadenze_of(pem))
    except CertificatoIlleggibile:
        return errore("certificato", name, "manca, o non è un PEM leggibile", "Caricarlo di nuovo nel suo segreto.")
    giorni = (scade - now).days
    words = f"{_subject(pem)}scade il {scade:%d/%m/%Y}, fra {giorni} giorni"
    if giorni < _GIORNI_ERRORE:
        return errore("certificato", name, f"{_subject(pem)}è scaduto il {scade:%d/%m/%Y}", "Rinnovarlo subito.")
    if giorni <= _GIORNI_AVVISO:
        return avviso("certificato", name, words, "Chiederne il rinnovo.")
    return bene("certificato", name, words)


def _subject(pem: str) -> str:
    """Give the subject of a certificate, where the library that reads it is there."""
    try:
        from cryptography import x509

        return f"{x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()}: "
    except (ImportError, ValueError):
        return ""


def nodo(now: datetime) -> Iterator[Rilievo]:
    """Check that the services of pagoPA are reached, and that their certificate is trusted."""
    for intermediario in anagrafica.intermediari().values():
        if intermediario.abilitato:
            name = f"{intermediario.id_intermediario} {intermediario.servizio_pagopa.url}"
            yield _raggiunto(name, intermediario.servizio_pagopa.url, now=now)


def _raggiunto(name: str, url: str, *, now: datetime) -> Rilievo:
    from chalicelib.connettori import indirizzi

    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    rimedio = "Controllare url, DNS, rete e, se richiesto, il certificato client."
    try:
        with indirizzi.connect(parts.hostname or "", parts.port or (443 if is_tls else 80), SECONDS) as raw:
            if not is_tls:
                return avviso("nodo", name, "raggiunto in chiaro, senza TLS", "Usare https fuori dalle prove.")
            raw.settimeout(SECONDS)
            with ssl.create_default_context().wrap_socket(raw, server_hostname=parts.hostname) as secure:
                peer: dict[str, Any] = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return errore(
            "nodo", name, f"raggiunto, ma {_non_fidato(error)}", "Controllare url e CA; avvisare chi lo serve."
        )
    except (indirizzi.IndirizzoVietato, indirizzi.NonConnesso, OSError) as error:
        return errore("nodo", name, f"non raggiunto: {type(error).__name__} {error}"[:200], rimedio)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(peer["notAfter"])), tz=UTC)
    giorni = (ends - now).days
    words = f"TLS riuscito; il suo certificato scade fra {giorni} giorni"
    if giorni <= _GIORNI_AVVISO:
        return avviso("nodo", name, words, "Avvisare chi lo serve.")
    return bene("nodo", name, words)


def _non_fidato(error: ssl.SSLCertVerificationError) -> str:
    """Say in Italian why a certificate is not trusted (codes of X509_verify_cert_error_string of OpenSSL)."""
    reasons = {
        9: "il suo certificato non vale ancora",
        10: "il suo certificato è scaduto",
        62: "il suo certificato è di un altro nome",
        64: "il suo certificato è di un altro nome",
    }
    return reasons.get(error.verify_code, "il suo certificato non è di un'autorità fidata")


def enti(now: datetime) -> Iterator[Rilievo]:
    """Ask each application for a notice that nobody has: an answer shows that it is there and knows us."""
    from chalicelib.notifiche.ente import EnteClient
    from chalicelib.pagamenti.ports import EnteIrraggiungibile

    client = EnteClient(verifica_seconds=SECONDS)
    for applicazione in anagrafica.applicazioni():
        if not applicazione.abilitato or applicazione.servizio_integrazione is None:
            continue
        id_dominio, iuv = _SCONOSCIUTI
        try:
            client.by_avviso(applicazione, id_dominio=id_dominio, iuv=iuv, now=now)
        except EnteIrraggiungibile as error:
            rimedio = "Controllare url e credenziali del servizio di integrazione; poi govpay verify-ente."
            yield errore("ente", applicazione.id_a2a, error.motivo, rimedio)
        else:
            yield bene("ente", applicazione.id_a2a, "il servizio di verifica risponde")


def orologio(_now: datetime) -> Iterator[Rilievo]:
    """Compare this clock with that of AWS: a signature, and a date towards pagoPA, live by it."""
    from chalicelib.aws.clients import client

    answer = client("dynamodb").list_tables(Limit=1)
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if told is None:
        return
    scarto = abs((datetime.now(UTC) - parsedate_to_datetime(told).astimezone(UTC)).total_seconds())
    words = f"scarto di {scarto:.0f} secondi da quello di AWS"
    rimedio = "Attivare la sincronizzazione NTP di questa macchina."
    if scarto > _SCARTO_ERRORE:
        yield errore("orologio", "locale", words, rimedio)
    elif scarto > _SCARTO_AVVISO:
        yield avviso("orologio", "locale", words, rimedio)
    else:
        yield bene("orologio", "locale", words)


def risorse(_now: datetime) -> Iterator[Rilievo]:
    """Compare tables and queues with what infra/ declares of them."""
    try:
        from infra import templates
    except ImportError:
        words = "i modelli di infra/ non sono accanto al comando"
        yield avviso("risorse", "infra", words, "Eseguire dalla cartella del progetto.")
        return
    declared = templates.whole()["Resources"].values()
    for kind, check in (("AWS::DynamoDB::Table", _tabella), ("AWS::SQS::Queue", _coda)):
        for resource in declared:
            if resource["Type"] == kind:
                yield check(resource["Properties"])


def _nome(value: Any) -> str:
    text = value["Fn::Sub"] if isinstance(value, dict) else str(value)
    return str(text).replace("${Stage}", settings().stage)


def _tabella(declared: dict[str, Any]) -> Rilievo:
    from botocore.exceptions import ClientError

    from chalicelib.aws.clients import client

    name, dynamo = _nome(declared["TableName"]), client("dynamodb")
    try:
        found = dynamo.describe_table(TableName=name)["Table"]
        ttl = dynamo.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    except ClientError as error:
        return errore("tabella", name, error.response["Error"]["Code"], "Installare lo stage: docs/installazione.md.")
    wrong = []
    if found["KeySchema"] != declared["KeySchema"]:
        wrong.append("chiavi")
    indexes = {one["IndexName"] for one in found.get("GlobalSecondaryIndexes", ())}
    wanted = {one["IndexName"] for one in declared.get("GlobalSecondaryIndexes", ())}
    wrong += [f"manca l'indice {one}" for one in sorted(wanted - indexes)]
    scade = declared.get("TimeToLiveSpecification", {}).get("AttributeName")
    if scade and ttl.get("AttributeName") != scade:
        wrong.append("TTL non attivo")
    if wrong:
        return errore("tabella", name, ", ".join(wrong), "Aggiornare lo stack: non è quello di questa versione.")
    return bene("tabella", name, f"come dichiarata, {len(wanted)} indici")


def _coda(declared: dict[str, Any]) -> Rilievo:
    from botocore.exceptions import ClientError

    from chalicelib.aws.clients import client

    name, sqs = _nome(declared["QueueName"]), client("sqs")
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except ClientError as error:
        return errore("coda", name, error.response["Error"]["Code"], "Installare lo stage: docs/installazione.md.")
    wanted = {key: str(declared[key]) for key in ("VisibilityTimeout", "MessageRetentionPeriod") if key in declared}
    wrong = [f"{key} {found.get(key)} e non {value}" for key, value in wanted.items() if found.get(key) != value]
    if "RedrivePolicy" in declared and "RedrivePolicy" not in found:
        wrong.append("senza coda degli scarti")
    if wrong:
        return errore("coda", name, ", ".join(wrong), "Aggiornare lo stack: non è quello di questa versione.")
    return bene("coda", name, "come dichiarata")


def quote(_now: datetime) -> Iterator[Rilievo]:
    """Read the quotas of the account, where that is allowed."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        limit = boto3.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
        quotas = boto3.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="apigateway")
        resources = [q["Value"] for page in quotas for q in page["Quotas"] if q["QuotaName"].startswith("Resources")]
    except (BotoCoreError, ClientError) as error:
        yield avviso("quote", "account", f"non leggibili: {type(error).__name__}", "Serve ServiceQuotasReadOnlyAccess.")
        return
    if limit < _CONCORRENZA:
        words = f"Lambda: {limit} esecuzioni insieme"
        yield avviso("quote", "lambda", words, "Chiedere ad AWS un limite di almeno 1000.")
    else:
        yield bene("quote", "lambda", f"{limit} esecuzioni insieme")
    for value in resources[:1]:
        if value < _RISORSE:
            yield errore("quote", "apigateway", f"{value:.0f} risorse per API", f"Chiedere almeno {_RISORSE} risorse.")
        else:
            yield bene("quote", "apigateway", f"{value:.0f} risorse per API")


_Parte = Callable[[datetime], Iterator[Rilievo]]
PARTI: dict[str, _Parte] = {
    "risorse": risorse,
    "segreti": segreti,
    "anagrafe": anagrafe,
    "certificati": certificati,
    "nodo": nodo,
    "enti": enti,
    "orologio": orologio,
    "quote": quote,
}
DI_AWS = frozenset({"quote"})  # the sandbox has none
