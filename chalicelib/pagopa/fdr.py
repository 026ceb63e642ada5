"""Flows by REST, FdR for organizations: implements riconciliazione.ports.Fonte (SANP 3.x, fdr-org 1.2).

The first part of a flow is its head, each of the others a page of payments. One request at a time: pagoPA allows one a
second, which the queue `flussi` keeps.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore, ServizioPagoPa
from chalicelib.connettori import credenziali
from chalicelib.connettori.credenziali import CredenzialiMancanti
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.riconciliazione.model import ChiaveFlusso, Riga, Testata
from chalicelib.riconciliazione.ports import Annunciato, Elenco, FlussoAssente, FlussoIllegibile, FonteNonDisponibile

SECONDS = 30.0
PAGE = 1000
PAGE_BYTES = 4 * 1024 * 1024
WINDOW = timedelta(days=30)  # pagoPA keeps no flow longer
SUBSCRIPTION_KEY = "Ocp-Apim-Subscription-Key"
_OK, _NOT_FOUND = 200, 404
# Outcomes by the digit of the SOAP flow; what is not among them is passed on, and is an anomaly of its row.
_ESITI = {"EXECUTED": "0", "REVOKED": "3", "STAND_IN": "4", "STAND_IN_NO_RPT": "8", "NO_RPT": "9"}
_ESITO_MAX = 35
_CENTS_MAX = 10**15


class FlussiFdr:
    """Asks FdR with the connettore of the intermediario; every exchange is handed to the recorder."""

    content_type = "application/json"

    def __init__(self, *, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    def elenca(self, *, id_stazione: str, id_dominio: str, pagina: int, now: datetime) -> Elenco:
        """List a page of the flows published in the last thirty days, the latest revision of each.

        :raises FonteNonDisponibile:
        """
        query = {"publishedGt": f"{(now - WINDOW).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "page": pagina, "size": PAGE}
        path = f"/organizations/{_quoted(id_dominio)}/fdrs?{urlencode(query)}"
        body = self._get(path, "fdrList", id_stazione=id_stazione, id_dominio=id_dominio, now=now)
        try:
            answer = _json(body)
            flussi = tuple(_annunciato(id_dominio, item) for item in answer["data"])
            pages = int(answer["metadata"]["totPage"])
        except (FlussoIllegibile, KeyError, TypeError, ValueError) as error:
            raise FonteNonDisponibile("FdR ha risposto con un elenco non valido") from error
        return Elenco(flussi=flussi, altre=pagina < pages)

    def scarica(self, chiave: ChiaveFlusso, *, id_stazione: str, parte: int, into: BinaryIO, now: datetime) -> bool:
        """Write the head (part 0) or a page of payments; tell whether it is the last page.

        :raises FonteNonDisponibile:
        :raises FlussoAssente:
        """
        path = (
            f"/organizations/{_quoted(chiave.id_dominio)}/fdrs/{_quoted(chiave.id_flusso)}"
            f"/revisions/{chiave.revisione}/psps/{_quoted(chiave.id_psp)}"
        )
        name = "fdrFlow"
        if parte:
            path, name = f"{path}/payments?{urlencode({'page': parte, 'size': PAGE})}", "fdrPayments"
        body = self._get(path, name, id_stazione=id_stazione, id_dominio=chiave.id_dominio, now=now)
        into.write(body)
        return parte > 0 and parte >= _pages(body)

    def leggi(self, part: BinaryIO, *, chiave: ChiaveFlusso, parte: int, dopo: int) -> Iterator[Testata | Riga]:
        """Read the head, or a page of payments.

        :raises FlussoIllegibile:
        """
        answer = _json(part.read())
        if parte == 0:
            yield _testata(answer, chiave)
            return
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise FlussoIllegibile("La pagina dei pagamenti non ha l'elenco data.")
        for place, row in enumerate(rows, dopo + 1):
            yield _riga(row, place)

    def _get(self, path: str, name: str, *, id_stazione: str, id_dominio: str, now: datetime) -> bytes:
        from chalicelib.connettori import trasporto

        connettore, started = _connettore(id_stazione), time.monotonic()
        url = connettore.url.rstrip("/") + path
        stato, motivo = None, None
        try:
            stato, body = _exchange(connettore, url)
        except (CredenzialiMancanti, trasporto.Guasto) as error:
            motivo = error.motivo
            raise FonteNonDisponibile(error.motivo) from error
        finally:
            self._record(name, url, id_dominio, now, stato, motivo, int((time.monotonic() - started) * 1000))
        if stato == _NOT_FOUND:
            raise FlussoAssente(path)
        if stato != _OK:
            raise FonteNonDisponibile(f"FdR ha risposto {stato}")
        return body

    def _record(  # noqa: PLR0917
        self, name: str, url: str, id_dominio: str, now: datetime, stato: int | None, motivo: str | None, durata_ms: int
    ) -> None:
        if self._recorder is None:
            return
        self._recorder(
            Exchange(
                componente=Componente.API_PAGOPA,
                ruolo=Ruolo.CLIENT,
                tipo_evento=name,
                esito=Esito.OK if stato == _OK else Esito.FAIL,
                data=now,
                durata_ms=durata_ms,
                id_transazione=new_uuid(),
                sottotipo_esito=None if stato is None else str(stato),
                dettaglio_esito=motivo,
                about=About(id_dominio=id_dominio),
                dati_pagopa={"idDominio": id_dominio},
                richiesta=Message(metodo="GET", url=url),
                risposta=Message(stato=stato),
            )
        )


def _connettore(id_stazione: str) -> Connettore:
    stazione = anagrafica.stazione(id_stazione)
    intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
    connettore = None if intermediario is None else intermediario.servizi.get(ServizioPagoPa.FR)
    if connettore is None:
        raise FonteNonDisponibile(f"per la stazione {id_stazione} manca il connettore {ServizioPagoPa.FR}")
    return connettore


def _exchange(connettore: Connettore, url: str) -> tuple[int, bytes]:
    from io import BytesIO

    from chalicelib.connettori import trasporto

    auth = connettore.auth
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if connettore.subscription_key:
        headers[SUBSCRIPTION_KEY] = connettore.subscription_key
    richiesta = trasporto.Richiesta(
        metodo="GET",
        url=url,
        headers={**headers, **credenziali.headers_of(auth, seconds=SECONDS)},
        ca=credenziali.ca_of(auth),
        cert=credenziali.certificate_of(auth),
    )
    body = BytesIO()
    risposta = trasporto.download(richiesta, seconds=SECONDS, into=body, max_bytes=PAGE_BYTES)
    return risposta.stato, body.getvalue()


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise FlussoIllegibile("La risposta di FdR non è JSON.") from None


def _pages(body: bytes) -> int:
    try:
        return int(_json(body)["metadata"]["totPage"])
    except (KeyError, TypeError, ValueError):
        return 0  # it is read next, and refused there


def _annunciato(id_dominio: str, item: Mapping[str, Any]) -> Annunciato:
    published = item.get("published")
    return Annunciato(
        chiave=ChiaveFlusso(
            id_dominio=id_dominio,
            id_flusso=_key(item, "fdr"),
            id_psp=_key(item, "pspId"),
            data_ora=_instant(item["flowDate"]),
            revisione=int(item["revision"]),
        ),
        pubblicato=_instant(published) if published else None,
    )


def _testata(answer: Any, chiave: ChiaveFlusso) -> Testata:
    try:
        sender, receiver = answer["sender"], answer["receiver"]
        return Testata(
            id_flusso=_key(answer, "fdr"),
            trn=_key(answer, "regulation"),
            data_ora=_instant(answer["fdrDate"]),
            data_regolamento=_day(answer["regulationDate"]),
            id_psp=_key(sender, "pspId"),
            id_dominio=_key(receiver, "organizationId"),
            numero=int(answer["totPayments"]),
            importo=importo_of(answer["sumPayments"]),
            ragione_sociale_psp=sender.get("pspName"),
            bic=answer.get("bicCodePouringBank"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FlussoIllegibile(f"La testata del flusso {chiave.id_flusso} non è valida.") from error


def _riga(row: Any, progressivo: int) -> Riga:
    try:
        status = str(row["payStatus"])[:_ESITO_MAX]
        return Riga(
            progressivo=progressivo,
            iuv=_key(row, "iuv"),
            iur=_key(row, "iur"),
            importo=importo_of(row["pay"]),
            esito=_ESITI.get(status, status),
            data=_day(row["payDate"]),
            indice=int(row["idTransfer"]) if row.get("idTransfer") is not None else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FlussoIllegibile(f"Riga {progressivo}: non è un pagamento valido.") from error


def _key(values: Mapping[str, Any], name: str) -> str:
    text = values[name]
    # It becomes part of a key: what separates keys, or cannot be printed, is no identifier.
    if not isinstance(text, str) or not 0 < len(text) <= 70 or "#" in text or not text.isprintable():  # noqa: PLR2004
        raise ValueError(name)
    return text


def importo_of(value: Any) -> Importo:
    """Read an amount exactly: more decimals than two, other than zeros, are refused."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    try:
        cents = Decimal(value) * 100
        whole = int(cents)
    except (InvalidOperation, OverflowError) as error:
        raise ValueError(value) from error
    if whole != cents or abs(whole) > _CENTS_MAX:
        raise ValueError(value)
    return Importo(whole)


def _instant(text: str) -> datetime:
    """Read a date and time; without a zone it is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _day(text: str) -> date:
    """Read a day, or the Italian day of an instant. Midnight UTC is that day itself, as FdR writes plain days."""
    if len(text) == len("2026-11-24"):
        return date.fromisoformat(text)
    instant = _instant(text)
    return instant.date() if instant.time() == instant.time().min else rome_day(instant)
