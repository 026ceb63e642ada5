"""The cart of a portal to the WISP, by nodoInviaCarrelloRPT (SANP 2.x): implements pagamenti.ports.Carrelli.

Where the answer does not come, or may have been lost, the Nodo is asked at once what it has: nodoChiediStatoRPT of the
first RPT tells whether the cart was taken, and where the payer goes. Every exchange is handed to the recorder.
"""

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore, Stazione
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.nodo import dispatch
from chalicelib.nodo.client import NonInviata, call
from chalicelib.nodo.documenti import Documenti
from chalicelib.nodo.faults import RPT_SCONOSCIUTA, policy
from chalicelib.nodo.faults import EsitoInvio as Politica
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.intestazione_ppt import IntestazioneCarrelloPpt
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import NodoChiediStatoRpt, NodoChiediStatoRptRisposta
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import (
    ElementoListaRpt,
    NodoInviaCarrelloRpt,
    NodoInviaCarrelloRptRisposta,
)
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.ports import EsitoInvio, RispostaCarrello
from chalicelib.pagamenti.sessioni.model import Carrello, Sessione
from chalicelib.pagamenti.sessioni.rules import WISP
from chalicelib.pagamenti.sessioni.sequel import with_query

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

# A browser waits, and API Gateway no longer than 29 seconds for both.
CARRELLO_SECONDS, STATO_SECONDS = 12.0, 6.0
_CARRELLO, _STATO = "nodoInviaCarrelloRPT", "nodoChiediStatoRPT"
_URL = re.compile(r"https?://[^\s]{1,1000}")
# What the Nodo says of an RPT that it has refused, or could not pass on (PROTOCOLS 2.2): nothing will come of it.
_CHIUSI_KO = frozenset({"RPT_RIFIUTATA_NODO", "RPT_RIFIUTATA_PSP", "RPT_ERRORE_INVIO_A_PSP", "RPT_DECORSI_TERMINI"})

# What stands before the Nodo refuses so, without a SOAP message: the cart never came to it.
_RESPINTE = frozenset({400, 401, 403, 404, 405, 411, 413, 415, 429})


@dataclass(frozen=True, slots=True)
class _Via:
    """By which stazione, and to where."""

    connettore: Connettore
    stazione: Stazione
    password: str


class CarrelloWisp:
    """Hands carts to the Nodo. Times are those that a call may take in all."""

    def __init__(
        self,
        *,
        recorder: Recorder | None = None,
        carrello_seconds: float = CARRELLO_SECONDS,
        stato_seconds: float = STATO_SECONDS,
    ) -> None:
        self._recorder = recorder
        self._carrello_seconds = carrello_seconds
        self._stato_seconds = stato_seconds

    def invia(self, carrello: Carrello, *, ripetuto: bool, now: datetime) -> RispostaCarrello:
        """Hand the cart over; one that may have been delivered before is asked about first."""
        via = _via(carrello.sessione.id_stazione)
        if isinstance(via, RispostaCarrello):
            return via
        if ripetuto:
            known = self._chiedi_stato(via, carrello, now)
            if known.fault_code != RPT_SCONOSCIUTA:
                return known
        risposta = self._invia(via, carrello, now)
        if risposta.esito is not EsitoInvio.SCONOSCIUTO:
            return risposta
        known = self._chiedi_stato(via, carrello, now)
        # That the Nodo has no such RPT yet proves nothing while the cart may still be on its way.
        return known if known.esito is not EsitoInvio.SCONOSCIUTO else risposta

    def _invia(self, via: _Via, carrello: Carrello, now: datetime) -> RispostaCarrello:
        body = dispatch.write_message(_request(via, carrello), _header(via, carrello.sessione))
        return self._exchange(via, _CARRELLO, body, carrello, now, self._carrello_seconds)

    def _chiedi_stato(self, via: _Via, carrello: Carrello, now: datetime) -> RispostaCarrello:
        first = carrello.rpp[0] if carrello.rpp else None
        if first is None:
            return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, descrizione="le ricevute sono già arrivate")
        request = NodoChiediStatoRpt(
            identificativo_intermediario_pa=via.stazione.id_intermediario,
            identificativo_stazione_intermediario_pa=via.stazione.id_stazione,
            password=via.password,
            identificativo_dominio=first.id_dominio,
            identificativo_univoco_versamento=first.iuv,
            codice_contesto_pagamento=first.ccp,
        )
        return self._exchange(via, _STATO, dispatch.write_message(request), carrello, now, self._stato_seconds)

    def _exchange(  # noqa: PLR0917
        self, via: _Via, action: str, body: bytes, carrello: Carrello, now: datetime, seconds: float
    ) -> RispostaCarrello:
        started, risposta = time.monotonic(), None
        try:
            risposta = call(via.connettore, action, body, seconds=seconds)
            esito = _read_carrello(risposta) if action == _CARRELLO else _read_stato(risposta)
        except NonInviata as failed:
            esito = RispostaCarrello(
                esito=EsitoInvio.SCONOSCIUTO if failed.incerta else EsitoInvio.RIFIUTATA, descrizione=failed.motivo
            )
        if action == _STATO and esito.esito is EsitoInvio.RIFIUTATA and esito.fault_code is None:
            # The question could not be asked: of the cart nothing is known by that.
            esito = replace(esito, esito=EsitoInvio.SCONOSCIUTO)
        esito = _in_lingua(esito, carrello.sessione.lingua)
        if self._recorder is not None:
            durata_ms = int((time.monotonic() - started) * 1000)
            self._recorder(_exchange_of(action, via.connettore, carrello, risposta, esito, now, durata_ms))
        return esito


def _via(id_stazione: str) -> _Via | RispostaCarrello:
    """Give the way, or the refusal of a cart that has none: nothing was sent."""
    stazione = anagrafica.stazione(id_stazione)
    intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
    if stazione is None or intermediario is None or not (stazione.abilitato and intermediario.abilitato):
        return _nothing_sent(f"la stazione {id_stazione} o il suo intermediario non è censita o abilitata")
    if stazione.password is None:
        return _nothing_sent(f"la stazione {id_stazione} non ha una password")
    return _Via(intermediario.servizio_pagopa, stazione, stazione.password)


def _nothing_sent(words: str) -> RispostaCarrello:
    return RispostaCarrello(esito=EsitoInvio.RIFIUTATA, descrizione=words)


def _header(via: _Via, sessione: Sessione) -> IntestazioneCarrelloPpt:
    return IntestazioneCarrelloPpt(
        identificativo_intermediario_pa=via.stazione.id_intermediario,
        identificativo_stazione_intermediario_pa=via.stazione.id_stazione,
        identificativo_carrello=sessione.nome_carrello,
    )


def _request(via: _Via, carrello: Carrello) -> NodoInviaCarrelloRpt:
    return NodoInviaCarrelloRpt(
        password=via.password,
        identificativo_psp=WISP.id_psp,
        identificativo_intermediario_psp=WISP.id_intermediario_psp,
        identificativo_canale=WISP.id_canale,
        lista_rpt=tuple(_element(rpp) for rpp in carrello.rpp),
        multi_beneficiario=True if carrello.sessione.id_carrello is not None else None,
    )


def _element(rpp: Rpp) -> ElementoListaRpt:
    return ElementoListaRpt(
        identificativo_dominio=rpp.id_dominio,
        identificativo_univoco_versamento=rpp.iuv,
        codice_contesto_pagamento=rpp.ccp,
        tipo_firma="",
        rpt=Documenti().rpt(rpp),
    )


def _read_carrello(risposta: "Risposta") -> RispostaCarrello:
    answer = _message(risposta, NodoInviaCarrelloRptRisposta)
    if isinstance(answer, RispostaCarrello):
        return answer
    fault = answer.fault or next(iter(answer.lista_errori_rpt), None)
    if fault is not None:
        return _of_fault(fault)
    if answer.esito_complessivo_operazione != "OK":
        return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, descrizione="il Nodo ha risposto KO senza dire perché")
    return _accepted(answer.url)


def _read_stato(risposta: "Risposta") -> RispostaCarrello:
    answer = _message(risposta, NodoChiediStatoRptRisposta)
    if isinstance(answer, RispostaCarrello):
        return answer
    if answer.fault is not None or answer.esito is None:
        code = None if answer.fault is None else answer.fault.fault_code
        return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, fault_code=code, descrizione="stato della RPT non noto")
    if answer.esito.stato in _CHIUSI_KO:
        return RispostaCarrello(
            esito=EsitoInvio.RIFIUTATA, fault_code=answer.esito.stato, descrizione="il Nodo ha chiuso la RPT"
        )
    return _accepted(answer.esito.url)


def _message(risposta: "Risposta", shape: type[Any]) -> Any:
    try:
        return dispatch.read_message(risposta.body, shape)
    except (MessaggioIllegibile, SintassiErrata, dispatch.SoapFaultRicevuto) as error:
        words = f"il Nodo ha risposto {risposta.stato} con un messaggio non valido: {error}"
        surely = risposta.stato in _RESPINTE and not isinstance(error, dispatch.SoapFaultRicevuto)
        return RispostaCarrello(esito=EsitoInvio.RIFIUTATA if surely else EsitoInvio.SCONOSCIUTO, descrizione=words)


def _of_fault(fault: FaultBean) -> RispostaCarrello:
    is_refused = policy(fault.fault_code) is Politica.RIFIUTATA
    return RispostaCarrello(
        esito=EsitoInvio.RIFIUTATA if is_refused else EsitoInvio.SCONOSCIUTO,
        fault_code=fault.fault_code,
        descrizione=fault.description or fault.fault_string,
    )


def _accepted(url: str | None) -> RispostaCarrello:
    """Read where the payer goes; the session is a parameter of that URL."""
    if not url:
        return RispostaCarrello(esito=EsitoInvio.ACCETTATA)
    if not _URL.fullmatch(url):
        return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, descrizione="il Nodo ha risposto con un URL non valido")
    id_session = next(iter(parse_qs(urlsplit(url).query).get("idSession", ())), None)
    return RispostaCarrello(esito=EsitoInvio.ACCETTATA, redirect=url, id_session=id_session)


def _in_lingua(risposta: RispostaCarrello, lingua: str | None) -> RispostaCarrello:
    """Ask the WISP for its pages in a language: `&lang=` may be added to its URL (SANP 2.x)."""
    if risposta.redirect is None or lingua is None:
        return risposta
    return replace(risposta, redirect=with_query(risposta.redirect, lang=lingua.lower()))


_ESITI = {EsitoInvio.ACCETTATA: Esito.OK, EsitoInvio.RIFIUTATA: Esito.KO, EsitoInvio.SCONOSCIUTO: Esito.FAIL}


def _exchange_of(  # noqa: PLR0917
    action: str,
    connettore: Connettore,
    carrello: Carrello,
    risposta: "Risposta | None",
    esito: RispostaCarrello,
    now: datetime,
    durata_ms: int,
) -> Exchange:
    first = carrello.rpp[0]
    # The request holds the password of the stazione: what is recorded are the RPTs, from which it is made again.
    documents = b"\n".join(Documenti().rpt(rpp) for rpp in carrello.rpp) if action == _CARRELLO else b""
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        tipo_evento=action,
        esito=_ESITI[esito.esito],
        data=now,
        durata_ms=durata_ms,
        id_transazione=new_uuid(),
        sottotipo_esito=esito.fault_code,
        dettaglio_esito=esito.descrizione,
        about=About(
            id_dominio=first.id_dominio,
            iuv=first.iuv,
            ccp=first.ccp,
            id_a2a=first.id_a2a,
            id_pendenza=first.id_pendenza,
            id_pagamento=carrello.sessione.id,
        ),
        dati_pagopa={
            "idDominio": first.id_dominio,
            "idStazione": carrello.sessione.id_stazione,
            "idPsp": WISP.id_psp,
            "idCanale": WISP.id_canale,
            "idIntermediarioPsp": WISP.id_intermediario_psp,
            "tipoVersamento": first.tipo_versamento,
        },
        richiesta=Message(metodo="POST", url=connettore.url, payload=documents),
        risposta=Message() if risposta is None else Message(stato=risposta.stato, payload=risposta.body),
    )
