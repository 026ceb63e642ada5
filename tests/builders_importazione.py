"""The sample giornale and the archive it needs: flows, pendenze and ricevute of the sample ente."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.flusso_riversamento import read_flusso
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pendenze import repository as pendenze
from chalicelib.riconciliazione.importazione import operations, repository
from chalicelib.riconciliazione.importazione.archivio import BUCKET
from chalicelib.riconciliazione.importazione.model import Giornale, MovimentoCassa
from chalicelib.riconciliazione.importazione.operations import flow_or_payment_came
from chalicelib.riconciliazione.importazione.tables import MovimentoItem
from chalicelib.riconciliazione.model import ChiaveFlusso, Formato, Riga, Testata
from chalicelib.riconciliazione.ports import Ports
from chalicelib.settings import settings
from tests.builders_anagrafica import a_conto, a_dominio, seed_comune
from tests.builders_pagamenti import a_pendenza, a_receipt, an_attempt, voci_pagate
from tests.builders_riconciliazione import FonteFinta, acquired
from tests.doubles_pagamenti import ports

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ENTE = "99999000013"
SENZA_RPT = "IUR0000000000022"
ALTRUI = "ALTRUI"  # of a payment that another intermediario of the ente has
_MESSAGES_MAX = 500


@contextmanager
def comune_with_archive() -> Iterator[FonteFinta]:
    """Register the sample ente; flows and ricevute tell those who wait, as in wiring."""
    seed_comune(NOW)
    anagrafica.put_dominio(dominio=a_dominio(id_dominio=ENTE, gln="9999900001300", cbill="ZZ999"))
    anagrafica.put_conto(conto=a_conto(id_dominio=ENTE))
    fonte = FonteFinta()
    with (
        ports(),
        patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True),
        patch.object(Ports, "flusso_acquisito", staticmethod(flow_or_payment_came)),
        patch.object(PagamentiPorts, "credito_in_attesa", staticmethod(flow_or_payment_came)),
    ):
        yield fonte


def seed_sample(fonte: FonteFinta, formats: Path, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Put into the archive what expected_outcome.json says is there; give the file."""
    expected: dict[str, Any] = json.loads((formats / "samples/expected_outcome.json").read_text())
    for flusso in expected["archivio"]["flussi"]:
        if flusso["id"] not in without:
            seed_flusso(fonte, (formats / "samples" / flusso["file"]).read_bytes())
    for pagamento in expected["archivio"]["pagamenti"]:
        seed_pagamento(pagamento["iuv"], Importo(pagamento["centesimi"]), token=f"T-{pagamento['iuv']}")
    return expected


def seed_flusso(fonte: FonteFinta, xml: bytes, *, paid: bool = True) -> ChiaveFlusso:
    found = list(read_flusso(BytesIO(xml)))
    testata = next(one for one in found if isinstance(one, Testata))
    for riga in (one for one in found if isinstance(one, Riga)):
        if paid and not riga.iur.startswith(ALTRUI):
            seed_pagamento(
                riga.iuv, riga.importo, token=riga.iur, indice=riga.indice or 1, receipt=riga.iur != SENZA_RPT
            )
    chiave = ChiaveFlusso(ENTE, testata.id_flusso, testata.id_psp, testata.data_ora, 0)
    acquired(fonte, xml, chiave)
    return chiave


def seed_pagamento(
    iuv: str,
    importo: Importo,
    *,
    token: str,
    indice: int = 1,
    receipt: bool = True,
    load: bool = True,
    capitolo: str = "0101002IM/",
) -> None:
    base = a_pendenza(id_dominio=ENTE, id_pendenza=f"P-{iuv}", iuv=iuv, numero_avviso="3" + iuv)
    voce = replace(base.voci[0], indice=indice, importo=importo, codice_contabilita=capitolo)
    pendenza = replace(base, voci=(voce,), importo=importo, versione=0)
    if load:
        pendenze.save(None, pendenza)
    if receipt:
        voci = tuple(replace(voce, indice=indice) for voce in voci_pagate(an_attempt(pendenza), iur=token))
        ricevuta = a_receipt(pendenza, token=token, iuv=iuv, id_dominio=ENTE, voci=voci)
        pagamenti.acquire_ricevuta(ricevuta=ricevuta, now=NOW)


def drop(content: bytes, nome: str = "giornale.xml", *, id_dominio: str = ENTE) -> None:
    """Put a file where the bank does."""
    key = f"giornale-di-cassa/{id_dominio}/in/{nome}"
    client("s3").put_object(Bucket=settings().bucket(BUCKET), Key=key, Body=content)


def run_queue(*, now: datetime = NOW) -> int:
    """Let the consumer have all that is in its queue, until nothing is; give how many messages that was."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name(Queue.GIORNALE_DI_CASSA))["QueueUrl"]
    for handled in range(_MESSAGES_MAX):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ())
        if not messages:
            return handled
        operations.handle(json.loads(messages[0]["Body"]), now=now)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    raise AssertionError("the queue does not end")


def imported(content: bytes, nome: str = "giornale.xml", *, now: datetime = NOW) -> Giornale:
    """Drop a file and let it be imported; give its giornale."""
    before = {giornale.id_giornale for giornale in giornali()}
    drop(content, nome)
    run_queue(now=now)
    (new,) = [giornale for giornale in giornali() if giornale.id_giornale not in before]
    return new


def giornali(id_dominio: str = ENTE) -> list[Giornale]:
    return repository.giornali_of((item.pk, item.sk) for item in MovimentoItem.giornali.query(id_dominio))


def movimenti_of(giornale: Giornale) -> list[MovimentoCassa]:
    """Give the movements that a giornale brought, in its order."""
    ids = [riga.id_movimento for riga in repository.righe(giornale, dopo=0) if riga.gia is None and riga.id_movimento]
    found = repository.movimenti(giornale.id_dominio, ids)
    return [found[one] for one in ids]


def report_of(giornale: Giornale, formato: str) -> bytes:
    esito = next(esito for esito in giornale.esiti if esito.formato == formato)
    key = {"Bucket": settings().bucket(BUCKET), "Key": esito.chiave}
    return client("s3").get_object(**key)["Body"].read()  # type: ignore[no-any-return]
