"""HTTP to the ente's API (API Ente v1, GovPay 3.1 API 1.14): verifica and notifica. Implements pagamenti.ports.Verifica.

Every exchange, also one that failed, is handed to the recorder.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chalicelib.anagrafica.model import Applicazione, Connettore, TipoAuth
from chalicelib.connettori import credenziali
from chalicelib.connettori.credenziali import CredenzialiMancanti
from chalicelib.kernel import exchange as giornale
from chalicelib.kernel.exchange import About, Componente, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Sintassi
from chalicelib.notifiche.model import Esito, Notifica
from chalicelib.pagamenti.model import TipoNotifica
from chalicelib.pagamenti.ports import EnteIrraggiungibile
from chalicelib.rest import json_text
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

VERIFICA_HARD_SECONDS = 4.0  # the Nodo itself does not wait longer
NOTIFICA_SECONDS = 10.0
ID_TRANSAZIONE = "X-Govpay-IdTransazione"
_NOT_FOUND, _UNAUTHORIZED, _REDIRECT, _BAD_REQUEST, _INTERNAL = 404, 401, 300, 400, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chiamata:
    """A call of one operation of the ente's API: everything that does not depend on how it ends."""

    operazione: str
    metodo: str
    path: str
    about: About
    now: datetime
    seconds: float
    body: bytes | None = None


class _Fallita(Exception):
    """No answer to speak of. `incerta`: the ente may have received the request."""

    def __init__(self, motivo: str, *, incerta: bool) -> None:
        self.motivo, self.incerta = motivo, incerta
        super().__init__(motivo)


class EnteClient:
    """Calls the connector of an applicazione. Time-outs in seconds; `verifica_seconds` by default is the settings'."""

    def __init__(
        self,
        *,
        recorder: Recorder | None = None,
        verifica_seconds: float | None = None,
        notifica_seconds: float = NOTIFICA_SECONDS,
    ) -> None:
        self._recorder = recorder
        self._verifica_seconds = verifica_seconds
        self._notifica_seconds = notifica_seconds

    def by_avviso(
        self, applicazione: Applicazione, *, id_dominio: str, iuv: str, now: datetime
    ) -> dict[str, Any] | None:
        """Ask for the pendenza of a notice: GET /avvisi/{idDominio}/{iuv}.

        :raises EnteIrraggiungibile: if it does not answer within the budget, or not as its contract says
        """
        about = About(id_dominio=id_dominio, iuv=iuv, id_a2a=applicazione.id_a2a)
        return self._verifica(applicazione, "getAvviso", ("avvisi", id_dominio, iuv), about, now)

    def by_pendenza(
        self,
        applicazione: Applicazione,
        *,
        id_pendenza: str,
        now: datetime,
        id_dominio: str | None = None,
        iuv: str | None = None,
    ) -> dict[str, Any] | None:
        """Ask for a pendenza by its id: GET /pendenze/{idA2A}/{idPendenza}.

        :raises EnteIrraggiungibile: if it does not answer within the budget, or not as its contract says
        """
        about = About(id_a2a=applicazione.id_a2a, id_pendenza=id_pendenza, id_dominio=id_dominio, iuv=iuv)
        segments = ("pendenze", applicazione.id_a2a, id_pendenza)
        return self._verifica(applicazione, "verifyPendenza", segments, about, now)

    def by_form(
        self, applicazione: Applicazione, *, id_dominio: str, id_tipo_pendenza: str, dati: Any, now: datetime
    ) -> dict[str, Any] | None:
        """Send the data of a form: POST /pendenze/{idDominio}/{idTipoPendenza}; the pendenza made is the answer.

        :raises EnteIrraggiungibile: if it does not answer within the budget, or not as its contract says
        """
        about = About(id_dominio=id_dominio, id_a2a=applicazione.id_a2a)
        body = json_text.write(dati).encode()
        segments = ("pendenze", id_dominio, id_tipo_pendenza)
        return self._verifica(applicazione, "verifyPendenzaMod4", segments, about, now, body=body)

    def notify(self, connettore: Connettore, notifica: Notifica, corpo: bytes, *, now: datetime) -> Esito:
        """Tell the ente: POST /pagamenti/{idDominio}/{iuv}, or …/{ccp}/annulla. Never raises for what the ente does."""
        is_annullamento = notifica.tipo in {TipoNotifica.ANNULLAMENTO, TipoNotifica.FALLIMENTO}
        segments = ["pagamenti", notifica.id_dominio, notifica.iuv]
        query = ""
        if is_annullamento:
            segments += [notifica.ccp, "annulla"]
        elif riferimenti := _riferimenti(notifica):
            query = f"?{urlencode(riferimenti)}"
        try:
            chiamata = _Chiamata(
                operazione="deletePagamento" if is_annullamento else "notifyPagamento",
                metodo="POST",
                path=_path(segments) + query,
                about=_about(notifica),
                now=now,
                seconds=self._notifica_seconds,
                body=corpo,
            )
            risposta = self._call(connettore, chiamata)
        except _Fallita as fallita:
            return Esito(accolta=False, motivo=fallita.motivo, incerta=fallita.incerta)
        motivo = f"L'applicazione ha risposto {risposta.stato}"
        return Esito(accolta=_is_2xx(risposta.stato), motivo=motivo)

    def _verifica(
        self,
        applicazione: Applicazione,
        operazione: str,
        segments: tuple[str, ...],
        about: About,
        now: datetime,
        *,
        body: bytes | None = None,
    ) -> dict[str, Any] | None:
        if applicazione.servizio_integrazione is None:
            raise EnteIrraggiungibile(f"L'applicazione {applicazione.id_a2a} non ha un servizio di integrazione.")
        budget = self._verifica_seconds or settings().verifica_budget_ms / 1000
        try:
            chiamata = _Chiamata(
                operazione=operazione,
                metodo="GET" if body is None else "POST",
                path=_path(segments),
                about=about,
                now=now,
                seconds=min(budget, VERIFICA_HARD_SECONDS),
                body=body,
            )
            risposta = self._call(applicazione.servizio_integrazione, chiamata)
        except _Fallita as fallita:
            raise EnteIrraggiungibile(f"La verifica presso l'ente non è riuscita: {fallita.motivo}.") from fallita
        if risposta.stato == _NOT_FOUND:
            return None
        return _pendenza(risposta)

    def _call(self, connettore: Connettore, chiamata: _Chiamata) -> "Risposta":
        """Make the call and record it, however it ends."""
        started = time.monotonic()
        id_transazione = new_uuid()
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", ID_TRANSAZIONE: id_transazione}
        if chiamata.body is not None:
            headers["Content-Type"] = "application/json"
        url = connettore.url.rstrip("/") + chiamata.path
        risposta, fallita = None, None
        try:
            risposta = _exchange(connettore, chiamata, url, headers)
        except _Fallita as failed:
            fallita = failed
        durata_ms = int((time.monotonic() - started) * 1000)
        if self._recorder is not None:
            richiesta = Message(metodo=chiamata.metodo, url=url, headers=headers, payload=chiamata.body or b"")
            self._recorder(_exchange_of(chiamata, richiesta, risposta, fallita, durata_ms, id_transazione))
        if risposta is None:
            raise fallita or _Fallita("nessuna risposta", incerta=True)
        return risposta


def _exchange(connettore: Connettore, chiamata: _Chiamata, url: str, headers: Mapping[str, str]) -> "Risposta":
    from chalicelib.connettori import trasporto

    started = time.monotonic()
    auth = connettore.auth
    try:
        proof = credenziali.headers_of(auth, seconds=chiamata.seconds)
        cert, ca = credenziali.certificate_of(auth), credenziali.ca_of(auth)
        richiesta = trasporto.Richiesta(
            metodo=chiamata.metodo, url=url, headers={**headers, **proof}, body=chiamata.body, ca=ca, cert=cert
        )
        # A token that had to be asked for has used some of the time.
        spent = time.monotonic() - started if auth.tipo is TipoAuth.OAUTH2 else 0
        risposta = trasporto.exchange(richiesta, seconds=max(chiamata.seconds - spent, 0.001))
    except CredenzialiMancanti as error:
        raise _Fallita(error.motivo, incerta=False) from error
    except trasporto.Guasto as guasto:
        raise _Fallita(guasto.motivo, incerta=guasto.incerta) from guasto
    if risposta.stato == _UNAUTHORIZED:
        credenziali.forget_token(auth)
    return risposta


def _pendenza(risposta: "Risposta") -> dict[str, Any]:
    if _REDIRECT <= risposta.stato < _BAD_REQUEST:
        raise EnteIrraggiungibile(
            f"L'ente ha risposto alla verifica con un reindirizzamento ({risposta.stato}), che non viene seguito."
        )
    if not _is_2xx(risposta.stato):
        raise EnteIrraggiungibile(f"L'ente ha risposto alla verifica con lo stato {risposta.stato}.")
    try:
        body = json_text.read(risposta.body)
    except Sintassi as error:
        raise EnteIrraggiungibile("L'ente ha risposto alla verifica con un JSON non leggibile.") from error
    if not isinstance(body, dict):
        raise EnteIrraggiungibile("L'ente ha risposto alla verifica con un JSON che non è un oggetto.")
    return body


def _path(segments: "list[str] | tuple[str, ...]") -> str:
    """Join path segments, each encoded whole.

    :raises _Fallita: for a segment of dots, which would be read as another path
    """
    if any(segment in {"", ".", ".."} for segment in segments):
        raise _Fallita("un identificativo non può far parte di un indirizzo", incerta=False)
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def _riferimenti(notifica: Notifica) -> dict[str, str]:
    """Give by what the ente knows a payment that a portal started: three parameters, each where it is known."""
    named = {
        "idSession": notifica.id_session,
        "idSessionePortale": notifica.id_sessione_portale,
        "idCarrello": notifica.id_carrello,
    }
    return {name: value for name, value in named.items() if value}


def _about(notifica: Notifica) -> About:
    return About(
        id_dominio=notifica.id_dominio,
        iuv=notifica.iuv,
        ccp=notifica.ccp,
        id_a2a=notifica.id_a2a,
        id_pendenza=notifica.id_pendenza,
    )


def _exchange_of(  # noqa: PLR0917
    chiamata: _Chiamata,
    richiesta: Message,
    risposta: "Risposta | None",
    fallita: _Fallita | None,
    durata_ms: int,
    id_transazione: str,
) -> Exchange:
    if risposta is None:
        answer, esito = Message(), giornale.Esito.FAIL
    else:
        answer = Message(stato=risposta.stato, headers=risposta.headers, payload=risposta.body)
        esito = giornale.Esito.OK if _is_2xx(risposta.stato) else giornale.Esito.KO
        esito = giornale.Esito.FAIL if risposta.stato >= _INTERNAL else esito
    return Exchange(
        componente=Componente.API_ENTE,
        ruolo=Ruolo.CLIENT,
        tipo_evento=chiamata.operazione,
        esito=esito,
        data=chiamata.now,
        durata_ms=durata_ms,
        id_transazione=id_transazione,
        sottotipo_esito=str(risposta.stato) if risposta else None,
        dettaglio_esito=fallita.motivo if fallita else None,
        about=chiamata.about,
        richiesta=richiesta,
        risposta=answer,
    )


def _is_2xx(stato: int) -> bool:
    return 200 <= stato < _REDIRECT  # noqa: PLR2004
