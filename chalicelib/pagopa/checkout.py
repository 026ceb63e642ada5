"""The cart of a portal to Checkout, by POST /carts (SANP 3.x): implements pagamenti.ports.Carrelli.

Checkout answers 302: its Location is for the payer's browser, we do not follow it. The cart is known by our idCart,
which the Nodo brings back as paymentNote; the return URLs carry our session. Every exchange is handed to the recorder.
"""

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.secrets import get_secret
from chalicelib.giornale.rules import OMESSO
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.identifiers import is_iban_postale
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Sintassi
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.ports import EsitoInvio, RispostaCarrello
from chalicelib.pagamenti.sessioni.model import Carrello, EsitoRitorno, Sessione
from chalicelib.pagamenti.sessioni.sequel import firma_of, with_query
from chalicelib.rest import json_text
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

CHECKOUT_SECONDS = 15.0  # a browser waits, and API Gateway no longer than 29 seconds
SUBSCRIPTION_KEY = "Ocp-Apim-Subscription-Key"
_FOUND, _SEE_OTHER, _INTERNAL = 302, 303, 500
_OPERAZIONE = "PostCarts"
_LOCATION = re.compile(r"https?://[^\s]{1,2000}")
# In the bodies that are kept: whoever holds a signed return may end the session by it.
_FIRMA = re.compile(rb'(?<=[?&]firma=)[^&"\s]+')
_MAX_TESTO = 140
_RETURNS = {
    "returnOkUrl": EsitoRitorno.OK,
    "returnCancelUrl": EsitoRitorno.ANNULLATO,
    "returnErrorUrl": EsitoRitorno.ERROR,
}


class CheckoutClient:
    """Makes carts at Checkout. `seconds` is the time a call may take in all; `base` by default is the settings'."""

    def __init__(
        self, *, recorder: Recorder | None = None, seconds: float = CHECKOUT_SECONDS, base: str | None = None
    ) -> None:
        self._recorder = recorder
        self._seconds = seconds
        self._base = base or settings().checkout_url

    def invia(self, carrello: Carrello, *, ripetuto: bool, now: datetime) -> RispostaCarrello:  # noqa: ARG002
        """Make the cart. Made again it is another page for the same idCart: the payer is sent to one of them."""
        if not carrello.url_connector.startswith("http"):
            words = "manca l'indirizzo pubblico a cui far tornare il pagatore (GOVPAY_BASE_URL)"
            return RispostaCarrello(esito=EsitoInvio.RIFIUTATA, descrizione=words)
        if not carrello.rpp:
            return RispostaCarrello(esito=EsitoInvio.SCONOSCIUTO, descrizione="le ricevute sono già arrivate")
        body = json_text.write(_cart(carrello, is_v2=self._base.endswith("/v2"))).encode()
        started, risposta = time.monotonic(), None
        from chalicelib.connettori import trasporto

        try:
            richiesta = trasporto.Richiesta(
                metodo="POST", url=f"{self._base}/carts", headers=_headers(carrello.sessione), body=body
            )
            risposta = trasporto.exchange(richiesta, seconds=self._seconds)
            esito = _read(risposta)
        except trasporto.Guasto as guasto:
            esito = RispostaCarrello(
                esito=EsitoInvio.SCONOSCIUTO if guasto.incerta else EsitoInvio.RIFIUTATA, descrizione=guasto.motivo
            )
        if self._recorder is not None:
            durata_ms = int((time.monotonic() - started) * 1000)
            richiesta_inviata = Message(metodo="POST", url=f"{self._base}/carts", payload=_kept(body))
            self._recorder(_exchange_of(carrello, richiesta_inviata, risposta, esito, now, durata_ms))
        return esito


def _headers(sessione: Sessione) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    key = _key(sessione.id_stazione)
    return headers if key is None else {**headers, SUBSCRIPTION_KEY: key}


def _key(id_stazione: str) -> str | None:
    """Give the subscription key of the intermediario for Checkout: one a product, a secret; else that of the Nodo."""
    stazione = anagrafica.stazione(id_stazione)
    if stazione is None:
        return None
    key = get_secret(f"checkout/{stazione.id_intermediario}")
    intermediario = anagrafica.intermediario(stazione.id_intermediario)
    return key or (None if intermediario is None else intermediario.servizio_pagopa.subscription_key)


def _cart(carrello: Carrello, *, is_v2: bool) -> dict[str, Any]:
    sessione = carrello.sessione
    cart: dict[str, Any] = {
        "paymentNotices": [_notice(rpp, carrello.denominazioni) for rpp in carrello.rpp],
        "returnUrls": _return_urls(carrello, is_v2=is_v2),
        "idCart": sessione.id,
        "allCCP": all(_is_postale(rpp) for rpp in carrello.rpp),
    }
    email = None if sessione.versante is None else sessione.versante.email
    return cart if email is None else {"emailNotice": email, **cart}


def _notice(rpp: Rpp, denominazioni: Any) -> dict[str, Any]:
    return {
        "noticeNumber": rpp.numero_avviso,
        "fiscalCode": rpp.id_dominio,
        "amount": rpp.importo.cents,
        "companyName": denominazioni[rpp.id_dominio][:_MAX_TESTO],
        "description": (rpp.causale or rpp.iuv)[:_MAX_TESTO],
    }


def _is_postale(rpp: Rpp) -> bool:
    return all(
        any(iban is not None and is_iban_postale(iban) for iban in (voce.iban_accredito, voce.iban_appoggio))
        for voce in rpp.voci
    )


def _return_urls(carrello: Carrello, *, is_v2: bool) -> dict[str, str]:
    """Give where the payer comes back: nothing is added to them, so each tells session and esito, signed."""
    returns = dict(_RETURNS)
    if is_v2:
        returns["returnWaitingUrl"] = EsitoRitorno.DIFFERITO
    sessione = carrello.sessione
    return {
        name: with_query(
            carrello.url_connector,
            idSession=sessione.id_session or "",
            esito=esito.value,
            firma=firma_of(sessione, esito),
        )
        for name, esito in returns.items()
    }


def _read(risposta: "Risposta") -> RispostaCarrello:
    """Read what Checkout said: a Location, a refusal, or a failure after which it may hold the cart or not."""
    headers = {name.lower(): value for name, value in risposta.headers.items()}
    location = headers.get("location", "")
    if risposta.stato in {_FOUND, _SEE_OTHER}:
        if _LOCATION.fullmatch(location):
            return RispostaCarrello(esito=EsitoInvio.ACCETTATA, redirect=location)
        return RispostaCarrello(
            esito=EsitoInvio.SCONOSCIUTO, descrizione="Checkout ha risposto senza un indirizzo valido per il pagatore"
        )
    words = f"Checkout ha risposto {risposta.stato}{_problem(risposta.body)}"
    # A cart is no payment: one that Checkout says it could not make is not there for anybody to pay.
    code = f"CHECKOUT_{risposta.stato}" if risposta.stato < _INTERNAL else None
    return RispostaCarrello(esito=EsitoInvio.RIFIUTATA, fault_code=code, descrizione=words)


def _problem(body: bytes) -> str:
    try:
        problem = json_text.read(body)
    except Sintassi:
        return ""
    detail = problem.get("detail") or problem.get("title") if isinstance(problem, dict) else None
    return f": {str(detail)[:200]}" if detail else ""


def _kept(body: bytes) -> bytes:
    """Give a body as the giornale keeps it: no signature of a return in it."""
    return _FIRMA.sub(OMESSO.encode(), body)


def _exchange_of(  # noqa: PLR0917
    carrello: Carrello,
    richiesta: Message,
    risposta: "Risposta | None",
    esito: RispostaCarrello,
    now: datetime,
    durata_ms: int,
) -> Exchange:
    first = carrello.rpp[0]
    failed = risposta is None or risposta.stato >= _INTERNAL
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        tipo_evento=_OPERAZIONE,
        esito=Esito.OK if esito.esito is EsitoInvio.ACCETTATA else Esito.FAIL if failed else Esito.KO,
        data=now,
        durata_ms=durata_ms,
        id_transazione=new_uuid(),
        sottotipo_esito=None if risposta is None else str(risposta.stato),
        dettaglio_esito=esito.descrizione,
        about=About(
            id_dominio=first.id_dominio,
            iuv=first.iuv,
            ccp=first.ccp,
            id_a2a=first.id_a2a,
            id_pendenza=first.id_pendenza,
            id_pagamento=carrello.sessione.id,
        ),
        dati_pagopa={"idDominio": first.id_dominio, "idStazione": carrello.sessione.id_stazione},
        richiesta=richiesta,
        risposta=Message()
        if risposta is None
        else Message(stato=risposta.stato, headers=dict(risposta.headers), payload=_kept(risposta.body)),
    )
