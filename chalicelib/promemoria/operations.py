"""Deliver a promemoria, try again, give up.

At most once: a promemoria is composed first, then taken by a conditional write, then handed over. Of two consumers of
one message one hands it over; a crash in between leaves it taken, and it is given up as of unknown outcome, since to
write twice to a citizen is worse than not to write.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.outbox import MAX_PER_SHARD, requeue
from chalicelib.aws.transactions import WriteConflict
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import Ricevuta, Rpp
from chalicelib.pagamenti.stampa import print_ricevuta
from chalicelib.pendenze import queries as pendenze
from chalicelib.pendenze.model import Pendenza, Soggetto
from chalicelib.promemoria import repository, rules
from chalicelib.promemoria.configurazione import Testi, api_key_of, is_on, testi_of, time_to_live_of
from chalicelib.promemoria.model import Canale, Consegna, Esito, Promemoria, TipoPromemoria
from chalicelib.promemoria.outbox import dettagli_of, enqueue
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.testi import Testo, TestoNonComposto, composed, variables
from chalicelib.rest import log
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.promemoria.posta import Allegato


class NonDaSpedire(Exception):
    """There is nothing to send, or nobody to send it to. `str()` is the reason, in Italian."""


@dataclass(frozen=True, slots=True)
class _Pronto:
    """A promemoria whose words are made: what is left is to hand it over."""

    pendenza: Pendenza
    testi: Testi
    testo: Testo
    rpp: Rpp | None = None
    ricevuta: Ricevuta | None = None


def deliver(chiave: str, *, now: datetime) -> None:
    """Make one attempt to deliver a promemoria, if one is due. A repeated message does nothing."""
    promemoria = repository.find(chiave)
    if promemoria is None or promemoria.stato is not StatoPromemoria.DA_SPEDIRE:
        return
    try:
        if rules.was_interrupted(promemoria, now=now):
            _log(repository.save(rules.failed(promemoria, rules.ESITO_IGNOTO, now=now)))
            return
        if not rules.is_due(promemoria, now=now):
            return
        if not is_on(promemoria.canale, anagrafica.configurazione()):
            _log(repository.save(rules.suspended(promemoria, now=now)))
            return
        _attempt(promemoria, now)
    except WriteConflict:
        # Another consumer of a duplicated message was faster: the attempt is its own.
        return


def requeue_due(*, now: datetime, limit: int = MAX_PER_SHARD) -> int:
    """Enqueue what is due: due dates, retries, what a crash left; at most `limit` a shard. Gives how many."""
    quanti = requeue(
        lambda shard: repository.due(shard, now=now, limit=limit),
        lambda chiave, seconds: enqueue(chiave, delay_seconds=seconds),
    )
    if quanti:
        log.info("promemoria riaccodati", quanti=quanti)
    return quanti


def _attempt(promemoria: Promemoria, now: datetime) -> None:
    try:
        pronto = _prepared(promemoria)
    except NonDaSpedire as reason:
        _log(repository.save(rules.cancelled(promemoria, str(reason), now=now)))
        return
    except TestoNonComposto as error:
        _log(repository.save(rules.failed(promemoria, error.motivo, now=now)))
        return
    send = _mail if promemoria.canale is Canale.MAIL else _app_io
    presa, esito = send(promemoria, pronto, now)
    caso = random.uniform(-1, 1)  # noqa: S311 - spreads retries, guards nothing
    _log(repository.save(rules.concluded(presa, esito, now=now, caso=caso)))


def _prepared(promemoria: Promemoria) -> _Pronto:
    """Read what is told of as it is now, and make the words.

    :raises NonDaSpedire:
    :raises TestoNonComposto:
    """
    dettagli = dettagli_of(promemoria.id_dominio, promemoria.id_tipo_pendenza)
    testi = testi_of(dettagli, promemoria.tipo, promemoria.canale, anagrafica.configurazione())
    ente = anagrafica.dominio(promemoria.id_dominio)
    if testi is None or ente is None:
        raise NonDaSpedire(rules.NON_CONFIGURATO)
    rpp: Rpp | None = None
    ricevuta: Ricevuta | None = None
    if promemoria.tipo is TipoPromemoria.RICEVUTA:
        transazione = pagamenti.load(promemoria.id_dominio, promemoria.iuv)
        rpp, ricevuta = transazione.rpp_of(promemoria.ccp or ""), transazione.ricevuta_of(promemoria.id_ricevuta or "")
        pendenza = transazione.posizione
        if pendenza is None or ricevuta is None or rpp is None:
            raise NonDaSpedire("La ricevuta non è più in archivio")
    else:
        pendenza = pendenze.find(promemoria.id_a2a, promemoria.id_pendenza)
        if pendenza is None or pendenza.id_dominio != promemoria.id_dominio or not rules.is_due_to_be_paid(pendenza):
            raise NonDaSpedire(rules.NON_PIU_DOVUTA)
        if promemoria.scadenza is not None and pendenza.data_scadenza != promemoria.scadenza:
            raise NonDaSpedire(rules.SCADENZA_CAMBIATA)
    return _Pronto(
        pendenza, testi, composed(promemoria.tipo, testi, variables(pendenza, ente.dominio, ricevuta)), rpp, ricevuta
    )


def _mail(promemoria: Promemoria, pronto: _Pronto, now: datetime) -> tuple[Promemoria, Esito]:
    from chalicelib.promemoria import posta

    addresses = _addresses(pronto)
    ente = anagrafica.dominio(promemoria.id_dominio)
    if not addresses or ente is None or not settings().mail_from:
        motivo = rules.SENZA_DESTINATARIO if settings().mail_from else "La posta non è configurata"
        return promemoria, Esito(consegna=Consegna.RIFIUTATA, motivo=motivo)
    try:
        lettera = posta.Lettera(
            mittente=settings().mail_from,
            nome_mittente=ente.dominio.ragione_sociale,
            a=addresses[0],
            cc=tuple(addresses[1:]),
            rispondi_a=ente.dominio.recapiti.email,
            testo=pronto.testo,
            allegati=_allegati(promemoria, pronto, now),
        )
        mime = posta.composed(lettera)
    except ValueError:
        return promemoria, Esito(consegna=Consegna.RIFIUTATA, motivo="L'indirizzo di posta non è valido")
    presa = repository.save(rules.take(promemoria, now=now))
    return presa, posta.send(mime, lettera)


def _addresses(pronto: _Pronto) -> list[str]:
    """Give whom to write to: of a ricevuta who paid, and the debtor in copy; else the debtor."""
    people: list[Soggetto | None] = [pronto.pendenza.soggetto_pagatore]
    if pronto.rpp is not None and pronto.ricevuta is not None:
        people = [pronto.rpp.versante, pronto.ricevuta.versante, pronto.pendenza.soggetto_pagatore, pronto.rpp.pagatore]
        people.append(pronto.ricevuta.pagatore)
    found = {person.email.lower(): person.email for person in people if person is not None and person.email}
    return list(found.values())[:2]


def _allegati(promemoria: Promemoria, pronto: _Pronto, now: datetime) -> "tuple[Allegato, ...]":
    from chalicelib.promemoria import posta

    if not pronto.testi.allega_pdf:
        return ()
    if pronto.ricevuta is not None and pronto.rpp is not None:
        ente = anagrafica.dominio(promemoria.id_dominio)
        dominio = None if ente is None else ente.dominio
        logo = anagrafica.logo(promemoria.id_dominio) if dominio is not None and dominio.con_logo else None
        pdf = print_ricevuta(
            pronto.ricevuta, pronto.rpp, pendenza=pronto.pendenza, dominio=dominio, logo=logo, debitore=True
        )
        return (posta.Allegato(f"{promemoria.id_dominio}_{promemoria.iuv}_ricevuta.pdf", pdf),)
    if pronto.pendenza.numero_avviso is None:
        return ()
    from chalicelib.avvisi.codici import CodiceNonStampabile
    from chalicelib.avvisi.operations import print_avviso

    try:
        pdf = print_avviso(pronto.pendenza, now)
    except CodiceNonStampabile:
        return ()
    return (posta.Allegato(f"{promemoria.id_dominio}_{pronto.pendenza.numero_avviso}.pdf", pdf),)


def _app_io(promemoria: Promemoria, pronto: _Pronto, now: datetime) -> tuple[Promemoria, Esito]:
    from chalicelib.promemoria import app_io

    key = api_key_of(dettagli_of(promemoria.id_dominio, promemoria.id_tipo_pendenza))
    person = pronto.pendenza.soggetto_pagatore
    if key is None or not rules.is_reached(person, Canale.APP_IO):
        return promemoria, Esito(consegna=Consegna.RIFIUTATA, motivo=rules.SENZA_DESTINATARIO)
    url = settings().app_io_url
    refused = app_io.may_write(url, key, pronto.pendenza, now=now)
    presa = repository.save(rules.take(promemoria, now=now))
    if refused is not None:
        return presa, refused
    with_payment = promemoria.tipo is not TipoPromemoria.RICEVUTA
    message = app_io.message_of(pronto.testo, pronto.pendenza, with_payment=with_payment)
    message["time_to_live"] = time_to_live_of(anagrafica.configurazione()) or app_io.TIME_TO_LIVE
    return presa, app_io.send(url, key, message, pronto.pendenza, now=now)


def _log(promemoria: Promemoria) -> None:
    write = log.warning if promemoria.stato is StatoPromemoria.FALLITO else log.info
    write(
        "promemoria",
        chiave=promemoria.chiave,
        stato=promemoria.stato.value,
        tentativo=promemoria.tentativi,
        esito=promemoria.descrizione_stato,
    )
