"""What is planned, when, how often it is tried. No AWS, no clock, no I/O."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from chalicelib.kernel.machine import move
from chalicelib.kernel.rome_time import ROMA
from chalicelib.pendenze.model import Pendenza, Soggetto
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.promemoria.model import CAUSA_AVVISO, Canale, Consegna, Esito, Promemoria, TipoPromemoria
from chalicelib.promemoria.states import MOVES, StatoPromemoria

# The message goes to the queue at once; the schedule looks for it only if that did not happen.
RESPIRO = timedelta(minutes=1)
# Longer than a consumer may run (config.json), shorter than its message stays invisible (queues.yaml).
IN_CONSEGNA = timedelta(seconds=90)
SOSPESO = timedelta(hours=1)
ATTESA_MASSIMA = timedelta(hours=24)
MAX_TENTATIVI = 30  # a week of them
JITTER = 0.2
ORA_SCADENZA = time(9)  # of Rome: when people read
MAX_MOTIVO = 500

NON_PIU_DOVUTA = "La pendenza non è più da pagare: nulla da ricordare"
SENZA_DESTINATARIO = "La pendenza non ha un destinatario per questo canale"
NON_CONFIGURATO = "Il tipo pendenza non prevede più questo promemoria"
SCADENZA_CAMBIATA = "La scadenza della pendenza è cambiata"
MAI_NOTIFICATA = "La pendenza chiede di non notificare l'avviso"
SPENTO = "La spedizione è disabilitata nella configurazione dell'installazione: riparte quando si riabilita"
RIPROGRAMMATO = "Riprogrammato: la pendenza chiede un altro giorno"
ESITO_IGNOTO = "Interrotto durante la spedizione: non si sa se sia partito, e non si ripete per non scrivere due volte"
TROPPI_TENTATIVI = "Non spedito in una settimana di tentativi"


def is_reached(soggetto: Soggetto, canale: Canale) -> bool:
    """Tell whether a person can be written to: by mail at an address, on App IO by their codice fiscale."""
    if canale is Canale.MAIL:
        return bool(soggetto.email)
    return soggetto.tipo == "F" and len(soggetto.identificativo) == 16  # noqa: PLR2004 - codice fiscale of a person


def is_due_to_be_paid(pendenza: Pendenza) -> bool:
    return pendenza.stato is StatoPendenza.NON_ESEGUITO and bool(pendenza.importo)


def planned(pendenza: Pendenza, tipo: TipoPromemoria, canale: Canale, *, now: datetime) -> Promemoria:
    """Give the promemoria of a pendenza, due in the morning of the day it asks for; at once where it asks for none."""
    return Promemoria(
        tipo=tipo,
        canale=canale,
        id_dominio=pendenza.id_dominio,
        id_a2a=pendenza.id_a2a,
        id_pendenza=pendenza.id_pendenza,
        id_tipo_pendenza=pendenza.id_tipo_pendenza,
        iuv=pendenza.iuv or "",
        causa=CAUSA_AVVISO,
        creata=now,
        aggiornata=now,
        prossima=_morning_of(pendenza.data_notifica_avviso, now),
    )


def of_scadenza(pendenza: Pendenza, canale: Canale, scadenza: date, preavviso: int, *, now: datetime) -> Promemoria:
    """Give the promemoria of a due date: due in the morning of the day asked for, or of so many days before the date.

    At once if that is over, and never after the due date.
    """
    day = pendenza.data_promemoria_scadenza or scadenza - timedelta(days=preavviso)
    promemoria = planned(pendenza, TipoPromemoria.SCADENZA, canale, now=now)
    return replace(
        promemoria,
        causa=f"{scadenza:%Y-%m-%d}",
        scadenza=scadenza,
        prossima=_morning_of(min(day, scadenza), now),
    )


def _morning_of(day: date | None, now: datetime) -> datetime:
    """Give the morning of a day to come; a moment from now where there is none, or it is over."""
    at_once = now + RESPIRO
    if day is None:
        return at_once
    return max(datetime.combine(day, ORA_SCADENZA, tzinfo=ROMA).astimezone(now.tzinfo), at_once)


def rescheduled(stored: Promemoria, wanted: Promemoria | None, *, now: datetime) -> Promemoria | None:
    """Give what becomes of a promemoria whose day was moved (`wanted`: as planned anew, None: not any more).

    None: nothing does, since it was sent or given up, or an attempt has it: who was written to is not written to again.
    """
    is_open = stored.stato is StatoPromemoria.DA_SPEDIRE and stored.in_consegna_fino is None
    if wanted is None:
        return cancelled(stored, MAI_NOTIFICATA, now=now) if is_open else None
    if not is_open and stored.stato is not StatoPromemoria.ANNULLATO:
        return None
    if is_open and stored.prossima == wanted.prossima:
        return None
    return replace(
        _moved(stored, StatoPromemoria.DA_SPEDIRE, RIPROGRAMMATO, now), prossima=wanted.prossima, tentativi=0
    )


def is_due(promemoria: Promemoria, *, now: datetime) -> bool:
    """Tell whether an attempt may be made: it is to send, nobody is at it, its time has come.

    The first attempt of what is due at once does not wait for the schedule.
    """
    if promemoria.stato is not StatoPromemoria.DA_SPEDIRE or is_taken(promemoria, now=now):
        return False
    at_once = promemoria.tentativi == 0 and promemoria.prossima <= promemoria.creata + RESPIRO
    return at_once or now >= promemoria.prossima


def is_taken(promemoria: Promemoria, *, now: datetime) -> bool:
    return promemoria.in_consegna_fino is not None and promemoria.in_consegna_fino > now


def was_interrupted(promemoria: Promemoria, *, now: datetime) -> bool:
    """Tell whether an attempt took it and never said how it ended."""
    return promemoria.in_consegna_fino is not None and not is_taken(promemoria, now=now)


def take(promemoria: Promemoria, *, now: datetime) -> Promemoria:
    """Give it as the attempt that is about to be made holds it."""
    fino = now + IN_CONSEGNA
    return replace(promemoria, tentativi=promemoria.tentativi + 1, in_consegna_fino=fino, prossima=fino, aggiornata=now)


def cancelled(promemoria: Promemoria, motivo: str, *, now: datetime) -> Promemoria:
    return _moved(promemoria, StatoPromemoria.ANNULLATO, motivo, now)


def failed(promemoria: Promemoria, motivo: str, *, now: datetime) -> Promemoria:
    return _moved(promemoria, StatoPromemoria.FALLITO, motivo, now)


def suspended(promemoria: Promemoria, *, now: datetime) -> Promemoria:
    """Give it as it waits for its channel to be switched on again, looked at every hour."""
    return _moved(promemoria, StatoPromemoria.DA_SPEDIRE, SPENTO, now, prossima=now + SOSPESO)


def concluded(promemoria: Promemoria, esito: Esito, *, now: datetime, caso: float) -> Promemoria:
    """Give it after an attempt. `caso` is in [-1, 1].

    What may have been taken is not tried again: a citizen would be written to twice.
    """
    match esito.consegna:
        case Consegna.PRESA:
            return _moved(promemoria, StatoPromemoria.SPEDITO, esito.motivo, now)
        case Consegna.RIFIUTATA | Consegna.INCERTA:
            return failed(promemoria, esito.motivo, now=now)
    if promemoria.tentativi >= MAX_TENTATIVI:
        return failed(promemoria, f"{TROPPI_TENTATIVI}; ultimo esito: {esito.motivo}", now=now)
    prossima = now + wait(promemoria.tentativi, attesa=esito.attesa, caso=caso)
    return _moved(promemoria, StatoPromemoria.DA_SPEDIRE, esito.motivo, now, prossima=prossima)


def wait(tentativi: int, *, attesa: int | None, caso: float) -> timedelta:
    """Give tentativi² minutes, 20 % more or less, or what we were told to wait if it is longer; 24 h at most."""
    own = timedelta(minutes=tentativi * tentativi * (1 + JITTER * caso))
    asked = timedelta(seconds=max(attesa or 0, 0) * (1 + JITTER * abs(caso)))
    return min(max(own, asked), ATTESA_MASSIMA)


def _moved(promemoria: Promemoria, stato: StatoPromemoria, motivo: str, now: datetime, **changes: Any) -> Promemoria:
    move(MOVES, promemoria.stato, stato)
    return replace(
        promemoria,
        stato=stato,
        descrizione_stato=motivo[:MAX_MOTIVO],
        aggiornata=now,
        in_consegna_fino=None,
        **changes,
    )
