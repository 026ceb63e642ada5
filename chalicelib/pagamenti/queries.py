"""What a caller may ask of attempts and ricevute: one by its key, lists by an index (`ricerca`), their papers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents, listing
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.refusals import NotAllowed, NotFound
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti import repository, schemas
from chalicelib.pagamenti.model import Ricevuta, Riscossione, Rpp, Transazione
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.ricerca import Filtri, listing_of, matches
from chalicelib.pagamenti.sessioni import queries as sessioni
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.ports import RppOf
from chalicelib.rest.operation import Api

__all__ = ["Dettaglio", "Filtri", "Pagina", "count_rpp", "find_rpp", "get_rpp", "read_with_rpp", "rpp_of"]


# How many attempts on one pendenza of others a portal's list looks through for its own.
MAX_TENTATIVI = 200


class RppNotFound(NotFound):
    codice = "404000"


class RicevutaNotFound(NotFound):
    """There is no ricevuta yet."""

    codice = "404000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dettaglio:
    """An attempt with its ricevuta, the money of it, and the pendenza that it pays."""

    rpp: Rpp
    ricevuta: Ricevuta | None
    riscossioni: tuple[Riscossione, ...]
    pendenza: Pendenza | None

    def require_ricevuta(self) -> Ricevuta:
        """Give the ricevuta.

        :raises RicevutaNotFound: 404000, as long as none has come
        """
        if self.ricevuta is None:
            raise RicevutaNotFound(f"Per il pagamento con ccp {self.rpp.ccp} non è ancora arrivata una ricevuta.")
        return self.ricevuta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page of a list, and the cursor of the next, None on the last.

    `riscossioni` are the money of its attempts where the list is of one position, which is read with them; else none.
    """

    rpp: tuple[tuple[Rpp, Ricevuta | None], ...]
    cursor: str | None
    has_next: bool
    riscossioni: tuple[Riscossione, ...] = ()


def get_rpp(*, utenza: Utenza, id_dominio: str, iuv: str, ccp: str, now: datetime) -> Dettaglio:
    """Give one attempt, in one Query; for an anonymous caller, a read more.

    :raises RppNotFound: 404000; also for one of an ente of others
    :raises NotAllowed: 403000; an applicazione sees its own, an operatore those of its domini and tipi, a citizen what
        they owe or paid. Whoever is anonymous sees those of an anonymous payment, as long as that can be read
    """
    if utenza.tipo is TipoUtenza.OPERATORE:
        utenza.require_dominio(id_dominio)
    transazione = repository.load(id_dominio, iuv)
    rpp = transazione.rpp_of(ccp)
    if rpp is None or _is_hidden(rpp, utenza, now=now):
        raise RppNotFound(f"Nessuna richiesta di pagamento per dominio {id_dominio}, iuv {iuv}, ccp {ccp}.")
    if utenza.tipo is not TipoUtenza.ANONIMO:
        _check_visible(rpp, utenza)
    dettaglio = _dettaglio(transazione.part_of(ccp), rpp)
    if rpp.id_dominio_posizione is None:
        return dettaglio
    return replace(dettaglio, pendenza=repository.load(rpp.id_dominio_posizione, iuv).posizione)


def _dettaglio(transazione: Transazione, rpp: Rpp) -> Dettaglio:
    return Dettaglio(
        rpp=rpp,
        ricevuta=transazione.ricevuta_of(rpp.ccp),
        riscossioni=tuple(r for r in transazione.riscossioni if r.ccp == rpp.ccp),
        pendenza=transazione.posizione,
    )


def _check_visible(rpp: Rpp, utenza: Utenza) -> None:
    if utenza.tipo is TipoUtenza.CITTADINO and _is_of_cittadino(rpp, utenza):
        return
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        utenza.require_dominio(rpp.id_dominio)
        utenza.require_tipo_pendenza(rpp.id_tipo_pendenza)
    elif utenza.id_a2a not in {rpp.id_a2a, rpp.id_a2a_portale}:
        raise NotAllowed(
            f"L'applicazione {utenza.id_a2a} può accedere solo ai pagamenti delle proprie pendenze o avviati da lei."
        )


def _is_of_cittadino(rpp: Rpp, utenza: Utenza) -> bool:
    versante = None if rpp.versante is None else rpp.versante.identificativo
    return utenza.is_same_person(rpp.pagatore.identificativo) or utenza.is_same_person(versante)


def _is_hidden(rpp: Rpp, utenza: Utenza, *, now: datetime) -> bool:
    """Tell whether it is of an ente that the caller may not act for: it must not be told of."""
    if utenza.tipo is TipoUtenza.ANONIMO:
        return not sessioni.is_readable_by_anonymous(rpp.id_pagamento, now=now)
    return not _is_visible(rpp, utenza) and rpp.id_dominio not in utenza.domini


def _is_visible(rpp: Rpp, utenza: Utenza) -> bool:
    try:
        _check_visible(rpp, utenza)
    except NotAllowed:
        return False
    return True


def find_rpp(*, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None, now: datetime) -> Pagina:
    """Give a page of what the caller may see.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    narrowed = _narrowed(filtri, utenza)
    if narrowed is None:
        return Pagina(rpp=(), cursor=None, has_next=False)
    few = _few(narrowed, utenza, now=now)
    if few is not None:
        start = (page - 1) * size
        return Pagina(
            rpp=few.rpp[start : start + size],
            cursor=None,
            has_next=len(few.rpp) > start + size,
            riscossioni=few.riscossioni,
        )
    answer = listing.read_page(listing_of(narrowed, utenza, now=now), size=size, page=page, cursor=cursor)
    found = repository.get_many(_key_of(item) for item in answer.items)
    # The index follows a write within a moment: what it showed may have become something else.
    rpp = tuple(pair for pair in found if matches(pair[0], narrowed))
    if utenza.tipo is TipoUtenza.CITTADINO:
        rpp = tuple(pair for pair in rpp if _is_visible(pair[0], utenza))
    return Pagina(rpp=rpp, cursor=answer.cursor, has_next=answer.cursor is not None)


def count_rpp(*, utenza: Utenza, filtri: Filtri, now: datetime) -> int:
    """Count what `find_rpp` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
    narrowed = _narrowed(filtri, utenza)
    if narrowed is None:
        return 0
    few = _few(narrowed, utenza, now=now)
    return len(few.rpp) if few is not None else listing.count(listing_of(narrowed, utenza, now=now))


def _key_of(item: Any) -> tuple[str, str, str]:
    id_dominio, _, iuv = item.pk.partition("#")
    return id_dominio, iuv, item.ccp


def _narrowed(filtri: Filtri, utenza: Utenza) -> Filtri | None:
    """Narrow the filters to what the caller may see; None: that is nothing of what is asked."""
    if utenza.tipo in {TipoUtenza.APPLICAZIONE, TipoUtenza.CITTADINO}:
        return filtri
    utenza.require_any_dominio()
    if filtri.id_dominio is not None and filtri.id_dominio not in utenza.domini:
        return None
    return filtri


@dataclass(frozen=True, slots=True)
class _Pochi:
    """All that match, where they are few."""

    rpp: tuple[tuple[Rpp, Ricevuta | None], ...]
    riscossioni: tuple[Riscossione, ...] = ()


def _few(filtri: Filtri, utenza: Utenza, *, now: datetime) -> _Pochi | None:
    """Give all that match where the filters name them; None where an index must be walked."""
    if filtri.id_pagamento is not None:
        of_session = repository.get_many(sessioni.rpp_keys_of(filtri.id_pagamento))
        return _Pochi(_visible(of_session, filtri, utenza))
    if filtri.id_dominio is None or filtri.iuv is None:
        is_of_applicazione = utenza.tipo is TipoUtenza.APPLICAZIONE and filtri.names_pendenza
        is_of_others = is_of_applicazione and filtri.id_a2a != utenza.id_a2a
        return _Pochi(_on_pendenza(filtri, utenza, now=now)) if is_of_others else None
    transazione = repository.load(filtri.id_dominio, filtri.iuv)
    pairs = [(rpp, transazione.ricevuta_of(rpp.ccp)) for rpp in transazione.rpp]
    return _Pochi(_visible(pairs, filtri, utenza), transazione.riscossioni)


def _visible(
    pairs: Sequence[tuple[Rpp, Ricevuta | None]], filtri: Filtri, utenza: Utenza
) -> tuple[tuple[Rpp, Ricevuta | None], ...]:
    found = [pair for pair in pairs if matches(pair[0], filtri) and _is_visible(pair[0], utenza)]
    return tuple(sorted(found, key=lambda pair: pair[0].creata, reverse=not filtri.crescente))


def _on_pendenza(filtri: Filtri, utenza: Utenza, *, now: datetime) -> tuple[tuple[Rpp, Ricevuta | None], ...]:
    """Give the attempts of a portal on a pendenza that another applicazione loaded, its latest."""
    newest = replace(filtri, crescente=False)
    items = listing.read_page(listing_of(newest, utenza, now=now), size=MAX_TENTATIVI).items
    found = repository.get_many(_key_of(item) for item in items)
    return _visible(found, filtri, utenza)


def rpp_of(pendenza: Pendenza, api: str) -> list[dict[str, Any]]:
    """Give the attempts on a pendenza as its resource shows them: rppIndex on API Pendenze, rpp on the others."""
    if pendenza.iuv is None:
        return []
    return _rpp_json(repository.load(pendenza.id_dominio, pendenza.iuv), pendenza, api)


def read_with_rpp(id_dominio: str, iuv: str) -> tuple[Pendenza | None, RppOf]:
    """Read the pendenza of an IUV and its attempts, in one Query; give it, and what writes them as `rpp_of` does."""
    transazione = repository.load(id_dominio, iuv)
    pendenza = transazione.posizione
    return pendenza, lambda api: [] if pendenza is None else _rpp_json(transazione, pendenza, api)


def _rpp_json(transazione: Transazione, pendenza: Pendenza, api: str) -> list[dict[str, Any]]:
    own = (rpp for rpp in transazione.rpp if (rpp.id_a2a, rpp.id_pendenza) == (pendenza.id_a2a, pendenza.id_pendenza))
    details = [_dettaglio(transazione, rpp) for rpp in sorted(own, key=lambda rpp: rpp.creata)]
    if Api(api) is Api.PENDENZE:
        return [schemas.rpp_index_json(d.rpp, d.ricevuta, api=Api.PENDENZE, riscossioni=d.riscossioni) for d in details]
    return [
        schemas.rpp_json(d.rpp, d.ricevuta, api=Api(api), pendenza=None, riscossioni=d.riscossioni) for d in details
    ]


def rpt_xml(dettaglio: Dettaglio) -> str:
    return Ports.documenti.rpt(dettaglio.rpp).decode()


def rt_xml(dettaglio: Dettaglio) -> str:
    """Give the ricevuta as an RT, whatever it came as.

    :raises RicevutaNotFound: 404000
    """
    return Ports.documenti.rt(dettaglio.require_ricevuta(), dettaglio.rpp).decode()


def rt_originale(dettaglio: Dettaglio) -> bytes:
    """Give the bytes of the ricevuta as they were received, which are the proof.

    :raises RicevutaNotFound: 404000
    """
    ricevuta = dettaglio.require_ricevuta()
    body = documents.get(Bucket.ARCHIVIO, ricevuta.originale)
    if body is None:
        raise RicevutaNotFound("L'originale della ricevuta non è più conservato nell'archivio.")
    return body


def rt_pdf(dettaglio: Dettaglio, *, debitore: bool) -> bytes:
    """Give the ricevuta on paper, printed once: the same ricevuta gives the same bytes.

    :raises RicevutaNotFound: 404000
    """
    ricevuta = dettaglio.require_ricevuta()
    key = _pdf_key(ricevuta, debitore=debitore)
    printed = documents.get(Bucket.DOCUMENTI, key)
    if printed is None:
        from chalicelib.pagamenti.stampa import print_ricevuta

        dominio = anagrafica.dominio(ricevuta.id_dominio)
        printed = print_ricevuta(
            ricevuta,
            dettaglio.rpp,
            pendenza=dettaglio.pendenza,
            dominio=None if dominio is None else dominio.dominio,
            logo=anagrafica.logo(ricevuta.id_dominio),
            debitore=debitore,
        )
        documents.put(Bucket.DOCUMENTI, key, printed, content_type="application/pdf")
    return printed


def _pdf_key(ricevuta: Ricevuta, *, debitore: bool) -> str:
    kind = "con-debitore" if debitore else "senza-debitore"
    return f"ricevute/{ricevuta.id_dominio}/{ricevuta.iuv}/{ricevuta.sha256}-{kind}.pdf"
