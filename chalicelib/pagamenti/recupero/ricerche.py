"""Receipts of payments that only a flow has told of: Biz-Events, at the pace that pagoPA allows (SANP 3.x)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.exchange import About, Categoria, Componente, Esito, Exchange, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import repository, rules
from chalicelib.pagamenti.recupero.model import EsitoCopia, Ricerca, StatoRicerca
from chalicelib.rest import log

EVENTO = "recuperoRicevuta"
_DOPO_ALTRI = timedelta(minutes=1)
_SENZA_CHIAVE = "manca la chiave di Biz-Events dell'intermediario"


def search_receipts(id_dominio: str, mancanti: Sequence[tuple[str, str]], *, id_stazione: str, now: datetime) -> None:
    """Have the receipts of payments searched that a flow reports: `mancanti` are their iuv and iur.

    Nothing is asked here. Without a key of Biz-Events there is nothing to search with, and nothing is written.
    AWS calls: a transaction for a hundred of them.
    """
    if not mancanti or Ports.ricevute.chiave(id_stazione) is None:
        return
    repository.add(
        [
            Ricerca(id_dominio=id_dominio, iuv=iuv, iur=iur, id_stazione=id_stazione, creata=now, prossima=now)
            for iuv, iur in mancanti
        ]
    )


def search(chiave: str, *, now: datetime) -> None:
    """Ask Biz-Events for one receipt, if that is due and pagoPA allows a call now. A repeated message does nothing.

    The search is taken first, then the turn, then the call is made: of two messages one calls, and what dies costs a
    turn at most. AWS calls: two reads and two writes to take both, a Query, a write at the end.
    """
    ricerca = repository.get(chiave)
    if ricerca is None or ricerca.stato is not StatoRicerca.DA_FARE or ricerca.prossima > now:
        return
    if _is_known(ricerca):
        _save(replace(ricerca, stato=StatoRicerca.TROVATA, motivo=None))
        return
    subscription = Ports.ricevute.chiave(ricerca.id_stazione)
    held = _save(replace(ricerca, prossima=now + rules.FINESTRA))
    if held is None:
        return
    if subscription is None:
        _save(replace(held, motivo=_SENZA_CHIAVE, prossima=now + rules.ATTESA_MASSIMA))
        return
    turn = _turn(subscription, now=now)
    if turn is not None:
        _save(replace(held, prossima=turn))
        return
    _asked(held, now=now)


def _turn(subscription: str, *, now: datetime) -> datetime | None:
    """Take a turn; None where it was had, else when to come back."""
    try:
        return repository.take_turn(subscription, now=now)
    except WriteConflict:
        return now + _DOPO_ALTRI


def _asked(ricerca: Ricerca, *, now: datetime) -> None:
    risposta = Ports.ricevute.recupera(
        id_dominio=ricerca.id_dominio, iuv=ricerca.iuv, iur=ricerca.iur, id_stazione=ricerca.id_stazione, now=now
    )
    after = rules.searched(ricerca, risposta, trovata=risposta.esito is EsitoCopia.ACQUISITA, now=now)
    if after.stato is not StatoRicerca.ABBANDONATA:
        _save(after)
    elif _save(after, giornale.event_write(_evento(after, now=now))) is not None:
        log.warning("ricevuta non recuperata", id_dominio=after.id_dominio, iuv=after.iuv, esito=after.motivo)


def _is_known(ricerca: Ricerca) -> bool:
    """Tell whether the receipt has come by itself."""
    return pagamenti.load(ricerca.id_dominio, ricerca.iuv).ricevuta_of(ricerca.iur) is not None


def _save(ricerca: Ricerca, *also: Write) -> Ricerca | None:
    """Store a search; None where another message was faster, whose search it is then."""
    try:
        return repository.save(ricerca, *also)
    except WriteConflict:
        return None


def restart(chiave: str, *, now: datetime) -> None:
    """Have a receipt searched anew that was given up."""
    ricerca = repository.get(chiave)
    if ricerca is not None and ricerca.stato is StatoRicerca.ABBANDONATA:
        _save(replace(ricerca, stato=StatoRicerca.DA_FARE, tentativi=0, prossima=now))


def _evento(ricerca: Ricerca, *, now: datetime) -> Exchange:
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.CLIENT,
        categoria=Categoria.INTERNO,
        tipo_evento=EVENTO,
        esito=Esito.FAIL,
        data=now,
        durata_ms=0,
        id_transazione=new_uuid(),
        sottotipo_esito=ricerca.stato.value,
        dettaglio_esito=f"{ricerca.motivo}. Ricerca abbandonata dopo {ricerca.tentativi} richieste.",
        about=About(id_dominio=ricerca.id_dominio, iuv=ricerca.iuv),
        dati_pagopa={"idDominio": ricerca.id_dominio, "idStazione": ricerca.id_stazione},
    )
