"""A ricevuta that an operator loads, because the Nodo did not bring it here (GovPay 3.9 API, POST /ricevute).

It is read from what whoever has it may have: the message as the Nodo sends it, with its envelope or without, or the RT
alone. From there it goes the way of one that the Nodo sends, into the same transaction, with the same refusals.
"""

import hashlib
import time
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.nodo import ricevute
from chalicelib.nodo.binding import element_of
from chalicelib.nodo.contesto import Contesto, DominioErrato, IntermediarioErrato
from chalicelib.nodo.dispatch import PRIMITIVE, NonServita, Richiesta, RichiestaErrata, read_request, write_message
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt
from chalicelib.nodo.messages.rt import Rt, read_rt
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile, read_document, read_envelope, write_envelope
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import Ricevuta
from chalicelib.pagamenti.rules.ricevuta import EsitoAcquisizione
from chalicelib.pendenze.rules.rights import check_own

RICEVUTE = frozenset({"paaInviaRT", "paSendRT", "paSendRTV2"})
_SENZA_BUSTA = {element_of(PRIMITIVE[name].request) for name in ("paSendRT", "paSendRTV2")}
_OGNI_TIPO = "*"


def load(body: bytes, *, utenza: Utenza, id_transazione: str, now: datetime) -> EsitoAcquisizione:
    """Acquire a ricevuta for an operator; the bytes are in the archive before it has any effect.

    AWS calls: those of one of the Nodo, and a Query to see whose it is.

    :raises Sintassi: for what is no ricevuta
    :raises NotAllowed: 403000, for one of a dominio, an applicazione or a tipo of others
    :raises Refusal: as of the Nodo, with its PAA code
    """
    message, richiesta = _read(body)
    contesto = Contesto(
        principal=utenza.principal, id_transazione=id_transazione, now=now, started=time.monotonic(), body=message
    )
    id_dominio, iuv, ccp = _key_of(richiesta)
    _check_ours(utenza, id_dominio, iuv, ccp)
    contesto.is_about(id_dominio=id_dominio, iuv=iuv, ccp=ccp)
    _check_intermediario(richiesta, contesto)
    sha256 = hashlib.sha256(message).hexdigest()
    contesto.payload_key = f"ricevute/{rome_day(now):%Y/%m/%d}/{richiesta.primitiva.name}/{sha256}.xml"
    documents.put(Bucket.ARCHIVIO, contesto.payload_key, message, content_type="text/xml")
    return ricevute.acquire_by_hand(richiesta, contesto, sha256=sha256, admit=lambda r: _check_money(utenza, r))


# -- what it is


def _read(body: bytes) -> tuple[bytes, Richiesta]:
    """Give the message that would have brought it, and the same, read.

    :raises Sintassi:
    """
    try:
        message = _as_message(body)
        richiesta = read_request(read_envelope(message), None)
    except (MessaggioIllegibile, NonServita, SintassiErrata) as error:
        raise _illegible(str(error)) from error
    except RichiestaErrata as error:
        raise _illegible(error.fault.description or "non rispetta lo schema") from error
    if richiesta.primitiva.name not in RICEVUTE:
        raise _illegible(f"è {richiesta.primitiva.name}, non una ricevuta")
    return message, richiesta


def _illegible(words: str) -> Sintassi:
    return Sintassi([FieldError("ricevuta", f"non è una RT né un messaggio {', '.join(sorted(RICEVUTE))}: {words}")])


def _as_message(body: bytes) -> bytes:
    """Put what came without its envelope into one.

    :raises MessaggioIllegibile: it is not XML that we admit
    :raises SintassiErrata: an RT that does not fit its XSD
    """
    root = read_document(body)
    if root.tag == element_of(Rt):
        return _with_header(body)
    return write_envelope(None, root) if root.tag in _SENZA_BUSTA else body


def _with_header(document: bytes) -> bytes:
    """Put an RT into the message that would have brought it, to the stazione of its ente."""
    rt = read_rt(document)
    id_dominio = rt.dominio.identificativo_dominio
    completo = anagrafica.dominio(id_dominio)
    stazione = None if completo is None else anagrafica.stazione(completo.dominio.id_stazione or "")
    if stazione is None:
        raise DominioErrato(f"Il dominio {id_dominio} non è censito, o non ha una stazione.")
    header = IntestazionePpt(
        identificativo_intermediario_pa=stazione.id_intermediario,
        identificativo_stazione_intermediario_pa=stazione.id_stazione,
        identificativo_dominio=id_dominio,
        identificativo_univoco_versamento=rt.dati_pagamento.identificativo_univoco_versamento,
        codice_contesto_pagamento=rt.dati_pagamento.codice_contesto_pagamento,
    )
    return write_message(PaaInviaRt(tipo_firma="", rt=document), header)


def _key_of(richiesta: Richiesta) -> tuple[str, str, str]:
    header = richiesta.header
    if header is None:
        receipt = richiesta.request.receipt
        return receipt.fiscal_code, receipt.creditor_reference_id, receipt.receipt_id
    return (
        header.identificativo_dominio,
        header.identificativo_univoco_versamento,
        header.codice_contesto_pagamento,
    )


# -- whose it is


def _check_ours(utenza: Utenza, id_dominio: str, iuv: str, ccp: str) -> None:
    """Check the ente, and the applicazione and tipo of what is paid; where that is not known it may be of any.

    :raises NotAllowed: 403000
    """
    utenza.require_dominio(id_dominio)
    transazione = archivio.load(id_dominio, iuv)
    paid = transazione.posizione or transazione.rpp_of(ccp)
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        check_own(_OGNI_TIPO if paid is None else paid.id_a2a, utenza)
        return
    utenza.require_tipo_pendenza(_OGNI_TIPO if paid is None else paid.id_tipo_pendenza)


def _check_money(utenza: Utenza, ricevuta: Ricevuta) -> None:
    """Check the enti among ours to which a ricevuta gives money.

    :raises NotAllowed: 403000
    """
    for id_dominio in {voce.id_dominio for voce in ricevuta.voci}:
        if anagrafica.dominio(id_dominio) is not None:
            utenza.require_dominio(id_dominio)


def _check_intermediario(richiesta: Richiesta, contesto: Contesto) -> None:
    """Check that it is addressed to an intermediario of ours; here nobody proves to be his Nodo.

    :raises IntermediarioErrato: PAA_ID_INTERMEDIARIO_ERRATO
    """
    header, request = richiesta.header, richiesta.request
    ids = (
        (request.id_broker_pa, request.id_station)
        if header is None
        else (header.identificativo_intermediario_pa, header.identificativo_stazione_intermediario_pa)
    )
    id_intermediario, id_stazione = ids
    contesto.dati_pagopa |= {"idIntermediario": id_intermediario, "idStazione": id_stazione}
    known = anagrafica.intermediario(id_intermediario)
    if known is None or not known.abilitato:
        raise IntermediarioErrato(f"L'intermediario {id_intermediario} non è censito o non è abilitato.")
