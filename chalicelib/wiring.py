"""Who is who at run time: gives each edge and context the real thing behind its port; tests give doubles.

Called once, when app.py is imported, and imports little: what is behind a port is imported when it is first used. Most
requests and messages use few of them, and a cold start pays for what it reads.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from chalice.app import Chalice

from chalicelib.anagrafica.ports import Ports as AnagraficaPorts
from chalicelib.giornale.ports import Ports as GiornalePorts
from chalicelib.kernel.exchange import About, Componente, Exchange
from chalicelib.pagamenti.ports import Carrelli, Documenti, Domande, Nodo, Outbox, Ricevute, Verifica
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pendenze.ports import Ports as PendenzePorts
from chalicelib.pendenze.ports import RppOf
from chalicelib.rest import log
from chalicelib.rest.auth import Credentials, Registry
from chalicelib.rest.operation import Edge
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Fonte
from chalicelib.riconciliazione.ports import Ports as RiconciliazionePorts

if TYPE_CHECKING:
    from chalicelib.aws.transactions import Write
    from chalicelib.kernel.refusals import FieldError
    from chalicelib.pagamenti.model import DaNotificare
    from chalicelib.pendenze.model import NuovaPendenza, Pendenza
    from chalicelib.riconciliazione.model import Riga, Testata

T = TypeVar("T")


def join(app: Chalice) -> None:
    """Join the edges and the ports of this process."""
    log.configure()
    Edge.current_request = lambda: app.current_request
    Edge.recorder = _record
    Edge.keeps = staticmethod(_keeps)
    Credentials.registry = _later(_registry)
    Credentials.secret = staticmethod(_secret)
    AnagraficaPorts.wrong_dettagli = staticmethod(_wrong_dettagli)
    GiornalePorts.tipo_of = staticmethod(_tipo_of)
    PendenzePorts.rpp_of = staticmethod(_rpp_of)
    PendenzePorts.read_with_rpp = staticmethod(_read_with_rpp)
    PendenzePorts.pagamenti_of = staticmethod(_pagamenti_of)
    PendenzePorts.pendenze_of_pagamento = staticmethod(_pendenze_of_pagamento)
    PendenzePorts.print_avviso = staticmethod(_print_avviso)
    PendenzePorts.avviso_json = staticmethod(_avviso_json)
    PendenzePorts.save_settled = staticmethod(_save_settled)
    PendenzePorts.forward = staticmethod(_forward)
    PendenzePorts.outbox = staticmethod(_promemoria_of)
    PendenzePorts.publish = staticmethod(_publish_promemoria)
    PagamentiPorts.verifica = _later(_verifica)
    PagamentiPorts.outbox = _later(_outbox)
    PagamentiPorts.nodo = _later(_nodo)
    PagamentiPorts.domande = _later(_domande)
    PagamentiPorts.ricevute = _later(_ricevute)
    PagamentiPorts.documenti = _later(_documenti)
    RiconciliazionePorts.write_flusso = staticmethod(_flusso_xml)
    PagamentiPorts.wisp = _later(_wisp)
    PagamentiPorts.checkout = _later(_checkout)
    RiconciliazionePorts.fonti = {Formato.SOAP: _later(_flussi_soap), Formato.FDR: _later(_flussi_fdr)}
    # A credit whose flow or ricevuta was not there yet is tried again when it comes.
    RiconciliazionePorts.flusso_acquisito = staticmethod(_flow_or_payment_came)
    RiconciliazionePorts.ricevute_mancanti = staticmethod(_search_receipts)
    RiconciliazionePorts.spedisci_notifiche = staticmethod(_requeue_notifiche)
    PagamentiPorts.credito_in_attesa = staticmethod(_flow_or_payment_came)


# -- what any exchange or request may use


def _keeps(componente: Componente, *, lettura: bool, ok: bool) -> bool:
    from chalicelib.anagrafica import queries

    return queries.keeps(componente, lettura=lettura, ok=ok)


def _record(exchange: Exchange) -> None:
    from chalicelib.giornale import operations

    operations.record(exchange)


def _registry() -> Registry:
    from chalicelib.anagrafica.registry import Registry

    return Registry()


def _secret(name: str, presented: str) -> bool:
    from chalicelib.aws.secrets import is_secret

    return is_secret(name, presented)


# -- of anagrafica


def _wrong_dettagli(id_tipo: str, dettagli: "Mapping[str, Any]") -> "Iterable[FieldError]":
    from chalicelib.tracciati.controlli import wrong_dettagli

    return wrong_dettagli(id_tipo, dettagli)


# -- of giornale


def _tipo_of(about: About) -> tuple[str, str] | None:
    from chalicelib.pendenze import queries

    found = queries.named(
        id_dominio=about.id_dominio, iuv=about.iuv, id_a2a=about.id_a2a, id_pendenza=about.id_pendenza
    )
    return None if found is None else (found.id_dominio, found.id_tipo_pendenza)


# -- of pendenze


def _rpp_of(pendenza: "Pendenza", api: str) -> Sequence[dict[str, Any]]:
    from chalicelib.pagamenti import queries

    return queries.rpp_of(pendenza, api)


def _read_with_rpp(id_dominio: str, iuv: str) -> "tuple[Pendenza | None, RppOf]":
    from chalicelib.pagamenti import queries

    return queries.read_with_rpp(id_dominio, iuv)


def _pagamenti_of(pendenza: "Pendenza", api: str, now: datetime) -> Sequence[dict[str, Any]]:
    from chalicelib.pagamenti.sessioni import schemas

    return schemas.pagamenti_of(pendenza, api, now)


def _pendenze_of_pagamento(id_pagamento: str) -> Sequence[tuple[str, str]]:
    from chalicelib.pagamenti.sessioni import queries

    return queries.pendenze_of(id_pagamento)


def _print_avviso(pendenza: "Pendenza", now: datetime) -> bytes:
    from chalicelib.avvisi import operations

    return operations.print_avviso(pendenza, now)


def _avviso_json(pendenza: "Pendenza", now: datetime) -> dict[str, Any]:
    from chalicelib.avvisi import schemas

    return schemas.avviso_json(pendenza, now)


def _save_settled(pendenza: "Pendenza", now: datetime) -> "Pendenza":
    from chalicelib.pagamenti.operations import save_settled

    return save_settled(pendenza, now)


def _promemoria_of(before: "Pendenza | None", after: "Pendenza", now: datetime) -> "Sequence[Write]":
    from chalicelib.anagrafica import queries

    ente = queries.dominio(after.id_dominio)
    tipo = None if ente is None else ente.tipi.get(after.id_tipo_pendenza)
    if tipo is None or not any("promemoria" in name or "avvisatura" in name for name in tipo.dettagli):
        # Most tipi send none: what plans them is not even imported.
        return ()
    from chalicelib.promemoria.outbox import writes_of_pendenza

    return writes_of_pendenza(before, after, now)


def _publish_promemoria(writes: "Sequence[Write]") -> None:
    if writes:
        from chalicelib.promemoria.outbox import publish

        publish(writes)


def _forward(  # noqa: PLR0917 - as the port is
    id_a2a: str,
    id_dominio: str,
    id_tipo_pendenza: str,
    dati: Any,
    now: datetime,
    admitted: "Callable[[NuovaPendenza], None]",
) -> "tuple[Pendenza, bool]":
    from chalicelib.pagamenti.operations.verifica import forward

    return forward(id_a2a, id_dominio, id_tipo_pendenza, dati, now=now, admitted=admitted)


# -- of pagamenti


def _verifica() -> Verifica:
    from chalicelib.notifiche.ente import EnteClient

    return EnteClient(recorder=_record)


class _Outboxes:
    """Notifiche to the applicazione and promemoria to the citizen: the same facts, two outboxes."""

    def __init__(self, *outboxes: Outbox) -> None:
        self._outboxes = outboxes

    def writes(self, fatti: "Sequence[DaNotificare]", *, now: datetime) -> "list[Write]":
        return [write for outbox in self._outboxes for write in outbox.writes(fatti, now=now)]

    def publish(self, writes: "Sequence[Write]") -> None:
        for outbox in self._outboxes:
            outbox.publish(writes)


def _outbox() -> Outbox:
    from chalicelib.notifiche.operations import Outbox as Notifiche
    from chalicelib.promemoria.outbox import Outbox as Promemoria

    return _Outboxes(Notifiche(), Promemoria())


def _nodo() -> Nodo:
    from chalicelib.nodo.client import NodoClient

    return NodoClient(recorder=_record)


def _domande() -> Domande:
    from chalicelib.nodo.domande import DomandeNodo

    return DomandeNodo(recorder=_record)


def _ricevute() -> Ricevute:
    from chalicelib.nodo.lettura import impronta_of
    from chalicelib.pagopa.biz_events import BizEvents

    return BizEvents(impronta_of=impronta_of, recorder=_record)


def _documenti() -> Documenti:
    from chalicelib.nodo.documenti import Documenti

    return Documenti()


def _wisp() -> Carrelli:
    from chalicelib.nodo.carrello import CarrelloWisp

    return CarrelloWisp(recorder=_record)


def _checkout() -> Carrelli:
    from chalicelib.pagopa.checkout import CheckoutClient

    return CheckoutClient(recorder=_record)


# -- of riconciliazione


def _requeue_notifiche(now: datetime) -> int:
    from chalicelib.notifiche import operations

    return operations.send_now(now=now)


def _search_receipts(id_dominio: str, mancanti: Sequence[tuple[str, str]], id_stazione: str, now: datetime) -> None:
    from chalicelib.pagamenti.recupero.operations import search_receipts

    search_receipts(id_dominio, mancanti, id_stazione=id_stazione, now=now)


def _flow_or_payment_came(id_dominio: str, name: str) -> None:
    from chalicelib.riconciliazione.importazione.operations import flow_or_payment_came

    flow_or_payment_came(id_dominio, name)


def _flussi_soap() -> Fonte:
    from chalicelib.nodo.flussi import FlussiSoap

    return FlussiSoap(recorder=_record)


def _flusso_xml(testata: "Testata", righe: Sequence["Riga"]) -> bytes:
    from chalicelib.nodo.flussi import flusso_xml

    return flusso_xml(testata, righe)


def _flussi_fdr() -> Fonte:
    from chalicelib.pagopa.fdr import FlussiFdr

    return FlussiFdr(recorder=_record)


def _later(make: Callable[[], T]) -> T:
    """Give what is used as `make()` is, and is made when it is first used."""
    return cast("T", _Later(lru_cache(maxsize=1)(make)))


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)
