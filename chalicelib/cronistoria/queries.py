"""Read all that is known of one IUV, in a number of calls that does not grow with it, and tell it.

AWS calls: three of the partition, of its eventi and of the notices printed; one more for each of what there is of the
rest: eventi of the pendenza, notifiche, promemoria, sessions and searches, incassi; of money that is not collected, the flows of its
days and the incassi that were reversed, three or four. Thirteen at most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.avvisi import repository as avvisi
from chalicelib.cronistoria.model import Cronistoria, Materiale, Rigo
from chalicelib.cronistoria.rules import cronistoria_of
from chalicelib.cronistoria.rules.stato import tutte_le_ricevute, tutte_le_rpp
from chalicelib.giornale import queries as giornale
from chalicelib.giornale.model import Evento
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import NotFound, ParametroNonValido
from chalicelib.kernel.rome_time import start_of_day
from chalicelib.kernel.utenze import Ambito, Utenza
from chalicelib.notifiche import repository as notifiche
from chalicelib.notifiche.model import Notifica, chiave_of
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import CCP_IN_ATTESA, Formato, Riscossione, Rpp, TipoNotifica, Transazione
from chalicelib.pagamenti.recupero import repository as recupero
from chalicelib.pagamenti.recupero.model import Ricerca
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria.model import CAUSA_AVVISO, Promemoria, TipoPromemoria, chiavi_of
from chalicelib.promemoria.outbox import dettagli_of
from chalicelib.riconciliazione.model import Flusso, Incasso
from chalicelib.riconciliazione.repository import flussi, incassi

MAX_EVENTI = 200
# Flows, and rows of them, that are looked into for money that is not collected: four calls.
MAX_FLUSSI, _MAX_RIGHE = 100, 200
# Where the row of a payment is looked for: PSPs send by T+2, and again for some days.
GIORNI_FLUSSI = timedelta(days=15)
GIORNI_STORNI = timedelta(days=120)
MAX_STORNI, MAX_STAMPE = 50, 20
# A bound that holds whatever happened to the IUV: what the docstring adds up to.
MAX_CALLS = 16
_MAX_IUV = 35
_NAV = 18
# An attempt is written anew at each question: where so many are too few, the giornale tells.
_VERSIONI = 40
_MAX_CHIAVI = 100  # DynamoDB's own limit of a BatchGetItem
_OGNI_TIPO = "*"  # what only who may manage all tipi may
_NESSUNO: tuple[Evento, ...] = ()


class CronistoriaNotFound(NotFound):
    codice = "404000"


def cronistoria(
    *, id_dominio: str, iuv: str, domini: Ambito, now: datetime, utenza: Utenza | None = None
) -> Cronistoria:
    """Tell the story of an IUV, or of a numero avviso, of an ente that the caller may act for.

    `utenza` is told of its tipi pendenza only; None, of all.

    :raises CronistoriaNotFound: 404000; also for an ente of others (docs/decisions/0013)
    :raises NotAllowed: 403000, for a tipo pendenza that is not the caller's
    :raises ParametroNonValido: 100001, for a numero avviso that is none
    """
    iuv = iuv_of(iuv)
    materiale = read(id_dominio=id_dominio, iuv=iuv, domini=domini) if id_dominio in domini else None
    if materiale is None or materiale.is_empty:
        raise CronistoriaNotFound(
            f"Del dominio {id_dominio[:_MAX_IUV]} e dello IUV {iuv} non si sa nulla: controllare entrambi."
        )
    if utenza is not None:
        for id_tipo in _tipi_of(materiale.transazione):
            utenza.require_tipo_pendenza(id_tipo)
    return cronistoria_of(materiale, now=now)


def _tipi_of(transazione: Transazione) -> set[str]:
    """Give the tipi pendenza of all that is told of an IUV; `*` stands for one that is not known."""
    altrui = [] if transazione.altrui is None else [rpp.id_tipo_pendenza for rpp in transazione.altrui.rpp]
    if transazione.posizione is not None:
        # What was paid of a pendenza has its tipo, whatever it was when it was paid.
        told: list[str | None] = [transazione.posizione.id_tipo_pendenza, *altrui]
    else:
        paid = [riscossione.id_tipo_pendenza for riscossione in transazione.riscossioni]
        told = [*(rpp.id_tipo_pendenza for rpp in transazione.rpp), *paid, *altrui]
    return {id_tipo or _OGNI_TIPO for id_tipo in told} or {_OGNI_TIPO}


def iuv_of(text: str) -> str:
    """Read an IUV, or the one inside a numero avviso (18 digits).

    :raises ParametroNonValido: 100001
    """
    if not 0 < len(text) <= _MAX_IUV or "#" in text:
        raise ParametroNonValido("iuv: indicare uno IUV, o un numero avviso di 18 cifre.")
    if len(text) != _NAV or not (text.isascii() and text.isdecimal()):
        return text
    try:
        return parse_numero_avviso(text).iuv
    except NumeroAvvisoNonValido as error:
        raise ParametroNonValido(f"iuv: {text} non è un numero avviso: la prima cifra dev'essere da 0 a 3.") from error


def read(*, id_dominio: str, iuv: str, domini: Ambito) -> Materiale:
    """Read all that is known of an IUV; of flows and incassi, those of enti in `domini`."""
    transazione = pagamenti.load(id_dominio, iuv)
    if transazione.rinvii:
        altrove = pagamenti.riscossioni_of(transazione.rinvii)
        transazione = replace(transazione, riscossioni=(*transazione.riscossioni, *altrove.values()))
    materiale = _with_eventi(Materiale(transazione=transazione))
    materiale = replace(materiale, notifiche=_notifiche(materiale), promemoria=_promemoria(materiale))
    riscossioni = [one for one in transazione.riscossioni if one.id_dominio_incasso in domini]
    found_sessioni, ricerche = _with_ids(materiale)
    materiale = replace(materiale, sessioni=found_sessioni, ricerche=ricerche, incassi=tuple(_incassi(riscossioni)))
    return _with_conti(materiale, riscossioni)


# -- giornale


def _with_eventi(materiale: Materiale) -> Materiale:
    """Add the eventi of the IUV, and those of its pendenza that were told before it had one."""
    transazione = materiale.transazione
    found = giornale.by_iuv(id_dominio=transazione.id_dominio, iuv=transazione.iuv, limit=MAX_EVENTI)
    posizione, of_pendenza = transazione.posizione, _NESSUNO
    if posizione is not None:
        of_pendenza = giornale.by_pendenza(id_a2a=posizione.id_a2a, id_pendenza=posizione.id_pendenza, limit=MAX_EVENTI)
    troncato = [
        f"Sono mostrati i primi {MAX_EVENTI} eventi {name}: gli altri sono in GET /eventi."
        for name, some in (("dello IUV", found), ("della pendenza", of_pendenza))
        if len(some) >= MAX_EVENTI
    ]
    return replace(materiale, eventi=(*found, *of_pendenza), stampe=_stampe(posizione), troncato=tuple(troncato))


def _stampe(posizione: Pendenza | None) -> tuple[datetime, ...]:
    if posizione is None or posizione.numero_avviso is None:
        return ()
    return tuple(avvisi.printed_at(posizione.id_dominio, posizione.numero_avviso, most=MAX_STAMPE))


# -- what hangs on the attempts


def _notifiche(materiale: Materiale) -> tuple[Notifica, ...]:
    """Give the notifiche of the attempts: their keys can be told from what they are about."""
    chiavi = list(dict.fromkeys(_chiavi(materiale)))[:_MAX_CHIAVI]
    return tuple(sorted(notifiche.get_all(chiavi), key=lambda one: one.creata)) if chiavi else ()


def _promemoria(materiale: Materiale) -> tuple[Promemoria, ...]:
    """Give what the debtor was told, or is to be, where the tipo pendenza tells anything."""
    pendenza = materiale.transazione.posizione
    if pendenza is None:
        return ()
    dettagli = dettagli_of(pendenza.id_dominio, pendenza.id_tipo_pendenza)
    if not any("promemoria" in name or "avvisatura" in name for name in dettagli):
        return ()
    cause = [(TipoPromemoria.AVVISO, CAUSA_AVVISO)]
    if pendenza.data_scadenza is not None:
        cause.append((TipoPromemoria.SCADENZA, f"{pendenza.data_scadenza:%Y-%m-%d}"))
    cause += [
        (TipoPromemoria.RICEVUTA, f"{one.id_ricevuta}.{one.sha256[:16]}") for one in materiale.transazione.ricevute
    ]
    chiavi = chiavi_of(pendenza.id_dominio, pendenza.id_a2a, pendenza.id_pendenza, cause)[:_MAX_CHIAVI]
    return tuple(sorted(promemoria.get_all(chiavi), key=lambda one: one.creata))


def _chiavi(materiale: Materiale) -> Iterable[str]:
    transazione = materiale.transazione
    dove = {"id_dominio": transazione.id_dominio, "iuv": transazione.iuv}
    for ricevuta in tutte_le_ricevute(materiale):
        causa = f"{ricevuta.id_ricevuta}.{ricevuta.sha256[:16]}"
        yield chiave_of(**dove, ccp=ricevuta.ccp, tipo=TipoNotifica.RICEVUTA, causa=causa)
    tentativi = tutte_le_rpp(materiale)
    for ccp in (*(rpp.ccp for rpp in tentativi), CCP_IN_ATTESA):
        yield chiave_of(**dove, ccp=ccp, tipo=TipoNotifica.ATTIVAZIONE, causa="attivazione")
    for rpp in tentativi:
        if rpp.formato is Formato.RPT:
            yield from _chiavi_della_fine(rpp)


def _chiavi_della_fine(rpp: Rpp) -> Iterable[str]:
    """Give the keys of what an ente may have been told of the end of an attempt: its version then is their cause."""
    for versione in range(rpp.versione, max(rpp.versione - _VERSIONI, -1), -1):
        for tipo in (TipoNotifica.FALLIMENTO, TipoNotifica.ANNULLAMENTO):
            yield chiave_of(id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp, tipo=tipo, causa=str(versione))


def _with_ids(materiale: Materiale) -> tuple[tuple[Sessione, ...], tuple[Ricerca, ...]]:
    """Give the sessions of the attempts, and the searches for receipts that a flow told of."""
    ids = [rpp.id_pagamento for rpp in tutte_le_rpp(materiale) if rpp.id_pagamento is not None]
    senza = [one for one in materiale.transazione.riscossioni if one.stato is StatoRiscossione.PAGATO_SENZA_RPT]
    keys = [recupero.key_named(one.id_dominio, one.iuv, one.iur) for one in senza]
    return (
        tuple(sessioni.get_many(ids[:_MAX_CHIAVI])) if ids else (),
        tuple(recupero.get_many(keys[:_MAX_CHIAVI])) if keys else (),
    )


# -- flows and incassi


def _incassi(riscossioni: Sequence[Riscossione]) -> list[Incasso]:
    keys = {(one.id_dominio_incasso, one.id_incasso) for one in riscossioni if one.id_incasso is not None}
    wanted = sorted((incassi.key_of(id_dominio, which), incassi.SK_INCASSO) for id_dominio, which in keys if which)
    return incassi.get_many(wanted[:_MAX_CHIAVI]) if wanted else []


def _with_conti(materiale: Materiale, riscossioni: Sequence[Riscossione]) -> Materiale:
    """Add the rows that report the money, and, where it is not collected, what was and was taken back."""
    if not riscossioni:
        return materiale
    candidates, whole = _flussi(materiale, riscossioni)
    righe = _righe(candidates, riscossioni)
    stornati: list[Incasso] = []
    if any(one.id_incasso is None for one in riscossioni):
        stornati = _stornati(riscossioni, righe)
    troncato = (
        ()
        if whole
        else (
            "Il flusso è stato cercato solo fra i primi dei giorni dopo il pagamento: sono troppi per cercarlo in tutti.",
        )
    )
    known = {(one.id_dominio, one.id_incasso) for one in materiale.incassi}
    return replace(
        materiale,
        righe=tuple(righe),
        incassi=(*materiale.incassi, *(one for one in stornati if (one.id_dominio, one.id_incasso) not in known)),
        troncato=(*materiale.troncato, *troncato),
    )


def _flussi(materiale: Materiale, riscossioni: Sequence[Riscossione]) -> tuple[list[Flusso], bool]:
    """Give the flows that may report the money, and whether they are all of them.

    That of an incasso is named by it; where there is none, those of the ente of the days after the payment.
    """
    named = [one.flusso for one in materiale.incassi if one.flusso is not None]
    keys = [flussi.key_of(chiave) for chiave in named]
    open_ones = [one for one in riscossioni if one.id_incasso is None]
    whole = True
    for id_dominio in dict.fromkeys(one.id_dominio_incasso for one in open_ones):
        first = min(one.data for one in open_ones if one.id_dominio_incasso == id_dominio)
        da = start_of_day(first)
        most = min(MAX_FLUSSI, _MAX_RIGHE // len(open_ones))
        found = flussi.keys_between(id_dominio, da, da + GIORNI_FLUSSI, most=most)
        whole = whole and len(found) < most
        keys += found
    return (flussi.get_many(keys) if keys else []), whole


def _righe(candidates: Sequence[Flusso], riscossioni: Sequence[Riscossione]) -> list[Rigo]:
    asked = [(flusso, one) for flusso in candidates for one in riscossioni if _may_report(flusso, one)]
    found = flussi.rows_of(
        (flusso.chiave, one.iuv, one.iur, indice) for flusso, one in asked for indice in (one.indice, None)
    )
    by_chiave = {flusso.chiave: flusso for flusso in candidates}
    rows = {(chiave, row.riga.iur, row.riga.progressivo): row for chiave, row in found}
    righe = [Rigo(flusso=by_chiave[chiave], rendicontazione=row) for (chiave, _, _), row in rows.items()]
    return sorted(righe, key=lambda rigo: rigo.flusso.acquisito)


def _may_report(flusso: Flusso, riscossione: Riscossione) -> bool:
    return flusso.chiave.id_dominio == riscossione.id_dominio_incasso


def _stornati(riscossioni: Sequence[Riscossione], righe: Sequence[Rigo]) -> list[Incasso]:
    """Give the incassi that had this money and were reversed."""
    flows = {rigo.flusso.chiave for rigo in righe}
    keys = {one.chiave for one in riscossioni}
    id_dominio = riscossioni[0].id_dominio_incasso
    da = start_of_day(min(one.data for one in riscossioni))
    found = incassi.reversed_between(id_dominio, da, da + GIORNI_STORNI, most=MAX_STORNI)
    return [one for one in found if one.flusso in flows or one.riscossione in keys]


def domini_con(iuv: str, domini: Iterable[str]) -> tuple[str, ...]:
    """Give the domini, of these, that have a pendenza of that IUV; a BatchGetItem for a hundred."""
    keys = [(one, iuv_of(iuv)) for one in domini]
    return tuple(id_dominio for id_dominio, _ in pagamenti.posizioni_of(keys))
