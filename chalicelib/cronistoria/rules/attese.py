"""What is missing of a payment, and what happens next: by whom, and until when."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from chalicelib.cronistoria.model import Fase, Mancanza, Materiale, Seguito
from chalicelib.cronistoria.rules.stato import ora, promemoria_noto, tutte_le_rpp
from chalicelib.kernel.rome_time import end_of_day, is_decorsa
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.model import CCP_IN_ATTESA, Riscossione, Rpp, TipoRiscossione
from chalicelib.pagamenti.recupero.model import StatoRicerca
from chalicelib.pagamenti.states import IN_ATTESA, StatoRiscossione
from chalicelib.pendenze.states import PAGATI, StatoPendenza
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.riconciliazione.importazione.calendario import after_working_days
from chalicelib.riconciliazione.model import Flusso
from chalicelib.riconciliazione.states import StatoIncasso

# A PSP sends its flow by the second working day after the payment (SANP 3.x).
GIORNI_FLUSSO = 2
_LAST = datetime.max.replace(tzinfo=UTC)
_ALTROVE = frozenset({TipoRiscossione.MBT, TipoRiscossione.ENTRATA_PA_NON_INTERMEDIATA})
_APERTE = frozenset({StatoRiscossione.RISCOSSA, StatoRiscossione.PAGATO_SENZA_RPT})


def flusso_entro(pagato: date) -> date:
    """Give the last day on which the flow of a payment of that day is in time: T+2, in working days."""
    return after_working_days(pagato, GIORNI_FLUSSO)


def mancano(materiale: Materiale, *, now: datetime) -> tuple[Mancanza, ...]:
    """Tell what should be there by now, or has to come before the payment is collected, in the order of its life."""
    return (
        *_manca_pendenza(materiale),
        *_manca_pagamento(materiale, now),
        *_manca_notifica(materiale),
        *_manca_dei_conti(materiale, now),
    )


def seguiti(materiale: Materiale, *, now: datetime) -> tuple[Seguito, ...]:
    """Tell what happens next, soonest first, what waits for somebody at the end."""
    found = [
        *_segue_pendenza(materiale, now),
        *_segue_tentativi(materiale),
        *_segue_notifiche(materiale),
        *_segue_promemoria(materiale),
        *_segue_conti(materiale, now),
    ]
    return tuple(sorted(found, key=lambda one: one.quando or _LAST))


# -- the pendenza and its payment


def _manca_pendenza(materiale: Materiale) -> Iterator[Mancanza]:
    transazione = materiale.transazione
    if transazione.posizione is None and not transazione.rinvii:
        yield Mancanza(fase=Fase.PENDENZA, testo="In archivio non c'è una pendenza con questo IUV.")


def _manca_pagamento(materiale: Materiale, now: datetime) -> Iterator[Mancanza]:
    pendenza = materiale.transazione.posizione
    if pendenza is None or pendenza.stato in PAGATI or pendenza.stato is StatoPendenza.ANNULLATO:
        return
    if is_decorsa(pendenza.data_validita or pendenza.data_scadenza, now=now):
        yield Mancanza(fase=Fase.RICEVUTA, testo="Nessuno ha pagato, e il termine è passato.")
    else:
        yield Mancanza(fase=Fase.RICEVUTA, testo="La pendenza non è ancora pagata.")


def _segue_pendenza(materiale: Materiale, now: datetime) -> Iterator[Seguito]:
    pendenza = materiale.transazione.posizione
    if pendenza is None or pendenza.stato is not StatoPendenza.NON_ESEGUITO:
        return
    if any(rpp.stato in IN_ATTESA for rpp in tutte_le_rpp(materiale)):
        return
    termine = pendenza.data_validita or pendenza.data_scadenza
    if is_decorsa(termine, now=now):
        testo = f"Il termine del {termine:%d/%m/%Y} è passato: prorogarlo o annullare la pendenza."
        yield Seguito(fase=Fase.PENDENZA, testo=testo, da_fare=True)
        return
    entro = f", entro il {termine:%d/%m/%Y}" if termine else ""
    quando = end_of_day(termine) if termine else None
    yield Seguito(fase=Fase.ATTIVAZIONE, testo=f"In attesa che il cittadino paghi{entro}.", quando=quando)


def _segue_tentativi(materiale: Materiale) -> Iterator[Seguito]:
    for rpp in tutte_le_rpp(materiale):
        yield from _segue_tentativo(rpp)
    for sessione in materiale.sessioni:
        if sessione.is_aperta and sessione.prossima_verifica is not None:
            testo = f"Pagamento {sessione.id} in attesa di esito: prossima verifica dopo il {ora(sessione.prossima_verifica)}."
            yield Seguito(fase=Fase.RECUPERO, testo=testo, quando=sessione.prossima_verifica)


def _segue_tentativo(rpp: Rpp) -> Iterator[Seguito]:
    if rpp.prossima_verifica is not None:
        testo = f"Verifica n. {rpp.verifiche + 1} dell'esito, chiesto al Nodo dopo il {ora(rpp.prossima_verifica)}."
        yield Seguito(fase=Fase.RECUPERO, testo=testo, quando=rpp.prossima_verifica)
    elif rpp.abbandonata is not None:
        testo = "L'esito non si è potuto apprendere: riavviare la verifica (PATCH /rpp, /verifica) o chiederlo al PSP."
        yield Seguito(fase=Fase.RECUPERO, testo=testo, da_fare=True)
    elif rpp.stato in IN_ATTESA and rpp.ccp == CCP_IN_ATTESA:
        yield Seguito(fase=Fase.RICEVUTA, testo="Un PSP ha attivato il pagamento: in attesa della ricevuta.")
    elif rpp.stato in IN_ATTESA and rpp.id_pagamento is None:
        yield Seguito(fase=Fase.RICEVUTA, testo=f"Tentativo {rpp.stato.value}: in attesa della ricevuta.")


# -- notifiche


def _manca_notifica(materiale: Materiale) -> Iterator[Mancanza]:
    for notifica in materiale.notifiche:
        if notifica.stato in {StatoSpedizione.DA_SPEDIRE, StatoSpedizione.FALLITA}:
            testo = f"Il gestionale {notifica.id_a2a} non ha ancora accolto la notifica {notifica.tipo.value}."
            yield Mancanza(fase=Fase.NOTIFICA, testo=testo)


def _segue_notifiche(materiale: Materiale) -> Iterator[Seguito]:
    for notifica in materiale.notifiche:
        if notifica.stato is StatoSpedizione.FALLITA:
            testo = f"Notifica {notifica.tipo.value} abbandonata: correggere la causa e rispedirla."
            yield Seguito(fase=Fase.NOTIFICA, testo=testo, da_fare=True)
        elif notifica.stato is StatoSpedizione.DA_SPEDIRE:
            yield _prossimo_tentativo(notifica)


def _prossimo_tentativo(notifica: Notifica) -> Seguito:
    name = f"Notifica {notifica.tipo.value}"
    if notifica.tentativi:
        why = (notifica.descrizione_stato or "nessuna risposta").rstrip(".")
        testo = (
            f"{name}: tentativo n. {notifica.tentativi} fallito, {why}; "
            f"prossimo tentativo dopo il {ora(notifica.prossima)}."
        )
    else:
        testo = f"{name} in coda: primo tentativo a momenti."
    return Seguito(fase=Fase.NOTIFICA, testo=testo, quando=notifica.prossima)


def _segue_promemoria(materiale: Materiale) -> Iterator[Seguito]:
    for promemoria in materiale.promemoria:
        if promemoria.stato is StatoPromemoria.DA_SPEDIRE:
            testo = f"{promemoria_noto(promemoria)}: parte dopo il {ora(promemoria.prossima)}, se ce n'è ancora motivo."
            yield Seguito(fase=Fase.PROMEMORIA, testo=testo, quando=promemoria.prossima)


# -- flow and incasso


def _aperte(materiale: Materiale) -> list[Riscossione]:
    """Give the money that an account of ours should get: a marca da bollo and an ente of others have none here."""
    return [one for one in materiale.transazione.riscossioni if one.stato in _APERTE and one.tipo not in _ALTROVE]


def _flussi_of(materiale: Materiale, riscossione: Riscossione) -> list[Flusso]:
    return [
        rigo.flusso
        for rigo in materiale.righe
        if rigo.rendicontazione.riga.iur == riscossione.iur and not rigo.flusso.obsoleto
    ]


def _manca_dei_conti(materiale: Materiale, now: datetime) -> Iterator[Mancanza]:
    for riscossione in _aperte(materiale):
        if riscossione.stato is StatoRiscossione.PAGATO_SENZA_RPT:
            testo = f"Il flusso dice pagato lo IUR {riscossione.iur}: manca la ricevuta."
            yield Mancanza(fase=Fase.RICEVUTA, testo=testo)
        if not _flussi_of(materiale, riscossione):
            entro = flusso_entro(riscossione.data)
            late = f" È in ritardo: doveva arrivare entro il {entro:%d/%m/%Y}." if is_decorsa(entro, now=now) else ""
            testo = f"Manca il flusso di rendicontazione dello IUR {riscossione.iur}.{late}"
            yield Mancanza(fase=Fase.FLUSSO, testo=testo)
        yield Mancanza(fase=Fase.INCASSO, testo=f"Lo IUR {riscossione.iur} non è ancora incassato.")
    if materiale.transazione.attesa:
        yield Mancanza(fase=Fase.RICEVUTA, testo="La banca ha già accreditato questo IUV: manca la sua ricevuta.")


def _segue_conti(materiale: Materiale, now: datetime) -> Iterator[Seguito]:
    for riscossione in _aperte(materiale):
        flows = _flussi_of(materiale, riscossione)
        yield _prossimo_incasso(riscossione, flows) if flows else _prossimo_flusso(riscossione, now)
    for ricerca in materiale.ricerche:
        if ricerca.stato is StatoRicerca.DA_FARE:
            testo = (
                f"Ricevuta cercata in Biz-Events, richiesta n. {ricerca.tentativi + 1} dopo il {ora(ricerca.prossima)}."
            )
            yield Seguito(fase=Fase.RECUPERO, testo=testo, quando=ricerca.prossima)
        elif ricerca.stato is StatoRicerca.ABBANDONATA:
            testo = (
                f"Ricerca della ricevuta {ricerca.iur} abbandonata: avviare recuperoRptPendenti, o chiederla al PSP."
            )
            yield Seguito(fase=Fase.RECUPERO, testo=testo, da_fare=True)
    for incasso in materiale.incassi:
        if incasso.stato in {StatoIncasso.IN_ELABORAZIONE, StatoIncasso.IN_STORNO}:
            what = "L'incasso" if incasso.stato is StatoIncasso.IN_ELABORAZIONE else "Lo storno dell'incasso"
            testo = f"{what} {incasso.id_incasso} è in elaborazione: si conclude da sé entro pochi minuti."
            yield Seguito(fase=Fase.INCASSO, testo=testo)


def _prossimo_flusso(riscossione: Riscossione, now: datetime) -> Seguito:
    entro = flusso_entro(riscossione.data)
    if is_decorsa(entro, now=now):
        testo = f"Il flusso del PSP doveva arrivare entro il {entro:%d/%m/%Y} (T+{GIORNI_FLUSSO}): chiederlo al PSP."
        return Seguito(fase=Fase.FLUSSO, testo=testo, da_fare=True)
    testo = f"In attesa del flusso del PSP entro T+{GIORNI_FLUSSO}, il {entro:%d/%m/%Y}."
    return Seguito(fase=Fase.FLUSSO, testo=testo, quando=end_of_day(entro))


def _prossimo_incasso(riscossione: Riscossione, flows: list[Flusso]) -> Seguito:
    flusso = flows[-1]
    regolamento = flusso.testata.data_regolamento if flusso.testata else riscossione.data
    testo = (
        f"In attesa che il giornale di cassa porti l'accredito del flusso {flusso.chiave.id_flusso}, "
        f"regolato il {regolamento:%d/%m/%Y}."
    )
    return Seguito(fase=Fase.INCASSO, testo=testo, quando=end_of_day(regolamento + timedelta(days=1)))
