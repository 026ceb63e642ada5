"""SOAP out: implements pagamenti.ports.Nodo. Every exchange, also one that failed, is handed to the recorder."""

import time
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore
from chalicelib.connettori import credenziali
from chalicelib.connettori.credenziali import CredenzialiMancanti
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.nodo import dispatch
from chalicelib.nodo.documenti import Documenti
from chalicelib.nodo.faults import EsitoInvio as Politica
from chalicelib.nodo.faults import policy
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.nodo_invia_rpt import NodoInviaRpt, NodoInviaRptRisposta
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.ports import EsitoInvio, RispostaInvio

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

NODO_SECONDS = 15.0  # off the request path: a queue's consumer waits
SUBSCRIPTION_KEY = "Ocp-Apim-Subscription-Key"


class NonInviata(Exception):
    """No answer to speak of. `incerta`: the Nodo may have received the request."""

    def __init__(self, motivo: str, *, incerta: bool) -> None:
        self.motivo, self.incerta = motivo, incerta
        super().__init__(motivo)


class NodoClient:
    """Calls the Nodo at the address of the intermediario. `seconds` is the time a call may take in all."""

    def __init__(self, *, recorder: Recorder | None = None, seconds: float = NODO_SECONDS) -> None:
        self._recorder = recorder
        self._seconds = seconds

    def invia_rpt(self, rpp: Rpp, *, now: datetime) -> RispostaInvio:
        """Send the RPT of an attempt: nodoInviaRPT. It never raises for what the Nodo does.

        :raises LookupError: if the stazione, its password or the PSP of the attempt is not known
        """
        connettore, header, request = _invia_rpt(rpp)
        body = dispatch.write_message(request, header)
        started, id_transazione = time.monotonic(), new_uuid()
        risposta, esito = None, None
        try:
            risposta = call(connettore, "nodoInviaRPT", body, seconds=self._seconds)
            esito = _read(risposta, resent=rpp.tentativi_invio > 0)
        except NonInviata as failed:
            esito = RispostaInvio(esito=EsitoInvio.SCONOSCIUTO, descrizione=failed.motivo)
        if self._recorder is not None:
            durata_ms = int((time.monotonic() - started) * 1000)
            self._recorder(_exchange_of(rpp, connettore, risposta, esito, now, durata_ms, id_transazione))
        return esito


def _invia_rpt(rpp: Rpp) -> tuple[Connettore, IntestazionePpt, NodoInviaRpt]:
    stazione = anagrafica.stazione(rpp.id_stazione)
    intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
    if stazione is None or intermediario is None or stazione.password is None or rpp.psp is None:
        msg = f"stazione {rpp.id_stazione}: non censita, senza password, o rpp senza PSP"
        raise LookupError(msg)
    header = IntestazionePpt(
        identificativo_intermediario_pa=intermediario.id_intermediario,
        identificativo_stazione_intermediario_pa=stazione.id_stazione,
        identificativo_dominio=rpp.id_dominio,
        identificativo_univoco_versamento=rpp.iuv,
        codice_contesto_pagamento=rpp.ccp,
    )
    request = NodoInviaRpt(
        password=stazione.password,
        identificativo_psp=rpp.psp.id_psp,
        identificativo_intermediario_psp=rpp.psp.id_intermediario_psp,
        identificativo_canale=rpp.psp.id_canale,
        tipo_firma="",
        rpt=Documenti().rpt(rpp),
    )
    return intermediario.servizio_pagopa, header, request


def call(connettore: Connettore, action: str, body: bytes, *, seconds: float) -> "Risposta":
    """Call an operation of the Nodo and give its answer, of any status.

    :raises NonInviata: if none came
    """
    from chalicelib.connettori import trasporto

    auth = connettore.auth
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept-Encoding": "identity"}
    if connettore.subscription_key:
        headers[SUBSCRIPTION_KEY] = connettore.subscription_key
    try:
        richiesta = trasporto.Richiesta(
            metodo="POST",
            url=connettore.url,
            headers={**headers, **credenziali.headers_of(auth, seconds=seconds)},
            body=body,
            ca=credenziali.ca_of(auth),
            cert=credenziali.certificate_of(auth),
        )
        return trasporto.exchange(richiesta, seconds=seconds)
    except CredenzialiMancanti as error:
        raise NonInviata(error.motivo, incerta=False) from error
    except trasporto.Guasto as guasto:
        raise NonInviata(guasto.motivo, incerta=guasto.incerta) from guasto


def _read(risposta: "Risposta", *, resent: bool) -> RispostaInvio:
    """Read what the Nodo said of an RPT. On a re-send "I have it already" is what we wanted to hear (SANP 2.1)."""
    try:
        answer = dispatch.read_message(risposta.body, NodoInviaRptRisposta)
    except (MessaggioIllegibile, SintassiErrata, dispatch.SoapFaultRicevuto) as error:
        words = f"il Nodo ha risposto {risposta.stato} con un messaggio non valido: {error}"
        return RispostaInvio(esito=EsitoInvio.SCONOSCIUTO, descrizione=words)
    fault = answer.fault
    if fault is None:
        ok = answer.esito == "OK"
        return RispostaInvio(esito=EsitoInvio.ACCETTATA if ok else EsitoInvio.SCONOSCIUTO)
    words = fault.description or fault.fault_string
    match policy(fault.fault_code):
        case Politica.SCONOSCIUTO:
            esito = EsitoInvio.SCONOSCIUTO
        case Politica.GIA_INVIATA if resent:
            esito = EsitoInvio.ACCETTATA
        case _:
            esito = EsitoInvio.RIFIUTATA
    return RispostaInvio(esito=esito, fault_code=fault.fault_code, descrizione=words)


def _exchange_of(  # noqa: PLR0917
    rpp: Rpp,
    connettore: Connettore,
    risposta: "Risposta | None",
    esito: RispostaInvio,
    now: datetime,
    durata_ms: int,
    id_transazione: str,
) -> Exchange:
    psp = rpp.psp
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        tipo_evento="nodoInviaRPT",
        esito={
            EsitoInvio.ACCETTATA: Esito.OK,
            EsitoInvio.RIFIUTATA: Esito.KO,
            EsitoInvio.SCONOSCIUTO: Esito.FAIL,
        }[esito.esito],
        data=now,
        durata_ms=durata_ms,
        id_transazione=id_transazione,
        sottotipo_esito=esito.fault_code,
        dettaglio_esito=esito.descrizione,
        about=About(
            id_dominio=rpp.id_dominio,
            iuv=rpp.iuv,
            ccp=rpp.ccp,
            id_a2a=rpp.id_a2a,
            id_pendenza=rpp.id_pendenza,
        ),
        dati_pagopa={
            "idDominio": rpp.id_dominio,
            "idStazione": rpp.id_stazione,
            "idPsp": "" if psp is None else psp.id_psp,
            "idCanale": "" if psp is None else psp.id_canale,
            "idIntermediarioPsp": "" if psp is None else psp.id_intermediario_psp,
            "tipoVersamento": rpp.tipo_versamento,
        },
        # The request holds the password of the stazione: what is recorded is the RPT, from which it is made again.
        richiesta=Message(metodo="POST", url=connettore.url, payload=Documenti().rpt(rpp)),
        risposta=Message() if risposta is None else Message(stato=risposta.stato, payload=risposta.body),
    )
