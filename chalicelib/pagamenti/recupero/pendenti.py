"""What the Nodo holds without RT, compared with what we believe: nodoChiediListaPendentiRPT (SANP 2.x)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.states import VERIFICABILI, StatoRpp
from chalicelib.rest import log

# The list has no pages: one that is full is asked for again by halves of its time, down to an hour.
DIMENSIONE = 500
_ORA = timedelta(hours=1)
# Of these we think that nothing will come of them, or that nobody has them: the Nodo knows better.
_CREDUTI_CHIUSI = frozenset({StatoRpp.RPT_ERRORE_INVIO_A_NODO, StatoRpp.RPT_SCADUTA, StatoRpp.RPT_ANNULLATA})


def window(da: datetime, a: datetime) -> dict[str, str]:
    return {"da": da.isoformat(), "a": a.isoformat()}


def compare(message: Mapping[str, Any], *, now: datetime) -> Iterator[dict[str, Any]]:
    """List what the Nodo holds of an ente, and have asked about what we do not ask about; give the messages that go on.

    AWS calls: a BatchGetItem for fifty RPTs, a write for each that is not asked about.
    """
    da, a = datetime.fromisoformat(message["da"]), datetime.fromisoformat(message["a"])
    found = Ports.domande.pendenti(
        id_dominio=message["idDominio"], id_stazione=message["idStazione"], da=da, a=a, most=DIMENSIONE, now=now
    )
    if found.motivo is not None:
        log.warning("elenco delle RPT pendenti non ottenuto", id_dominio=message["idDominio"], esito=found.motivo)
        return
    ours = [rpp for rpp, _ in repository.get_many(found.chiavi)]
    sconosciute = len(set(found.chiavi)) - len({(r.id_dominio, r.iuv, r.ccp) for r in ours})
    log.info("rpt pendenti riprese", id_dominio=message["idDominio"], quanti=_restarted(ours, now=now))
    if sconosciute:
        log.warning("rpt pendenti al Nodo e non in archivio", id_dominio=message["idDominio"], quanti=sconosciute)
    if len(found.chiavi) >= DIMENSIONE and a - da > _ORA:
        middle = da + (a - da) / 2
        yield {**message, **window(da, middle)}
        yield {**message, **window(middle, a)}


def _restarted(ours: Sequence[Rpp], *, now: datetime) -> int:
    """Have attempts asked about that nobody asks about: the schedule finds them within the minute."""
    count = 0
    for rpp in ours:
        if not _is_forgotten(rpp):
            continue
        try:
            commit(
                repository.rpp_writes(before=rpp, after=replace(rules.restarted(rpp, now=now), prossima_verifica=now))
            )
        except WriteConflict:
            continue  # it has moved meanwhile: somebody knows more
        count += 1
    return count


def _is_forgotten(rpp: Rpp) -> bool:
    if rpp.prossima_verifica is not None or rpp.stato not in VERIFICABILI:
        return False
    # An open attempt of a session is asked about with its session.
    return rpp.stato in _CREDUTI_CHIUSI or rpp.id_pagamento is None
