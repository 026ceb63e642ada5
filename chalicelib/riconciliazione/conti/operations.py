"""The books proved each night: one message an ente, gone on with by more of them; each result chained to the last."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents, queues
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.rome_time import rome_day
from chalicelib.rest import json_text, log
from chalicelib.riconciliazione.conti import repository
from chalicelib.riconciliazione.conti.cammino import advance
from chalicelib.riconciliazione.conti.model import Anello, Verifica

# The day that has just ended; and one of a week ago, which late ricevute and credits have reached since.
GIORNI_FA = (1, 8)
SECONDI_A_MESSAGGIO = 45.0
PRIMO = "0" * 64  # what the first ring of a chain holds in the place of the one before
_MAX_ATTEMPTS = 5


def ask_verifiche(*, now: datetime) -> int:
    """Send a message for each ente and day to prove; give their number. The schedule does no more."""
    oggi, sent = rome_day(now), 0
    for dominio in anagrafica.domini():
        for giorni in GIORNI_FA:
            _send(dominio.id_dominio, oggi - timedelta(days=giorni), esecuzione=oggi.isoformat())
            sent += 1
    log.info("verifica dei conti richiesta", quanti=sent)
    return sent


def _send(id_dominio: str, giorno: date, *, esecuzione: str) -> None:
    message = {"verificaConti": giorno.isoformat(), "idDominio": id_dominio, "esecuzione": esecuzione}
    queues.send(Queue.INCASSI, message)


def handle(message: Mapping[str, Any], *, now: datetime) -> None:
    """Go on with a run for a while: save how far it has come and send the message again, or close it with a ring.

    Repeated, or delivered to two at once, it changes nothing: progress and ring are written under conditions.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    giorno, esecuzione = date.fromisoformat(message["verificaConti"]), str(message["esecuzione"])
    stored, is_done = repository.state_of(message["idDominio"], giorno, esecuzione)
    if is_done:
        return
    verifica = advance(
        stored or begin(message["idDominio"], giorno, esecuzione=esecuzione, now=now), seconds=SECONDI_A_MESSAGGIO
    )
    if verifica.is_done:
        chain(verifica, now=now)
    else:
        repository.save_progress(verifica)
        _send(verifica.id_dominio, giorno, esecuzione=esecuzione)


def begin(id_dominio: str, giorno: date, *, esecuzione: str, now: datetime) -> Verifica:
    return Verifica(id_dominio=id_dominio, giorno=giorno, esecuzione=esecuzione, iniziata=now)


def chain(verifica: Verifica, *, now: datetime) -> Anello:
    """Store the result of a run that is done, and add its ring. The object comes first: a ring has its result.

    :raises WriteConflict: if the run is done already, or others add rings faster than we can, five times in a row
    """
    for attempt in range(_MAX_ATTEMPTS):
        last = repository.head(verifica.id_dominio)
        anello, body = _ring(verifica, last, now=now)
        documents.put(Bucket.RICONCILIAZIONE, anello.chiave, body, content_type="application/json")
        try:
            repository.close(verifica, anello)
        except WriteConflict as conflict:
            if "testa" not in conflict.names or "fatta" in conflict.names or attempt == _MAX_ATTEMPTS - 1:
                raise
        else:
            _log(verifica, anello)
            return anello
    raise AssertionError


def _ring(verifica: Verifica, last: Anello | None, *, now: datetime) -> tuple[Anello, bytes]:
    progressivo = 1 if last is None else last.progressivo + 1
    precedente = PRIMO if last is None else last.impronta
    body = json_text.write({**result_of(verifica), "progressivo": progressivo, "precedente": precedente}).encode()
    impronta = hashlib.sha256(body).hexdigest()
    anello = Anello(
        id_dominio=verifica.id_dominio,
        progressivo=progressivo,
        giorno=verifica.giorno,
        esecuzione=verifica.esecuzione,
        impronta=impronta,
        precedente=precedente,
        chiave=f"verifiche-conti/{verifica.id_dominio}/{progressivo:08d}-{verifica.giorno}-{impronta[:16]}.json",
        differenze=verifica.quante,
        registrato=now,
    )
    return anello, body


def result_of(verifica: Verifica) -> dict[str, Any]:
    """Give a result as it is stored and printed."""
    return {
        "idDominio": verifica.id_dominio,
        "giorno": verifica.giorno,
        "esecuzione": verifica.esecuzione,
        "iniziata": verifica.iniziata,
        "conti": _conti(verifica),
        "numeroDifferenze": verifica.quante,
        "differenze": [
            {
                "danno": one.danno.value,
                "descrizione": one.danno.descrizione,
                "oggetto": one.oggetto,
                "atteso": one.atteso,
                "trovato": one.trovato,
            }
            for one in verifica.differenze
        ],
    }


def _conti(verifica: Verifica) -> dict[str, Any]:
    conti = verifica.conti
    return {
        "rpp": conti.rpp,
        "ricevute": conti.ricevute,
        "importoRicevute": conti.importo_ricevute,
        "riscossioni": conti.riscossioni,
        "importoRiscossioni": conti.importo_riscossioni,
        "flussi": conti.flussi,
        "righe": conti.righe,
        "importoFlussi": conti.importo_flussi,
        "incassi": conti.incassi,
        "importoIncassi": conti.importo_incassi,
    }


def _log(verifica: Verifica, anello: Anello) -> None:
    if verifica.quante:  # an alarm counts these lines
        log.error("i conti non tornano", id_dominio=verifica.id_dominio, chiave=anello.chiave, quanti=verifica.quante)
    else:
        log.info("conti verificati", id_dominio=verifica.id_dominio, chiave=anello.chiave, quanti=0)
