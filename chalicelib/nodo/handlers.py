"""Each inbound primitive, in terms of the contexts' operations."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, wraps
from typing import Any

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import Refusal
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo import ricevute, risposte
from chalicelib.nodo.contesto import Contesto, DominioErrato, require_destination, require_intermediario
from chalicelib.nodo.dispatch import Handler, Richiesta
from chalicelib.nodo.faults import Paa
from chalicelib.nodo.messages.common import GetPaymentRequest
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.pa_get_payment import PaGetPaymentRes
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Response
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from chalicelib.nodo.messages.paa_attiva_rpt import PaaAttivaRptRisposta
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRptRisposta
from chalicelib.nodo.testi import soggetto_of_pagatore, soggetto_of_versante
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import CanalePsp, Formato
from chalicelib.rest import log

ContextHandler = Callable[[Richiesta, Contesto], Any]


def bound_to(contesto: Contesto) -> Mapping[str, Handler]:
    """Give the handlers of one call."""
    return {name: _bind(handler, contesto) for name, handler in _answering().items()}


@cache
def _answering() -> Mapping[str, ContextHandler]:
    handlers = {name: _answered(handler) for name, handler in _HANDLERS.items()}
    return handlers | dict.fromkeys(RICEVUTE, _answered_ricevuta)


def _bind(handler: ContextHandler, contesto: Contesto) -> Handler:
    return lambda richiesta: handler(richiesta, contesto)


def _answered_ricevuta(richiesta: Richiesta, contesto: Contesto) -> Any:
    """Answer refusals with a KO; what else is raised leaves as a SOAP Fault, after which the Nodo sends it again."""
    try:
        return _ricevuta(richiesta, contesto)
    except Refusal as refusal:
        return _ko(richiesta, contesto, getattr(refusal, "codice_pagopa", Paa.SYSTEM_ERROR), refusal.dettaglio)


def _answered(handler: ContextHandler) -> ContextHandler:
    """Answer refusals with the KO of the primitive, and a failure of ours with PAA_SYSTEM_ERROR."""

    @wraps(handler)
    def answered(richiesta: Richiesta, contesto: Contesto) -> Any:
        try:
            return handler(richiesta, contesto)
        except Refusal as refusal:
            code = getattr(refusal, "codice_pagopa", Paa.SYSTEM_ERROR)
            return _ko(richiesta, contesto, code, refusal.dettaglio)
        except Exception:  # noqa: BLE001 - the outermost edge: the Nodo needs an answer of the primitive, within its time
            log.error(
                "errore interno",
                exc_info=True,
                primitiva=richiesta.primitiva.name,
                id_transazione=contesto.id_transazione,
            )
            words = f"Errore interno: riferire la transazione {contesto.id_transazione}."
            return _ko(richiesta, contesto, Paa.SYSTEM_ERROR, words)

    return answered


def _ko(richiesta: Richiesta, contesto: Contesto, code: str, words: str) -> Any:
    fault = contesto.refuse(code, words)
    bean = FaultBean(
        fault_code=fault.fault_code, fault_string=fault.fault_string, id=fault.id, description=fault.description
    )
    key = "esito" if richiesta.primitiva.is_classic else "outcome"
    return richiesta.primitiva.response(**{key: "KO", "fault": bean})


# -- current ---------------------------------------------------------------------------------------------------------


def _pagabile(request: Any, contesto: Contesto) -> pagamenti.Pagabile:
    """Check the destination and find the position of a notice.

    :raises Refusal: in the order of pagoPA
    """
    require_destination(
        contesto, id_intermediario=request.id_broker_pa, id_stazione=request.id_station, id_dominio=request.id_pa
    )
    if request.qr_code.fiscal_code != request.id_pa:
        raise DominioErrato("Il codice fiscale del QR Code non è quello del dominio a cui la richiesta è indirizzata.")
    numero = request.qr_code.notice_number
    try:
        iuv = parse_numero_avviso(numero).iuv
    except NumeroAvvisoNonValido:
        raise pagamenti.PagamentoSconosciuto(f"Il numero avviso {numero} non è di una codifica prevista.") from None
    contesto.is_about(iuv=iuv)
    return _verified(
        pagamenti.verify(id_dominio=request.id_pa, iuv=iuv, numero_avviso=numero, now=contesto.now), contesto
    )


def _verified(pagabile: pagamenti.Pagabile, contesto: Contesto) -> pagamenti.Pagabile:
    contesto.is_about(id_a2a=pagabile.pendenza.id_a2a, id_pendenza=pagabile.pendenza.id_pendenza)
    return pagabile


def _verify_payment_notice(richiesta: Richiesta, contesto: Contesto) -> PaVerifyPaymentNoticeRes:
    return risposte.verificata(_pagabile(richiesta.request, contesto))


def _get_payment(richiesta: Richiesta, contesto: Contesto) -> PaGetPaymentRes:
    request: GetPaymentRequest = richiesta.request
    pagabile = _pagabile(request, contesto)
    rpp = pagamenti.activate_current(
        pagabile=pagabile,
        formato=Formato.V1,
        id_stazione=request.id_station,
        payment_note=request.payment_note,
        now=contesto.now,
    )
    contesto.is_about(ccp=rpp.ccp)
    return PaGetPaymentRes(outcome="OK", data=risposte.payment(pagabile, rpp, transfer_type=request.transfer_type))


def _get_payment_v2(richiesta: Richiesta, contesto: Contesto) -> PaGetPaymentV2Response:
    request: GetPaymentRequest = richiesta.request
    pagabile = _pagabile(request, contesto)
    rpp = pagamenti.activate_current(
        pagabile=pagabile,
        formato=Formato.V2,
        id_stazione=request.id_station,
        payment_note=request.payment_note,
        now=contesto.now,
    )
    contesto.is_about(ccp=rpp.ccp)
    return PaGetPaymentV2Response(
        outcome="OK", data=risposte.payment_v2(pagabile, rpp, transfer_type=request.transfer_type)
    )


def _demand_payment_notice(richiesta: Richiesta, contesto: Contesto) -> Any:
    """Refuse: no servizio of the catalogue is offered, and the Nodo calls only for those that are."""
    words = "Nessun servizio di pagamento spontaneo presso i PSP è attivo per questo ente."
    contesto.is_about(id_dominio=richiesta.request.id_pa)
    return _ko(richiesta, contesto, Paa.SEMANTICA, words)


# -- classic ---------------------------------------------------------------------------------------------------------


def _pagabile_classic(richiesta: Richiesta, contesto: Contesto) -> pagamenti.Pagabile:
    header = richiesta.header
    assert header is not None  # noqa: S101 - classic primitives have one: dispatch has read it
    contesto.is_about(iuv=header.identificativo_univoco_versamento, ccp=header.codice_contesto_pagamento)
    contesto.dati_pagopa["idPsp"] = richiesta.request.identificativo_psp
    require_destination(
        contesto,
        id_intermediario=header.identificativo_intermediario_pa,
        id_stazione=header.identificativo_stazione_intermediario_pa,
        id_dominio=header.identificativo_dominio,
    )
    pagabile = pagamenti.verify(
        id_dominio=header.identificativo_dominio, iuv=header.identificativo_univoco_versamento, now=contesto.now
    )
    return _verified(pagabile, contesto)


def _verifica_rpt(richiesta: Richiesta, contesto: Contesto) -> PaaVerificaRptRisposta:
    pagabile = _pagabile_classic(richiesta, contesto)
    voce = pagamenti.require_classic(pagabile)
    return PaaVerificaRptRisposta(esito="OK", dati_pagamento_pa=risposte.dati_pagamento_pa(pagabile, voce, None))


def _attiva_rpt(richiesta: Richiesta, contesto: Contesto) -> PaaAttivaRptRisposta:
    request, header = richiesta.request, richiesta.header
    assert header is not None  # noqa: S101 - as above
    pagabile = _pagabile_classic(richiesta, contesto)
    dati = request.dati_pagamento_psp
    rpp = pagamenti.activate_classic(
        pagabile=pagabile,
        id_stazione=header.identificativo_stazione_intermediario_pa,
        ccp=header.codice_contesto_pagamento,
        canale=CanalePsp(
            id_psp=request.identificativo_psp,
            id_intermediario_psp=request.identificativo_intermediario_psp,
            id_canale=request.identificativo_canale_psp,
        ),
        importo=dati.importo_singolo_versamento,
        versante=soggetto_of_versante(dati.soggetto_versante),
        pagatore=None if dati.soggetto_pagatore is None else soggetto_of_pagatore(dati.soggetto_pagatore),
        now=contesto.now,
    )
    return PaaAttivaRptRisposta(esito="OK", dati_pagamento_pa=risposte.dati_pagamento_pa(pagabile, rpp.voci[0], rpp))


# -- ricevute --------------------------------------------------------------------------------------------------------


def _ricevuta(richiesta: Richiesta, contesto: Contesto) -> Any:
    """Store the bytes, then apply. From the moment they are stored a failure of ours is ours alone to mend.

    Before that moment it must not look like a refusal: whatever is raised here ends in a SOAP Fault, and the Nodo
    sends the ricevuta again.
    """
    _require_known_intermediario(richiesta, contesto)
    sha256 = hashlib.sha256(contesto.body).hexdigest()
    key = archive_key(richiesta.primitiva.name, sha256, contesto.now)
    documents.put(Bucket.ARCHIVIO, key, contesto.body, content_type="text/xml")
    contesto.payload_key = key
    return ricevute.acquire(richiesta, contesto, sha256=sha256)


def _require_known_intermediario(richiesta: Richiesta, contesto: Contesto) -> None:
    header = richiesta.header
    if header is None:
        request = richiesta.request
        contesto.is_about(id_dominio=request.id_pa)
        require_intermediario(contesto, id_intermediario=request.id_broker_pa, id_stazione=request.id_station)
        return
    contesto.is_about(
        id_dominio=header.identificativo_dominio,
        iuv=header.identificativo_univoco_versamento,
        ccp=header.codice_contesto_pagamento,
    )
    require_intermediario(
        contesto,
        id_intermediario=header.identificativo_intermediario_pa,
        id_stazione=header.identificativo_stazione_intermediario_pa,
    )


def archive_key(primitiva: str, sha256: str, now: datetime) -> str:
    """Give the key of a ricevuta's bytes: of its content, so that a repetition finds itself."""
    return f"ricevute/{rome_day(now):%Y/%m/%d}/{primitiva}/{sha256}.xml"


_HANDLERS: Mapping[str, ContextHandler] = {
    "paaVerificaRPT": _verifica_rpt,
    "paaAttivaRPT": _attiva_rpt,
    "paVerifyPaymentNotice": _verify_payment_notice,
    "paGetPayment": _get_payment,
    "paGetPaymentV2": _get_payment_v2,
    "paDemandPaymentNotice": _demand_payment_notice,
}
RICEVUTE = frozenset({"paaInviaRT", "paSendRT", "paSendRTV2"})
