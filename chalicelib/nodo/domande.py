"""What became of an RPT: nodoChiediStatoRPT, nodoChiediCopiaRT, nodoChiediListaPendentiRPT (SANP 2.x).

Implements pagamenti.ports.Domande. Every exchange, also one that failed, is handed to the recorder; every fault of the
Nodo is a reason that is told. An RT that is fetched goes the way of one that was sent to us.
"""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore, Stazione
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.nodo import dispatch
from chalicelib.nodo.client import NonInviata, call
from chalicelib.nodo.faults import RPT_SCONOSCIUTA, RT_NON_ANCORA
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRt, NodoChiediCopiaRtRisposta
from chalicelib.nodo.messages.nodo_chiedi_lista_pendenti_rpt import (
    NodoChiediListaPendentiRpt,
    NodoChiediListaPendentiRptRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import NodoChiediStatoRpt, NodoChiediStatoRptRisposta
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.ports import Pendenti
from chalicelib.pagamenti.recupero.model import EsitoCopia, EsitoStato, RispostaCopia, RispostaStato
from chalicelib.pagamenti.states import StatoRpp

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

# Of a session five attempts are asked about by one consumer, which has two minutes.
DOMANDA_SECONDS = 8.0
STATO, COPIA, LISTA = "nodoChiediStatoRPT", "nodoChiediCopiaRT", "nodoChiediListaPendentiRPT"
_URL = re.compile(r"https?://[^\s]{1,1000}")
_RT_SCONOSCIUTA = "PPT_RT_SCONOSCIUTA"


@dataclass(frozen=True, slots=True)
class _Via:
    """By which stazione, and to where; `principal` is the Nodo's own."""

    connettore: Connettore
    stazione: Stazione
    password: str
    principal: str


@dataclass(frozen=True, slots=True)
class _Sentita:
    """What came of a question: the message, or why there is none."""

    messaggio: Any = None
    fault: FaultBean | None = None
    motivo: str | None = None

    @property
    def fault_code(self) -> str | None:
        return None if self.fault is None else self.fault.fault_code

    @property
    def descrizione(self) -> str | None:
        return self.motivo if self.fault is None else self.fault.description or self.fault.fault_string


class DomandeNodo:
    """Asks the Nodo at the address of the intermediario. `seconds` is the time a call may take in all."""

    def __init__(self, *, recorder: Recorder | None = None, seconds: float = DOMANDA_SECONDS) -> None:
        self._recorder = recorder
        self._seconds = seconds

    def stato(self, rpp: Rpp, *, now: datetime) -> RispostaStato:
        sentita = self._of_rpt(STATO, NodoChiediStatoRpt, NodoChiediStatoRptRisposta, rpp, now)
        return _stato_of(sentita)

    def copia_rt(self, rpp: Rpp, *, now: datetime) -> RispostaCopia:
        sentita = self._of_rpt(COPIA, NodoChiediCopiaRt, NodoChiediCopiaRtRisposta, rpp, now)
        if sentita.fault_code in {RT_NON_ANCORA, _RT_SCONOSCIUTA}:
            return _copia(EsitoCopia.ASSENTE, sentita)
        if sentita.messaggio is None:
            return _copia(EsitoCopia.INCERTO, sentita)
        if not sentita.messaggio.rt:
            return RispostaCopia(esito=EsitoCopia.INCERTO, descrizione="il Nodo ha risposto senza RT")
        from chalicelib.nodo import ricevute

        via = _via(rpp.id_stazione)
        if isinstance(via, str):
            return RispostaCopia(esito=EsitoCopia.INCERTO, descrizione=via)
        return ricevute.acquire_copia(
            rpp,
            sentita.messaggio,
            id_intermediario=via.stazione.id_intermediario,
            principal=via.principal,
            now=now,
        )

    def pendenti(
        self, *, id_dominio: str, id_stazione: str, da: datetime, a: datetime, most: int, now: datetime
    ) -> Pendenti:
        via = _via(id_stazione)
        if isinstance(via, str):
            return Pendenti(motivo=via)
        request = NodoChiediListaPendentiRpt(
            identificativo_intermediario_pa=via.stazione.id_intermediario,
            identificativo_stazione_intermediario_pa=via.stazione.id_stazione,
            password=via.password,
            identificativo_dominio=id_dominio,
            range_da=da,
            range_a=a,
            dimensione_lista=most,
        )
        about = About(id_dominio=id_dominio)
        sentita = self._ask(via, LISTA, request, NodoChiediListaPendentiRptRisposta, about, now)
        if sentita.messaggio is None:
            return Pendenti(motivo=": ".join(part for part in (sentita.fault_code, sentita.descrizione) if part))
        lista = sentita.messaggio.lista_rpt_pendenti
        return Pendenti(
            chiavi=tuple(
                (one.identificativo_dominio, one.identificativo_univoco_versamento, one.codice_contesto_pagamento)
                for one in (() if lista is None else lista.rpt_pendente)
            )
        )

    def _of_rpt(self, action: str, shape: type[Any], answer: type[Any], rpp: Rpp, now: datetime) -> _Sentita:
        via = _via(rpp.id_stazione)
        if isinstance(via, str):
            return _Sentita(motivo=via)
        request = shape(
            identificativo_intermediario_pa=via.stazione.id_intermediario,
            identificativo_stazione_intermediario_pa=via.stazione.id_stazione,
            password=via.password,
            identificativo_dominio=rpp.id_dominio,
            identificativo_univoco_versamento=rpp.iuv,
            codice_contesto_pagamento=rpp.ccp,
        )
        about = About(
            id_dominio=rpp.id_dominio,
            iuv=rpp.iuv,
            ccp=rpp.ccp,
            id_a2a=rpp.id_a2a,
            id_pendenza=rpp.id_pendenza,
            id_pagamento=rpp.id_pagamento,
        )
        return self._ask(via, action, request, answer, about, now)

    def _ask(  # noqa: PLR0917
        self, via: _Via, action: str, request: object, answer: type[Any], about: About, now: datetime
    ) -> _Sentita:
        started, risposta = time.monotonic(), None
        try:
            risposta = call(via.connettore, action, dispatch.write_message(request), seconds=self._seconds)
            sentita = _heard(risposta, answer)
        except NonInviata as failed:
            sentita = _Sentita(motivo=failed.motivo)
        if self._recorder is not None:
            durata_ms = int((time.monotonic() - started) * 1000)
            self._recorder(_exchange_of(via, action, sentita, risposta, about, now, durata_ms))
        return sentita


def _via(id_stazione: str) -> _Via | str:
    """Give the way, or in Italian why there is none."""
    stazione = anagrafica.stazione(id_stazione)
    intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
    if stazione is None or intermediario is None:
        return f"la stazione {id_stazione} o il suo intermediario non è censita"
    if stazione.password is None:
        return f"la stazione {id_stazione} non ha una password"
    return _Via(intermediario.servizio_pagopa, stazione, stazione.password, intermediario.principal_pagopa)


def _heard(risposta: "Risposta", shape: type[Any]) -> _Sentita:
    try:
        answer = dispatch.read_message(risposta.body, shape)
    except (MessaggioIllegibile, SintassiErrata, dispatch.SoapFaultRicevuto) as error:
        return _Sentita(motivo=f"il Nodo ha risposto {risposta.stato} con un messaggio non valido: {error}")
    return _Sentita(fault=answer.fault) if answer.fault is not None else _Sentita(messaggio=answer)


def _stato_of(sentita: _Sentita) -> RispostaStato:
    if sentita.fault_code == RPT_SCONOSCIUTA:
        esito = EsitoStato.SCONOSCIUTA
        return RispostaStato(esito=esito, fault_code=sentita.fault_code, descrizione=sentita.descrizione)
    found = None if sentita.messaggio is None else sentita.messaggio.esito
    if found is None:
        words = sentita.descrizione or "il Nodo ha risposto senza uno stato"
        return RispostaStato(esito=EsitoStato.INCERTO, fault_code=sentita.fault_code, descrizione=words)
    if found.stato not in {stato.value for stato in StatoRpp}:
        words = f"lo stato {found.stato[:35]!r} non è fra quelli previsti"
        return RispostaStato(esito=EsitoStato.INCERTO, descrizione=words)
    redirect = found.url if found.url and _URL.fullmatch(found.url) else None
    id_session = None if redirect is None else next(iter(parse_qs(urlsplit(redirect).query).get("idSession", ())), None)
    stato = StatoRpp(found.stato)
    return RispostaStato(esito=EsitoStato.NOTA, stato=stato, redirect=redirect, id_session=id_session)


def _copia(esito: EsitoCopia, sentita: _Sentita) -> RispostaCopia:
    return RispostaCopia(esito=esito, fault_code=sentita.fault_code, descrizione=sentita.descrizione)


def _exchange_of(  # noqa: PLR0917
    via: _Via,
    action: str,
    sentita: _Sentita,
    risposta: "Risposta | None",
    about: About,
    now: datetime,
    durata_ms: int,
) -> Exchange:
    heard = Esito.OK if sentita.messaggio is not None else Esito.FAIL if sentita.fault is None else Esito.KO
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        tipo_evento=action,
        esito=heard,
        data=now,
        durata_ms=durata_ms,
        id_transazione=new_uuid(),
        sottotipo_esito=sentita.fault_code,
        dettaglio_esito=sentita.descrizione,
        about=about,
        dati_pagopa={"idDominio": about.id_dominio or "", "idStazione": via.stazione.id_stazione},
        # The request holds the password of the stazione; all else in it is the key that `about` has.
        richiesta=Message(metodo="POST", url=via.connettore.url),
        risposta=Message() if risposta is None else Message(stato=risposta.stato, payload=risposta.body),
    )
