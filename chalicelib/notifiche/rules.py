"""Who is told what, when; waits between attempts; when to give up. No AWS, no clock, no I/O."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.anagrafica.model import Applicazione
from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.notifiche.model import Esito, Notifica, chiave_of
from chalicelib.notifiche.states import MOVES, StatoSpedizione
from chalicelib.pagamenti.model import DaNotificare, Rpp, TipoNotifica

# The message goes to the queue at once; the schedule looks for it only if that did not happen.
RESPIRO = timedelta(minutes=1)
# Longer than a consumer may run (config.json), shorter than its message stays invisible (queues.yaml).
IN_CONSEGNA = timedelta(seconds=90)
ATTESA_MASSIMA = timedelta(hours=24)
GIORNI_DI_TENTATIVI = timedelta(days=30)
JITTER = 0.2
MAX_MOTIVO = 500

SENZA_CONNETTORE = "L'applicazione non ha un servizio di integrazione: configurarlo e rispedire la notifica."
ELISA = "Attivazione e annullamento dello stesso tentativo si sono elisi: l'applicazione non doveva sapere nulla."
SCADUTA = "Non consegnata dopo 30 giorni di tentativi"


def is_told(applicazione: Applicazione | None) -> bool:
    """Tell whether the applicazione is told anything: only with a servizio di integrazione (GovPay 3.1 API 4.8)."""
    return applicazione is not None and applicazione.servizio_integrazione is not None


def plan(fatto: DaNotificare, corpo: bytes, *, now: datetime) -> Notifica:
    """Give the notifica of a fact, due at once."""
    rpp, portale = fatto.rpp, fatto.portale
    return Notifica(
        tipo=fatto.tipo,
        id_a2a=rpp.id_a2a,
        id_pendenza=rpp.id_pendenza,
        id_dominio=rpp.id_dominio,
        iuv=rpp.iuv,
        ccp=fatto.ricevuta.ccp if fatto.ricevuta else rpp.ccp,
        causa=causa_of(fatto),
        creata=now,
        aggiornata=now,
        inizio=now,
        prossima=now + RESPIRO,
        corpo=corpo,
        id_session=None if portale is None else portale.id_session,
        id_sessione_portale=None if portale is None else portale.id_sessione_portale,
        id_carrello=None if portale is None else portale.id_carrello,
    )


def causa_of(fatto: DaNotificare) -> str:
    """Give what tells this cause from another of the same tipo and attempt.

    A ricevuta is told by its id and its bytes: an RT that was KO and then OK has one id and is two facts. An attempt
    becomes active once; it may fail again after an operator sent it again, which is another version of it.
    """
    if fatto.ricevuta is not None:
        return f"{fatto.ricevuta.id_ricevuta}.{fatto.ricevuta.sha256[:16]}"
    return "attivazione" if fatto.tipo is TipoNotifica.ATTIVAZIONE else str(fatto.rpp.versione)


def chiave_attivazione(rpp: Rpp) -> str:
    return chiave_of(
        id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp, tipo=TipoNotifica.ATTIVAZIONE, causa="attivazione"
    )


def corpo_annullamento(rpp: Rpp) -> dict[str, Any]:
    """Give the body of `notificaAnnullamento` (GovPay 3.1 API 3.6)."""
    return {"codice": rpp.stato.value, "motivazione": rpp.descrizione_stato}


def are_cancelling(attivazione: Notifica | None, *, now: datetime) -> bool:
    """Tell whether an annulment finds its activation still pending, so that the ente need know of neither.

    Pending is: not taken by the ente, not being delivered, and no attempt whose end is unknown. What the ente may have
    heard of must be annulled to it.
    """
    return (
        attivazione is not None
        and attivazione.stato is StatoSpedizione.DA_SPEDIRE
        and not attivazione.incerta
        and not _is_taken(attivazione, now)
    )


def elide(notifica: Notifica, *, now: datetime) -> Notifica:
    """Give one of the two that cancel each other."""
    return _moved(notifica, StatoSpedizione.ANNULLATA, ELISA, now, elisa=True)


def cancel(notifica: Notifica, *, now: datetime) -> Notifica:
    """Give the notifica cancelled because there is nobody to tell.

    :raises IllegalMove: if it is not DA_SPEDIRE
    """
    return _moved(notifica, StatoSpedizione.ANNULLATA, SENZA_CONNETTORE, now)


def is_due(notifica: Notifica, *, now: datetime) -> bool:
    """Tell whether an attempt may be made: it is to send, nobody is at it, and its wait is over."""
    if notifica.stato is not StatoSpedizione.DA_SPEDIRE or _is_taken(notifica, now):
        return False
    return notifica.tentativi == 0 or now >= notifica.prossima


def take(notifica: Notifica, *, now: datetime) -> Notifica:
    """Give the notifica as the attempt that is about to be made holds it.

    A crash leaves it so: the attempt counts, its end is unknown, and it is due again when the hold ends.
    """
    fino = now + IN_CONSEGNA
    return replace(
        notifica,
        tentativi=notifica.tentativi + 1,
        in_consegna_fino=fino,
        prossima=fino,
        incerta=True,
        aggiornata=now,
    )


def concluded(prima: Notifica, presa: Notifica, esito: Esito, *, now: datetime, caso: float) -> Notifica:
    """Give the notifica after an attempt: `prima` as it was found, `presa` as it was held. `caso` is in [-1, 1].

    2xx is done; anything else is tried again after a wait, up to thirty days.
    """
    if esito.accolta:
        return _moved(presa, StatoSpedizione.SPEDITA, esito.motivo, now, incerta=False)
    incerta = prima.incerta or esito.incerta
    prossima = now + wait(presa.tentativi, caso=caso)
    if prossima > presa.inizio + GIORNI_DI_TENTATIVI:
        return _moved(presa, StatoSpedizione.FALLITA, f"{SCADUTA}; ultimo esito: {esito.motivo}", now, incerta=incerta)
    return _moved(presa, StatoSpedizione.DA_SPEDIRE, esito.motivo, now, incerta=incerta, prossima=prossima)


def is_spent(notifica: Notifica, *, now: datetime) -> bool:
    """Tell whether its thirty days are over though an attempt was due: crashes do not make them longer."""
    return notifica.tentativi > 0 and now > notifica.inizio + GIORNI_DI_TENTATIVI


def give_up(notifica: Notifica, *, now: datetime) -> Notifica:
    ultimo = f"; ultimo esito: {notifica.descrizione_stato}" if notifica.descrizione_stato else ""
    return _moved(notifica, StatoSpedizione.FALLITA, f"{SCADUTA}{ultimo}", now)


def wait(tentativi: int, *, caso: float) -> timedelta:
    """Give tentativi² minutes, 20 % more or less so that what failed together is not tried together; 24 h at most."""
    minuti = tentativi * tentativi * (1 + JITTER * caso)
    return min(timedelta(minutes=minuti), ATTESA_MASSIMA)


def replay(notifica: Notifica, *, now: datetime) -> Notifica:
    """Give the notifica to be sent anew: due at once, with thirty days before it.

    :raises IllegalMove: if it was sent, is still being tried, or was cancelled together with its opposite
    """
    if notifica.elisa or notifica.stato is StatoSpedizione.DA_SPEDIRE:
        raise IllegalMove(notifica.stato, StatoSpedizione.DA_SPEDIRE)
    return _moved(
        notifica,
        StatoSpedizione.DA_SPEDIRE,
        "Rispedizione richiesta da un operatore",
        now,
        tentativi=0,
        inizio=now,
        prossima=now + RESPIRO,
    )


def _is_taken(notifica: Notifica, now: datetime) -> bool:
    return notifica.in_consegna_fino is not None and notifica.in_consegna_fino > now


def _moved(notifica: Notifica, stato: StatoSpedizione, motivo: str, now: datetime, **changes: Any) -> Notifica:
    move(MOVES, notifica.stato, stato)
    motivo = motivo[:MAX_MOTIVO]
    return replace(notifica, stato=stato, descrizione_stato=motivo, aggiornata=now, in_consegna_fino=None, **changes)
