"""A ricevuta whose bytes are safe: applied now, or later from the archive."""

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.aws import documents, queues
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.exchange import About, Esito
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Refusal, Unprocessable
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.contesto import Contesto
from chalicelib.nodo.dispatch import PRIMITIVE, Richiesta, read_request, write_message
from chalicelib.nodo.evento import exchange_of
from chalicelib.nodo.lettura import differenze, ricevuta_of_receipt, ricevuta_of_rt
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRtRisposta
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt
from chalicelib.nodo.messages.rt import read_rt
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile, read_envelope
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import Ricevuta, Rpp
from chalicelib.pagamenti.recupero.model import EsitoCopia, RispostaCopia
from chalicelib.pagamenti.rules.ricevuta import EsitoAcquisizione, RtDuplicata
from chalicelib.rest import log

_NON_FIRMATA = frozenset({"", "0"})


class RtIllegibile(Unprocessable):
    """The document inside paaInviaRT breaks its XSD."""

    codice = "PAA_SINTASSI_XSD"
    codice_pagopa = "PAA_SINTASSI_XSD"


class RtIncoerente(Unprocessable):
    """The document inside paaInviaRT is not of the payment that its header names."""

    codice = "PAA_SEMANTICA"
    codice_pagopa = "PAA_SEMANTICA"


class TipoFirmaSconosciuto(Unprocessable):
    """Signed RTs are no longer sent; we have nothing to check a signature with."""

    codice = "PAA_TIPOFIRMA_SCONOSCIUTO"
    codice_pagopa = "PAA_TIPOFIRMA_SCONOSCIUTO"


def acquire(richiesta: Richiesta, contesto: Contesto, *, sha256: str) -> Any:
    """Apply a ricevuta whose bytes are in the archive, and give the answer.

    :raises Refusal: what is surely not to be taken, with its PAA code
    """
    ricevuta = _read(richiesta, contesto, sha256=sha256)
    try:
        _apply(ricevuta, richiesta, contesto)
    except Exception as error:
        # A good ricevuta is never refused for a fault of ours, nor for others who write the same position faster.
        if isinstance(error, Refusal) and not isinstance(error, WriteConflict):
            raise
        log.error(
            "ricevuta da riprendere",
            exc_info=True,
            primitiva=richiesta.primitiva.name,
            id_transazione=contesto.id_transazione,
            chiave=contesto.payload_key,
        )
        # If this fails too, the error leaves as a SOAP Fault, and the Nodo sends the ricevuta again.
        queues.send(Queue.RICEVUTE, _message(contesto, sha256))
    return _ok(richiesta)


def acquire_by_hand(
    richiesta: Richiesta, contesto: Contesto, *, sha256: str, admit: Callable[[Ricevuta], None]
) -> EsitoAcquisizione:
    """Apply a ricevuta that an operator loads, as one of the Nodo; `admit` is asked before anything is written of it.

    Nothing is put off: who loads it hears what became of it, and may load it again.

    :raises Refusal: as of the Nodo, also told in the giornale; and what `admit` raises
    """
    try:
        ricevuta = _read(richiesta, contesto, sha256=sha256)
        admit(ricevuta)
        return _apply(ricevuta, richiesta, contesto)
    except Refusal as refusal:
        code = getattr(refusal, "codice_pagopa", None)
        if code is not None:
            contesto.refuse(code, refusal.dettaglio)
            giornale.record(exchange_of(richiesta.primitiva.name, contesto, risposta=b"", esito=Esito.KO))
        raise


def acquire_from_archive(message: Mapping[str, Any], *, now: datetime) -> None:
    """Apply a ricevuta that a failure delayed. Repeating it changes nothing.

    :raises WriteConflict: if others were faster each time: the queue delivers the message again
    """
    body = documents.get(Bucket.ARCHIVIO, message["chiave"])
    if body is None:
        msg = f"la ricevuta {message['chiave']} non è nell'archivio"
        raise LookupError(msg)
    richiesta = read_request(read_envelope(body), None)
    contesto = Contesto(
        principal=message["principal"],
        id_transazione=message["idTransazione"],
        now=now,
        started=time.monotonic(),
        body=body,
        payload_key=message["chiave"],
    )
    try:
        _apply(_read(richiesta, contesto, sha256=message["sha256"]), richiesta, contesto)
    except WriteConflict:
        raise
    except Refusal as refusal:
        # The Nodo has had its OK: what the rules say now is for the operators.
        contesto.refuse(getattr(refusal, "codice_pagopa", "PAA_SYSTEM_ERROR"), refusal.dettaglio)
        giornale.record(exchange_of(richiesta.primitiva.name, contesto, risposta=b"", esito=Esito.KO))
        log.warning("ricevuta non applicata", codice=refusal.codice, chiave=message["chiave"])


def acquire_copia(
    rpp: Rpp, copia: NodoChiediCopiaRtRisposta, *, id_intermediario: str, principal: str, now: datetime
) -> RispostaCopia:
    """Acquire an RT that we asked for as if the Nodo had sent it: its bytes stored first, then applied, once.

    It is stored in the message that would have brought it; its key is of its content, so that a repetition finds itself.
    """
    header = IntestazionePpt(
        identificativo_intermediario_pa=id_intermediario,
        identificativo_stazione_intermediario_pa=rpp.id_stazione,
        identificativo_dominio=rpp.id_dominio,
        identificativo_univoco_versamento=rpp.iuv,
        codice_contesto_pagamento=rpp.ccp,
    )
    request = PaaInviaRt(tipo_firma=copia.tipo_firma or "", rt=copia.rt or b"")
    body = write_message(request, header)
    sha256 = hashlib.sha256(body).hexdigest()
    key = f"ricevute/{rome_day(rpp.creata):%Y/%m/%d}/nodoChiediCopiaRT/{sha256}.xml"
    documents.put(Bucket.ARCHIVIO, key, body, content_type="text/xml")
    contesto = Contesto(
        principal=principal,
        id_transazione=new_uuid(),
        now=now,
        started=time.monotonic(),
        body=body,
        about=About(id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp),
        payload_key=key,
    )
    richiesta = Richiesta(primitiva=PRIMITIVE["paaInviaRT"], header=header, request=request)
    try:
        acquire(richiesta, contesto, sha256=sha256)
    except RtDuplicata:
        return RispostaCopia(esito=EsitoCopia.ACQUISITA)
    except Refusal as refusal:
        code = getattr(refusal, "codice_pagopa", refusal.codice)
        return RispostaCopia(esito=EsitoCopia.RIFIUTATA, fault_code=code, descrizione=refusal.dettaglio)
    return RispostaCopia(esito=EsitoCopia.ACQUISITA)


def _message(contesto: Contesto, sha256: str) -> dict[str, Any]:
    return {
        "chiave": contesto.payload_key,
        "sha256": sha256,
        "principal": contesto.principal,
        "idTransazione": contesto.id_transazione or new_uuid(),
    }


def _apply(ricevuta: Ricevuta, richiesta: Richiesta, contesto: Contesto) -> EsitoAcquisizione:
    contesto.is_about(id_dominio=ricevuta.id_dominio, iuv=ricevuta.iuv, ccp=ricevuta.ccp)
    contesto.dati_pagopa |= {
        "idPsp": ricevuta.id_psp or "",
        "idCanale": ricevuta.id_canale or "",
        "idDominio": ricevuta.id_dominio,
    }
    evento = exchange_of(richiesta.primitiva.name, contesto, risposta=b"", esito=Esito.OK)
    # The evento of money goes in the transaction of the money: it cannot be lost.
    event = giornale.event_write(evento)
    esito = pagamenti.acquire_ricevuta(ricevuta=ricevuta, now=contesto.now, extra_writes=[event])
    contesto.recorded = True
    return esito


def _read(richiesta: Richiesta, contesto: Contesto, *, sha256: str) -> Ricevuta:
    originale = contesto.payload_key or ""
    if richiesta.header is None:
        return ricevuta_of_receipt(richiesta.request, originale=originale, sha256=sha256, now=contesto.now)
    if richiesta.request.tipo_firma not in _NON_FIRMATA:
        raise TipoFirmaSconosciuto("Le RT firmate non sono gestite: inviare tipoFirma 0 o vuoto.")
    try:
        rt = read_rt(richiesta.request.rt)
    except (MessaggioIllegibile, SintassiErrata) as error:
        raise _rejected(RtIllegibile(f"RT non valida: {error}"), contesto) from error
    different = differenze(rt, richiesta.header)
    if different:
        raise _rejected(RtIncoerente("; ".join(different)), contesto)
    return ricevuta_of_rt(rt, richiesta.header, originale=originale, sha256=sha256, now=contesto.now)


def _rejected(refusal: RtIllegibile | RtIncoerente, contesto: Contesto) -> Refusal:
    """Remember on the attempt why its RT was not taken."""
    about = contesto.about
    pagamenti.reject_rt(
        id_dominio=about.id_dominio or "",
        iuv=about.iuv or "",
        ccp=about.ccp or "",
        motivo=refusal.dettaglio,
        now=contesto.now,
    )
    return refusal


def _ok(richiesta: Richiesta) -> Any:
    return richiesta.primitiva.response(**{"esito" if richiesta.primitiva.is_classic else "outcome": "OK"})
