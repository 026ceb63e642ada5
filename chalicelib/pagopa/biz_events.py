"""The receipt of a payment that only a flow reports, by Biz-Events (SANP 3.x): implements pagamenti.ports.Ricevute.

It is asked for by the IUR of the flow, which is the receiptId. Its bytes are stored first, then applied as those of any
other receipt. Who keeps the pace that pagoPA asks for is pagamenti.recupero. Every exchange is handed to the recorder.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.aws.secrets import get_secret
from chalicelib.aws.transactions import WriteConflict
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Refusal, Sintassi
from chalicelib.kernel.rome_time import from_rome, rome_day
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import Ente, EsitoPagamento, Formato, Istituto, Ricevuta, VocePagata
from chalicelib.pagamenti.recupero.model import EsitoCopia, RispostaCopia
from chalicelib.pagopa.fdr import importo_of
from chalicelib.pendenze.model import Soggetto
from chalicelib.rest import json_text
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

SECONDS = 15.0
SUBSCRIPTION_KEY = "Ocp-Apim-Subscription-Key"
OPERAZIONE = "getOrganizationReceipt"
_OK, _NOT_FOUND = 200, 404
_MAX_TESTO, _MAX_CODICE = 255, 70


class RicevutaIllegibile(ValueError):
    """The answer is no receipt. `str()` says in Italian what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chiesta:
    """What is asked for."""

    id_dominio: str
    iuv: str
    iur: str
    id_stazione: str


class BizEvents:
    """Asks Biz-Events. `impronta_of` reads the digest out of a marca da bollo; `base` by default is the settings'."""

    def __init__(
        self,
        *,
        impronta_of: Callable[[bytes], str | None],
        recorder: Recorder | None = None,
        seconds: float = SECONDS,
        base: str | None = None,
    ) -> None:
        self._impronta_of = impronta_of
        self._recorder = recorder
        self._seconds = seconds
        self._base = base or settings().biz_events_url

    def chiave(self, id_stazione: str) -> str | None:
        """Give the digest of the subscription key: two intermediari with one key share its calls."""
        key = _key(id_stazione)
        return None if key is None else hashlib.sha256(key.encode()).hexdigest()[:32]

    def recupera(self, *, id_dominio: str, iuv: str, iur: str, id_stazione: str, now: datetime) -> RispostaCopia:
        from chalicelib.connettori import trasporto

        chiesta = _Chiesta(id_dominio=id_dominio, iuv=iuv, iur=iur, id_stazione=id_stazione)
        url = f"{self._base}/organizations/{_quoted(id_dominio)}/receipts/{_quoted(iur)}/paymentoptions/{_quoted(iuv)}"
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            SUBSCRIPTION_KEY: _key(id_stazione) or "",
        }
        started, risposta, motivo = time.monotonic(), None, None
        try:
            richiesta = trasporto.Richiesta(metodo="GET", url=url, headers=headers)
            risposta = trasporto.exchange(richiesta, seconds=self._seconds)
            esito = self._received(chiesta, risposta, now=now)
        except trasporto.Guasto as guasto:
            motivo = guasto.motivo
            esito = RispostaCopia(esito=EsitoCopia.INCERTO, descrizione=motivo)
        self._record(chiesta, url, risposta, esito, now, int((time.monotonic() - started) * 1000))
        return esito

    def _received(self, chiesta: _Chiesta, risposta: "Risposta", *, now: datetime) -> RispostaCopia:
        code = f"BIZ_EVENTS_{risposta.stato}"
        if risposta.stato == _NOT_FOUND:
            words = "Biz-Events non ha ancora la ricevuta"
            return RispostaCopia(esito=EsitoCopia.ASSENTE, fault_code=code, descrizione=words)
        if risposta.stato != _OK:
            words = f"Biz-Events ha risposto {risposta.stato}"
            return RispostaCopia(esito=EsitoCopia.INCERTO, fault_code=code, descrizione=words)
        return self._acquired(chiesta, risposta.body, now=now)

    def _acquired(self, chiesta: _Chiesta, body: bytes, *, now: datetime) -> RispostaCopia:
        """Store the bytes, then apply them: repeated, it finds what it did."""
        sha256 = hashlib.sha256(body).hexdigest()
        key = f"ricevute/{rome_day(now):%Y/%m/%d}/bizEvents/{sha256}.json"
        documents.put(Bucket.ARCHIVIO, key, body, content_type="application/json")
        try:
            ricevuta = self._ricevuta(body, chiesta, originale=key, sha256=sha256, now=now)
            evento = _evento(ricevuta, chiesta, key, now)
            pagamenti.acquire_ricevuta(ricevuta=ricevuta, now=now, extra_writes=[giornale.event_write(evento)])
        except (RicevutaIllegibile, WriteConflict) as error:
            return RispostaCopia(esito=EsitoCopia.INCERTO, descrizione=str(error))
        except pagamenti.ReceiptDuplicata:
            return RispostaCopia(esito=EsitoCopia.ACQUISITA)
        except Refusal as refusal:
            code = getattr(refusal, "codice_pagopa", refusal.codice)
            return RispostaCopia(esito=EsitoCopia.RIFIUTATA, fault_code=code, descrizione=refusal.dettaglio)
        return RispostaCopia(esito=EsitoCopia.ACQUISITA)

    def _ricevuta(self, body: bytes, chiesta: _Chiesta, *, originale: str, sha256: str, now: datetime) -> Ricevuta:
        """Read a receipt, and check that it is the one that was asked for.

        :raises RicevutaIllegibile:
        """
        try:
            receipt = json_text.read(body)
            ricevuta = _read(receipt, chiesta, self._impronta_of, now=now)
        except (Sintassi, KeyError, TypeError, ValueError, AttributeError) as error:
            raise RicevutaIllegibile("Biz-Events ha risposto con una ricevuta non valida") from error
        if (ricevuta.iuv, ricevuta.id_ricevuta) != (chiesta.iuv, chiesta.iur):
            raise RicevutaIllegibile("Biz-Events ha risposto con la ricevuta di un altro pagamento")
        return _with_origin(ricevuta, originale, sha256)

    def _record(  # noqa: PLR0917
        self,
        chiesta: _Chiesta,
        url: str,
        risposta: "Risposta | None",
        esito: RispostaCopia,
        now: datetime,
        durata_ms: int,
    ) -> None:
        if self._recorder is None:
            return
        arrived = risposta is not None and risposta.stato in {_OK, _NOT_FOUND}
        heard = Esito.OK if esito.esito is EsitoCopia.ACQUISITA else Esito.KO if arrived else Esito.FAIL
        self._recorder(
            Exchange(
                componente=Componente.API_PAGOPA,
                ruolo=Ruolo.CLIENT,
                tipo_evento=OPERAZIONE,
                esito=heard,
                data=now,
                durata_ms=durata_ms,
                id_transazione=new_uuid(),
                sottotipo_esito=esito.fault_code,
                dettaglio_esito=esito.descrizione,
                about=About(id_dominio=chiesta.id_dominio, iuv=chiesta.iuv, ccp=chiesta.iur),
                dati_pagopa={"idDominio": chiesta.id_dominio, "idStazione": chiesta.id_stazione},
                richiesta=Message(metodo="GET", url=url),
                risposta=Message() if risposta is None else Message(stato=risposta.stato, payload=risposta.body),
            )
        )


def _key(id_stazione: str) -> str | None:
    """Give the subscription key of the intermediario for Biz-Events: one a product, a secret."""
    stazione = anagrafica.stazione(id_stazione)
    return None if stazione is None else get_secret(f"biz-events/{stazione.id_intermediario}")


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _evento(ricevuta: Ricevuta, chiesta: _Chiesta, key: str, now: datetime) -> Exchange:
    """Give the evento of money: it goes in the transaction of the money, so that it cannot be lost."""
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        tipo_evento="recuperoRicevuta",
        esito=Esito.OK,
        data=now,
        durata_ms=0,
        id_transazione=new_uuid(),
        about=About(id_dominio=ricevuta.id_dominio, iuv=ricevuta.iuv, ccp=ricevuta.ccp),
        dati_pagopa={
            "idDominio": ricevuta.id_dominio,
            "idStazione": chiesta.id_stazione,
            "idPsp": ricevuta.id_psp or "",
        },
        risposta=Message(stato=_OK, payload_key=key),
    )


# -- the receipt, flat (CtReceiptModelResponse)


def _read(
    receipt: Mapping[str, Any], chiesta: _Chiesta, impronta_of: Callable[[bytes], str | None], *, now: datetime
) -> Ricevuta:
    moment = _moment(receipt)
    id_ricevuta, id_dominio = _text(receipt, "receiptId", _MAX_CODICE), _text(receipt, "fiscalCode", _MAX_CODICE)
    paid = receipt["outcome"] == "OK"
    giorno = _day(receipt.get("applicationDate")) or rome_day(moment or now)
    payer = receipt.get("payer")
    return Ricevuta(
        formato=Formato.V2,
        id_dominio=id_dominio,
        iuv=_text(receipt, "creditorReferenceId", _MAX_CODICE),
        ccp=id_ricevuta,
        id_ricevuta=id_ricevuta,
        esito=EsitoPagamento.ESEGUITO if paid else EsitoPagamento.NON_ESEGUITO,
        importo=importo_of(receipt["paymentAmount"]),
        istituto=Istituto(
            tipo="G",
            codice=receipt.get("pspFiscalCode") or receipt.get("pspPartitaIVA") or _text(receipt, "idPSP", _MAX_CODICE),
            denominazione=_text(receipt, "pspCompanyName", _MAX_TESTO),
        ),
        ente=Ente(
            id_dominio=id_dominio,
            denominazione=_text(receipt, "companyName", _MAX_TESTO),
            denominazione_unita=receipt.get("officeName"),
        ),
        pagatore=_soggetto(receipt["debtor"]),
        versante=None if payer is None else _soggetto(payer),
        voci=tuple(
            _voce(transfer, place, id_ricevuta, giorno, impronta_of, paid=paid)
            for place, transfer in enumerate(receipt["transferList"], 1)
        ),
        ricevuta=now,
        originale="",
        sha256="",
        id_messaggio=id_ricevuta,
        data_messaggio=moment or now,
        id_stazione=chiesta.id_stazione,
        numero_avviso=_text(receipt, "noticeNumber", _MAX_CODICE),
        descrizione=receipt.get("description"),
        id_psp=_text(receipt, "idPSP", _MAX_CODICE),
        id_canale=receipt.get("idChannel"),
        descrizione_canale=receipt.get("channelDescription"),
        metodo=receipt.get("paymentMethod"),
        commissioni=None if receipt.get("fee") is None else importo_of(receipt["fee"]),
        data_pagamento=moment,
        data_applicazione=_day(receipt.get("applicationDate")),
        data_trasferimento=_day(receipt.get("transferDate")),
    )


def _with_origin(ricevuta: Ricevuta, originale: str, sha256: str) -> Ricevuta:
    from dataclasses import replace

    return replace(ricevuta, originale=originale, sha256=sha256)


def _voce(
    transfer: Mapping[str, Any],
    place: int,
    iur: str,
    giorno: date,
    impronta_of: Callable[[bytes], str | None],
    *,
    paid: bool,
) -> VocePagata:
    """Read a transfer. `iban` and `mbdAttachment` are both there, the one that does not count being empty."""
    from base64 import b64decode

    bollo = transfer.get("mbdAttachment") or None
    return VocePagata(
        indice=int(transfer.get("idTransfer") or place),
        id_dominio=_text(transfer, "fiscalCodePA", _MAX_CODICE),
        importo=importo_of(transfer["transferAmount"]),
        iur=iur,
        causale=_text(transfer, "remittanceInformation", _MAX_TESTO),
        dati_specifici_riscossione=_text(transfer, "transferCategory", _MAX_TESTO),
        data=giorno,
        esito="ESEGUITO" if paid else "NON ESEGUITO",
        iban=transfer.get("iban") or None,
        tipo_allegato=None if bollo is None else "BD",
        allegato=bollo,
        impronta_bollo=None if bollo is None else impronta_of(b64decode(bollo, validate=True)),
    )


def _soggetto(subject: Mapping[str, Any]) -> Soggetto:
    return Soggetto(
        tipo=_text(subject, "entityUniqueIdentifierType", 1),
        identificativo=_text(subject, "entityUniqueIdentifierValue", _MAX_CODICE),
        anagrafica=_text(subject, "fullName", _MAX_CODICE),
        indirizzo=subject.get("streetName"),
        civico=subject.get("civicNumber"),
        cap=subject.get("postalCode"),
        localita=subject.get("city"),
        provincia=subject.get("stateProvinceRegion"),
        nazione=subject.get("country"),
        email=subject.get("email"),
    )


def _text(values: Mapping[str, Any], name: str, most: int) -> str:
    text = values[name]
    # It becomes part of a key: what separates keys is in none of these.
    if not isinstance(text, str) or not text or len(text) > most or (most == _MAX_CODICE and "#" in text):
        raise ValueError(name)
    return text


def _moment(receipt: Mapping[str, Any]) -> datetime | None:
    """Read when it was paid: `paymentDateTime` is a day only. Without a zone it is the Italian time."""
    text = receipt.get("paymentDateTimeFormatted")
    if not text:
        return None
    parsed = datetime.fromisoformat(text)
    return from_rome(parsed) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
