"""What schedules, operators and flows ask of the recovery: begin it, begin it again, do one message of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Dominio, Stazione
from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.ids import new_hex
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.recupero import pendenti, repository, ricerche, rules, sessione, verifica
from chalicelib.pagamenti.recupero.model import Esecuzione, StatoRicerca
from chalicelib.pagamenti.recupero.ricerche import search_receipts
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.rest import log

__all__ = [
    "RECUPERO",
    "Avviate",
    "Passo",
    "ask_about",
    "enqueue_due",
    "last_runs",
    "record_run",
    "recover",
    "restart",
    "restart_all",
    "search_receipts",
    "sweep",
]

RECUPERO = "recuperoRptPendenti"  # the id of the operation (GovPay 3.1 API 4.15)
# At each run of the schedule, of each kind: what is more waits for the next.
MAX_A_RUN = 100
# As far back as the Nodo is asked for RPTs without RT (GovPay 3.1 API 4.8).
FINESTRA = timedelta(days=60)


class Passo(StrEnum):
    RPP = "RPP"
    PAGAMENTO = "PAGAMENTO"
    RICEVUTA = "RICEVUTA"
    PENDENTI = "PENDENTI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Avviate:
    """How many messages a run has sent, by kind."""

    pagamenti: int = 0
    rpp: int = 0
    ricevute: int = 0
    elenchi: int = 0

    @property
    def words(self) -> str:
        return (
            f"Avviate le verifiche di {self.pagamenti} pagamenti e {self.rpp} RPT, "
            f"le ricerche di {self.ricevute} ricevute e {self.elenchi} elenchi di RPT pendenti."
        )

    def __bool__(self) -> bool:
        return any((self.pagamenti, self.rpp, self.ricevute, self.elenchi))


def enqueue_due(*, now: datetime) -> Avviate:
    """Send one message for each payment, attempt and search that is due. It asks nobody anything itself.

    What is sent twice is done once. AWS calls: three Queries, and a message for each; two more to keep the run, unless
    there was nothing to do.
    """
    avviate = _enqueued(now=now)
    if avviate:
        record_run(avviate.words, principal=None, now=now)
    return avviate


def _enqueued(*, now: datetime) -> Avviate:
    ids = sessioni.due(now=now, most=MAX_A_RUN)
    for id_pagamento in ids:
        _send({"passo": Passo.PAGAMENTO, "idPagamento": id_pagamento})
    keys = pagamenti.due(now=now, most=MAX_A_RUN)
    for key in keys:
        _send_rpp(key)
    searches = repository.due(now=now, most=rules.CHIAMATE)
    for chiave in searches:
        _send({"passo": Passo.RICEVUTA, "chiave": chiave})
    avviate = Avviate(pagamenti=len(ids), rpp=len(keys), ricevute=len(searches))
    if avviate:
        log.info("recupero avviato", quanti=len(ids) + len(keys) + len(searches))
    return avviate


def sweep(*, now: datetime) -> int:
    """Send a message for each ente of a classic stazione: the Nodo is asked for the RPTs that it holds without RT."""
    enti = list(_classic())
    for dominio, stazione in enti:
        message = {"passo": Passo.PENDENTI, "idDominio": dominio.id_dominio, "idStazione": stazione.id_stazione}
        _send(message | pendenti.window(now - FINESTRA, now))
    return len(enti)


def _classic() -> Iterator[tuple[Dominio, Stazione]]:
    for dominio in anagrafica.domini():
        stazione = anagrafica.stazione(dominio.id_stazione or "")
        if not (dominio.abilitato and dominio.intermediato) or stazione is None:
            continue
        # A V2 stazione may have RPTs too, of before it changed; without a password it cannot ask for them.
        if stazione.abilitato and stazione.password is not None:
            yield dominio, stazione


def recover(message: Mapping[str, Any], *, now: datetime) -> None:
    """Do what one message asks. Done twice, it is done once.

    :raises WriteConflict: so that the queue delivers the message again
    """
    match Passo(message["passo"]):
        case Passo.RPP:
            verifica.settle_rpp(id_dominio=message["idDominio"], iuv=message["iuv"], ccp=message["ccp"], now=now)
        case Passo.PAGAMENTO:
            sessione.settle_pagamento(message["idPagamento"], now=now)
        case Passo.RICEVUTA:
            ricerche.search(message["chiave"], now=now)
        case Passo.PENDENTI:
            for again in pendenti.compare(message, now=now):
                _send(again)


# -- by hand


def restart(*, id_dominio: str, iuv: str, ccp: str, now: datetime) -> None:
    """Have an attempt asked about anew and at once; one whose outcome is known stays as it is.

    :raises WriteConflict: 409, if the attempt moved meanwhile
    """
    rpp = pagamenti.load(id_dominio, iuv).rpp_of(ccp)
    after = None if rpp is None else rules.restarted(rpp, now=now)
    if rpp is None or after is None or after == rpp:
        return
    commit(pagamenti.rpp_writes(before=rpp, after=after))
    ask_about(after)


def ask_about(rpp: Rpp) -> None:
    """Have an attempt asked about at once that was stored as due. A crash before it costs only time."""
    _send_rpp((rpp.id_dominio, rpp.iuv, rpp.ccp))


def restart_all(*, now: datetime) -> Avviate:
    """Begin by hand: what was given up is asked about anew, what is due is asked about, and the lists are compared."""
    keys = pagamenti.abandoned(now=now, most=MAX_A_RUN)
    for id_dominio, iuv, ccp in keys:
        try:
            restart(id_dominio=id_dominio, iuv=iuv, ccp=ccp, now=now)
        except WriteConflict:
            continue  # it has just moved: its outcome may have come
    for chiave in repository.due(now=now, most=MAX_A_RUN, stato=StatoRicerca.ABBANDONATA):
        ricerche.restart(chiave, now=now)
    due = _enqueued(now=now)
    return replace(due, rpp=max(due.rpp, len(keys)), elenchi=sweep(now=now))


def record_run(
    words: str, *, principal: str | None, now: datetime, id_operazione: str = RECUPERO, riuscita: bool = True
) -> Esecuzione:
    """Keep what a run has done among the last ones of its operation."""
    esecuzione = Esecuzione(
        id=f"{id_operazione}-{new_hex()}",
        id_operazione=id_operazione,
        inizio=now,
        esito=words,
        riuscita=riuscita,
        principal=principal,
    )
    repository.record(esecuzione)
    return esecuzione


def last_runs(id_operazione: str) -> Sequence[Esecuzione]:
    """Give the last runs of an operation, the latest first."""
    return repository.esecuzioni(id_operazione)


def _send_rpp(key: tuple[str, str, str]) -> None:
    id_dominio, iuv, ccp = key
    _send({"passo": Passo.RPP, "idDominio": id_dominio, "iuv": iuv, "ccp": ccp})


def _send(message: Mapping[str, Any]) -> None:
    queues.send(Queue.RECUPERO, message)
