"""Promemoria planned in the transaction of their cause, and enqueued after it. No call to AWS where a tipo sends none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.queues import Queue, send
from chalicelib.aws.transactions import Write
from chalicelib.kernel.rome_time import is_decorsa
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.pendenze.model import Pendenza
from chalicelib.promemoria import repository, rules
from chalicelib.promemoria.configurazione import Testi, api_key_of, is_on, testi_of
from chalicelib.promemoria.model import Canale, Promemoria, TipoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem
from chalicelib.rest import log
from chalicelib.settings import settings


def dettagli_of(id_dominio: str, id_tipo_pendenza: str) -> Mapping[str, Any]:
    """Give what a tipo pendenza of a dominio says beside itself, empty where it is not registered."""
    ente = anagrafica.dominio(id_dominio)
    tipo = None if ente is None else ente.tipi.get(id_tipo_pendenza)
    return {} if tipo is None else tipo.dettagli


def is_open(canale: Canale, dettagli: Mapping[str, Any]) -> bool:
    """Tell whether this installation writes on a channel: mail has a sender, App IO the key of the service."""
    if not is_on(canale, anagrafica.configurazione()):
        return False
    return bool(settings().mail_from) if canale is Canale.MAIL else api_key_of(dettagli) is not None


def writes_of_pendenza(before: Pendenza | None, after: Pendenza, now: datetime) -> list[Write]:
    """Give what is written with a pendenza that was loaded: its avviso, once, and each due date that it takes.

    Only where a pendenza moves the day on which it is told is there anything to read: what was planned.
    """
    dettagli = dettagli_of(after.id_dominio, after.id_tipo_pendenza)
    if not dettagli or after.iuv is None or not rules.is_due_to_be_paid(after):
        return []
    found = (*_avvisi(before, after, dettagli, now), *_scadenze(before, after, dettagli, now))
    return [repository.write_of(one) for one in found]


def _channels(pendenza: Pendenza, dettagli: Mapping[str, Any], tipo: TipoPromemoria) -> Iterator[tuple[Canale, Testi]]:
    """Give the channels on which the debtor is told of a pendenza, with what the tipo says there."""
    for canale in Canale:
        testi = testi_of(dettagli, tipo, canale, anagrafica.configurazione())
        if testi is not None and is_open(canale, dettagli) and rules.is_reached(pendenza.soggetto_pagatore, canale):
            yield canale, testi


def _avvisi(
    before: Pendenza | None, after: Pendenza, dettagli: Mapping[str, Any], now: datetime
) -> Iterator[Promemoria]:
    is_moved = before is not None and _when(before) != _when(after)
    if not is_moved and (before is not None or after.mai_notificata):
        return
    for canale, _ in _channels(after, dettagli, TipoPromemoria.AVVISO):
        wanted = rules.planned(after, TipoPromemoria.AVVISO, canale, now=now)
        if before is None:
            yield wanted
        else:
            yield from _moved(wanted, now, is_wanted=not after.mai_notificata)


def _when(pendenza: Pendenza) -> tuple[object, bool]:
    return pendenza.data_notifica_avviso, pendenza.mai_notificata


def _scadenze(
    before: Pendenza | None, after: Pendenza, dettagli: Mapping[str, Any], now: datetime
) -> Iterator[Promemoria]:
    scadenza = after.data_scadenza
    if scadenza is None or is_decorsa(scadenza, now=now):
        return
    is_new = before is None or before.data_scadenza != scadenza
    if not is_new and before is not None and before.data_promemoria_scadenza == after.data_promemoria_scadenza:
        return
    for canale, testi in _channels(after, dettagli, TipoPromemoria.SCADENZA):
        wanted = rules.of_scadenza(after, canale, scadenza, testi.preavviso, now=now)
        if is_new:
            yield wanted
        else:
            yield from _moved(wanted, now)


def _moved(wanted: Promemoria, now: datetime, *, is_wanted: bool = True) -> Iterator[Promemoria]:
    """Give what is written where a day was moved: what is planned already, as it is then; or anew."""
    stored = repository.find(wanted.chiave)
    if stored is None:
        if is_wanted:
            yield wanted
        return
    changed = rules.rescheduled(stored, wanted if is_wanted else None, now=now)
    if changed is not None:
        yield changed


class Outbox:
    """Plans the promemoria of ricevute (`pagamenti.ports.Outbox`)."""

    def writes(self, fatti: Sequence[DaNotificare], *, now: datetime) -> list[Write]:
        return [repository.write_of(one) for fatto in fatti for one in _of_ricevuta(fatto, now)]

    def publish(self, writes: Sequence[Write]) -> None:
        publish(writes)


def _of_ricevuta(fatto: DaNotificare, now: datetime) -> Iterator[Promemoria]:
    rpp, ricevuta = fatto.rpp, fatto.ricevuta
    # Of the two RPT of a pendenza of two enti the first speaks for both.
    if fatto.tipo is not TipoNotifica.RICEVUTA or ricevuta is None or rpp.id_dominio_posizione is not None:
        return
    dettagli = dettagli_of(rpp.id_dominio, rpp.id_tipo_pendenza)
    for canale in Canale:
        testi = _testi_ricevuta(dettagli, canale) if dettagli else None
        if testi is None or not is_open(canale, dettagli):
            continue
        if testi.solo_eseguiti and not ricevuta.esito.is_positivo:
            continue
        people = [rpp.pagatore, *([rpp.versante] if rpp.versante else [])]
        people += [ricevuta.pagatore, *([ricevuta.versante] if ricevuta.versante else [])]
        if not any(rules.is_reached(person, canale) for person in people):
            continue
        yield Promemoria(
            tipo=TipoPromemoria.RICEVUTA,
            canale=canale,
            id_dominio=rpp.id_dominio,
            id_a2a=rpp.id_a2a,
            id_pendenza=rpp.id_pendenza,
            id_tipo_pendenza=rpp.id_tipo_pendenza,
            iuv=rpp.iuv,
            # As the notifica has it: an RT that was KO and then OK has one id and is two facts.
            causa=f"{ricevuta.id_ricevuta}.{ricevuta.sha256[:16]}",
            creata=now,
            aggiornata=now,
            prossima=now + rules.RESPIRO,
            ccp=ricevuta.ccp,
            id_ricevuta=ricevuta.id_ricevuta,
        )


def _testi_ricevuta(dettagli: Mapping[str, Any], canale: Canale) -> Testi | None:
    return testi_of(dettagli, TipoPromemoria.RICEVUTA, canale, anagrafica.configurazione())


def publish(writes: Iterable[Write]) -> None:
    """Enqueue what was committed and is due now."""
    for write in writes:
        item = write.item
        if isinstance(item, PromemoriaItem) and repository.is_due_at_once(item):
            enqueue(item.pk)


def enqueue(chiave: str, *, delay_seconds: int = 0) -> None:
    try:
        send(Queue.PROMEMORIA, {"chiave": chiave}, delay_seconds=delay_seconds)
    except (BotoCoreError, ClientError) as error:
        # The cause is committed: failing now would have it repeated. The schedule finds the item within minutes.
        log.error("promemoria non accodato", chiave=chiave, errore=type(error).__name__)
