"""What must hold of the books: one function a sentence, each gives what is against it. It reads, and changes nothing.

SEMPRE holds between any two requests, whatever has failed; ALLA_QUIETE once every queue is empty and every wait over.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.model import chiave_of
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.model import Formato, TipoNotifica
from chalicelib.pagamenti.states import IN_ATTESA, StatoRiscossione, StatoRpp
from chalicelib.pendenze.states import PAGATI, StatoPendenza
from chalicelib.promemoria.model import TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.riconciliazione.importazione.states import APERTI
from chalicelib.riconciliazione.repository.flussi import rows_partition_of
from chalicelib.riconciliazione.states import VALIDI, StatoFlusso, StatoIncasso
from chalicelib.tracciati.states import CONCLUSI
from sandbox.simulatore.libri import Libri, Posto

Invariante = Callable[[Libri], Iterator[str]]


def la_posizione_e_la_pendenza(libri: Libri) -> Iterator[str]:
    """What the Nodo is answered from is what the gestionale reads."""
    for pendenza in libri.pendenze:
        if pendenza.iuv is None:
            continue
        posto = libri.posti.get(f"{pendenza.id_dominio}#{pendenza.iuv}")
        if posto is None or posto.posizione != pendenza:
            yield f"pendenza {pendenza.id_pendenza}: la posizione {pendenza.iuv} non è la stessa"


def ogni_ricevuta_ha_le_sue_riscossioni(libri: Libri) -> Iterator[str]:
    """A ricevuta by which money moved has one riscossione for each of its voci, of the same amount."""
    for posto in libri.posti.values():
        for ricevuta in posto.pagate:
            for voce in ricevuta.voci:
                trovate = [one for one in posto.riscossioni if (one.iur, one.indice) == (voce.iur, voce.indice)]
                if voce.importo and [one.importo for one in trovate] != [voce.importo]:
                    yield f"{posto.iuv}: la ricevuta {ricevuta.id_ricevuta} ha per {voce.indice} {len(trovate)} riscossioni"


def ogni_riscossione_ha_la_sua_origine(libri: Libri) -> Iterator[str]:
    """Money comes from a ricevuta, or from a row of a flow that says so."""
    rendicontate = {riga.riscossione for righe in libri.righe.values() for riga in righe}
    for posto in libri.posti.values():
        iur = {voce.iur for ricevuta in posto.pagate for voce in ricevuta.voci}
        for riscossione in posto.riscossioni:
            if riscossione.iur not in iur and riscossione.chiave not in rendicontate and not libri.avanzamenti:
                yield f"{posto.iuv}: la riscossione {riscossione.iur} non ha né ricevuta né flusso"
            if riscossione.has_ricevuta is not (riscossione.iur in iur):
                yield f"{posto.iuv}: la riscossione {riscossione.iur} ha un ccp che non è di una ricevuta"


def una_pendenza_e_pagata_se_ha_riscosso(libri: Libri) -> Iterator[str]:
    for posto in libri.posti.values():
        pendenza = posto.posizione
        if pendenza is not None and (pendenza.stato in PAGATI) is not bool(posto.riscossioni):
            yield f"{posto.iuv}: è {pendenza.stato} con {len(posto.riscossioni)} riscossioni"


def il_pagato_e_la_somma_delle_riscossioni(libri: Libri) -> Iterator[str]:
    for posto in libri.posti.values():
        if posto.posizione is not None and posto.posizione.importo_pagato != posto.riscosso:
            yield f"{posto.iuv}: importo_pagato {posto.posizione.importo_pagato}, riscosso {posto.riscosso}"


def un_pagamento_doppio_e_segnalato(libri: Libri) -> Iterator[str]:
    """Money beyond what was owed is never silent."""
    for posto in libri.posti.values():
        pendenza = posto.posizione
        pagamenti = {una.iur for una in posto.riscossioni}
        doppie = _voci_pagate_due_volte(posto)
        if pendenza is not None and doppie and not pendenza.anomalo:
            yield f"{posto.iuv}: {len(pagamenti)} pagamenti e nessuna anomalia"


def _voci_pagate_due_volte(posto: Posto) -> list[int]:
    volte = Counter(una.indice for una in posto.riscossioni)
    return [indice for indice, quante in volte.items() if quante > 1]


def una_pendenza_pagata_una_volta_e_pagata_per_quanto_doveva(libri: Libri) -> Iterator[str]:
    for posto in libri.posti.values():
        pendenza = posto.posizione
        if (
            pendenza is None
            or pendenza.anomalo
            or pendenza.stato not in {StatoPendenza.ESEGUITO, StatoPendenza.INCASSATO}
        ):
            continue
        dovuto = Importo.total(voce.importo for voce in pendenza.voci)
        if not dovuto == pendenza.importo == posto.riscosso:
            yield f"{posto.iuv}: dovuto {dovuto}, pendenza {pendenza.importo}, riscosso {posto.riscosso}"


def di_ogni_ricevuta_si_notifica(libri: Libri) -> Iterator[str]:
    """Whoever has the ricevuta has the notifica of it: they are of one transaction."""
    note = {una.chiave for una in libri.notifiche}
    for posto in libri.posti.values():
        ccp = {rpp.ccp for rpp in posto.rpp}
        for ricevuta in posto.ricevute:
            chiave = chiave_of(
                id_dominio=posto.id_dominio,
                iuv=posto.iuv,
                ccp=ricevuta.ccp,
                tipo=TipoNotifica.RICEVUTA,
                causa=f"{ricevuta.id_ricevuta}.{ricevuta.sha256[:16]}",
            )
            if ricevuta.ccp in ccp and chiave not in note:
                yield f"{posto.iuv}: la ricevuta {ricevuta.id_ricevuta} non ha notifica"
            if posto.posizione is not None and ricevuta.ccp not in ccp:
                yield f"{posto.iuv}: la ricevuta {ricevuta.id_ricevuta} non ha rpp"


def ogni_notifica_e_di_un_tentativo(libri: Libri) -> Iterator[str]:
    """No entry of the outbox is an orphan."""
    tentativi = {(posto.id_dominio, posto.iuv) for posto in libri.posti.values() if posto.rpp or posto.ricevute}
    for notifica in libri.notifiche:
        if (notifica.id_dominio, notifica.iuv) not in tentativi:
            yield f"notifica {notifica.chiave} senza rpp"


def di_ogni_attivazione_accettata_si_notifica(libri: Libri) -> Iterator[str]:
    """A classic attempt that the Nodo has taken is told to the ente, unless its end was told instead."""
    note = {(una.id_dominio, una.iuv, una.ccp) for una in libri.notifiche}
    for posto in libri.posti.values():
        for rpp in posto.rpp:
            taken = rpp.stato not in {StatoRpp.RPT_ATTIVATA, StatoRpp.RPT_PARCHEGGIATA_NODO}
            if (
                rpp.formato is Formato.RPT
                and rpp.id_pagamento is None
                and taken
                and (rpp.id_dominio, rpp.iuv, rpp.ccp) not in note
            ):
                yield f"{posto.iuv}: il tentativo {rpp.ccp}, {rpp.stato}, non è stato notificato"


def ogni_flusso_e_intero(libri: Libri) -> Iterator[str]:
    """A flow is there with all its rows and their sum, or it is not there."""
    for flusso in libri.flussi:
        if flusso.stato is StatoFlusso.RIFIUTATA:
            continue
        righe = libri.righe.get(rows_partition_of(flusso.chiave), [])
        somma = Importo.total(riga.riga.importo for riga in righe)
        if (len(righe), somma) != (flusso.conteggio.righe, flusso.conteggio.somma):
            yield f"flusso {flusso.chiave.id_flusso}: {len(righe)} righe per {somma}, ne ha contate {flusso.conteggio}"


def una_sola_revisione_vale(libri: Libri) -> Iterator[str]:
    """One that cannot be read replaces nothing: the one before it holds until it is read."""
    lette = [uno for uno in libri.flussi if uno.stato is not StatoFlusso.RIFIUTATA]
    valide = Counter((uno.chiave.id_dominio, uno.chiave.id_flusso) for uno in lette if not uno.obsoleto)
    for (id_dominio, id_flusso), quante in valide.items():
        if quante > 1:
            yield f"flusso {id_dominio} {id_flusso}: {quante} revisioni valide"


def un_flusso_e_di_un_solo_incasso(libri: Libri) -> Iterator[str]:
    presi: Counter[object] = Counter()
    for incasso in libri.incassi:
        if incasso.stato in VALIDI:
            preso: object = incasso.riscossione or (incasso.flusso and incasso.flusso[:2])
            presi[preso] += 1
    for chi, volte in presi.items():
        if volte > 1:
            yield f"{chi}: incassato {volte} volte"


def chi_dice_di_essere_incassato_lo_e(libri: Libri) -> Iterator[str]:
    """A flow and a riscossione that have an incasso have one that is there."""
    incassi = {(uno.id_dominio, uno.id_incasso): uno for uno in libri.incassi}
    for flusso in libri.flussi:
        if flusso.id_incasso is not None and not flusso.obsoleto:
            incasso = incassi.get((flusso.chiave.id_dominio, flusso.id_incasso))
            if incasso is None or incasso.stato is StatoIncasso.STORNATO:
                yield f"flusso {flusso.chiave.id_flusso}: l'incasso {flusso.id_incasso} non c'è"
    for una in libri.riscossioni:
        if (una.stato is StatoRiscossione.INCASSATA) is not (una.id_incasso is not None):
            yield f"riscossione {una.iuv} {una.iur}: {una.stato} con incasso {una.id_incasso}"
        if una.id_incasso is not None and (una.id_dominio_incasso, una.id_incasso) not in incassi:
            yield f"riscossione {una.iuv} {una.iur}: l'incasso {una.id_incasso} non c'è"


def ogni_incasso_ha_la_sua_somma(libri: Libri) -> Iterator[str]:
    """What an incasso that is done has collected is in the flow that it has, and no more than the bank has credited."""
    per_incasso: dict[tuple[str, str], Importo] = {}
    for una in libri.riscossioni:
        if una.id_incasso is not None:
            chiave = (una.id_dominio_incasso, una.id_incasso)
            per_incasso[chiave] = per_incasso.get(chiave, Importo(0)) + una.importo
    for incasso in libri.incassi:
        raccolto = per_incasso.get((incasso.id_dominio, incasso.id_incasso), Importo(0))
        if raccolto > incasso.accredito.importo:
            yield f"incasso {incasso.id_incasso}: accreditato {incasso.accredito.importo}, raccolto {raccolto}"
        if incasso.stato is StatoIncasso.STORNATO and raccolto:
            yield f"incasso {incasso.id_incasso}: stornato, e tiene {raccolto}"


def un_tracciato_conta_ogni_riga_una_volta(libri: Libri) -> Iterator[str]:
    """The counts of a tracciato are no more than the outcomes of its rows; of one that is concluded they are all of them."""
    for uno in libri.tracciati:
        esiti = libri.esiti.get(uno.id, [])
        eseguite = sum(esito.is_done for esito in esiti)
        if uno.eseguite > eseguite or uno.fallite > len(esiti) - eseguite:
            yield f"tracciato {uno.nome}: conta {uno.eseguite} e {uno.fallite}, gli esiti sono {eseguite} di {len(esiti)}"
        if uno.stato not in CONCLUSI or not uno.righe:
            continue
        if sorted(esito.numero for esito in esiti) != list(range(1, uno.righe + 1)):
            yield f"tracciato {uno.nome}: {uno.righe} righe, esiti {sorted(esito.numero for esito in esiti)}"
        if (uno.eseguite, uno.fallite) != (eseguite, len(esiti) - eseguite):
            yield f"tracciato {uno.nome}: concluso con {uno.eseguite} e {uno.fallite}, di {len(esiti)} {eseguite} eseguite"


def gli_anelli_sono_una_catena(libri: Libri) -> Iterator[str]:
    """The nightly results of an ente are numbered one by one, each with the digest of the one before."""
    ultimo: dict[str, tuple[int, str]] = {}
    for anello in sorted(libri.anelli, key=lambda uno: (uno.id_dominio, uno.progressivo)):
        numero, impronta = ultimo.get(anello.id_dominio, (0, "0" * 64))
        if (anello.progressivo, anello.precedente) != (numero + 1, impronta):
            yield f"anello {anello.id_dominio} {anello.progressivo}: dopo il {numero} non continua la catena"
        ultimo[anello.id_dominio] = (anello.progressivo, anello.impronta)


# -- at rest


def nessun_tracciato_e_a_meta(libri: Libri) -> Iterator[str]:
    for uno in libri.tracciati:
        if uno.stato not in CONCLUSI:
            yield f"tracciato {uno.nome}: {uno.stato}, fase {uno.fase}, {uno.fatti} blocchi"


def nessun_promemoria_aspetta(libri: Libri) -> Iterator[str]:
    """But for those of due dates to come."""
    for uno in libri.promemoria:
        if uno.stato is StatoPromemoria.DA_SPEDIRE and uno.tipo is not TipoPromemoria.SCADENZA:
            yield f"promemoria {uno.chiave}: {uno.stato} dopo {uno.tentativi} tentativi, {uno.descrizione_stato}"


def nessuna_notifica_aspetta(libri: Libri) -> Iterator[str]:
    for una in libri.notifiche:
        if una.stato in {StatoSpedizione.DA_SPEDIRE, StatoSpedizione.FALLITA}:
            yield f"notifica {una.chiave}: {una.stato} dopo {una.tentativi} tentativi, {una.descrizione_stato}"


def nessuna_ricevuta_e_taciuta(libri: Libri) -> Iterator[str]:
    for una in libri.notifiche:
        if una.tipo is TipoNotifica.RICEVUTA and una.stato is not StatoSpedizione.SPEDITA:
            yield f"notifica {una.chiave}: {una.stato}"


def di_nessun_tentativo_classico_si_ignora_la_fine(libri: Libri) -> Iterator[str]:
    for posto in libri.posti.values():
        for rpp in posto.rpp:
            if rpp.formato is Formato.RPT and rpp.stato in IN_ATTESA:
                yield f"{posto.iuv}: il tentativo {rpp.ccp} è ancora {rpp.stato}, prossima {rpp.prossima_verifica}"


def nessun_incasso_e_a_meta(libri: Libri) -> Iterator[str]:
    for uno in libri.incassi:
        if uno.stato in {StatoIncasso.IN_ELABORAZIONE, StatoIncasso.IN_STORNO}:
            yield f"incasso {uno.id_incasso}: {uno.stato}"


def nessun_flusso_e_a_meta(libri: Libri) -> Iterator[str]:
    for uno in libri.avanzamenti:
        yield f"flusso {uno.chiave.id_flusso}: acquisizione a metà"


def nessun_flusso_resta_illeggibile(libri: Libri) -> Iterator[str]:
    """What could not be read is asked for again, unless a newer revision was read: at rest the answers are good."""
    for flusso in libri.flussi:
        if flusso.stato is StatoFlusso.RIFIUTATA and not flusso.obsoleto:
            yield f"flusso {flusso.chiave.id_flusso} {flusso.chiave.revisione}: {flusso.stato}, {flusso.motivo}"


def nessun_giornale_e_a_meta(libri: Libri) -> Iterator[str]:
    for uno in libri.giornali:
        if uno.stato in APERTI:
            yield f"giornale {uno.nome}: {uno.stato}"
    for movimento in libri.movimenti:
        if movimento.esito is None:
            yield f"movimento {movimento.id_movimento}: senza esito"


def nessuna_sessione_e_aperta(libri: Libri) -> Iterator[str]:
    for una in libri.sessioni:
        if una.is_aperta:
            yield f"pagamento {una.id}: {una.stato}, prossima verifica {una.prossima_verifica}"


def un_incasso_concluso_ha_tutte_le_sue_righe(libri: Libri) -> Iterator[str]:
    """Each payment of the rows of a collected flow is INCASSATA with it."""
    per_chiave = {una.chiave: una for una in libri.riscossioni}
    for incasso in libri.incassi:
        if incasso.stato is not StatoIncasso.ACQUISITO or incasso.flusso is None:
            continue
        for riga in libri.righe.get(rows_partition_of(incasso.flusso), []):
            una = None if riga.riscossione is None else per_chiave.get(riga.riscossione)
            if una is not None and una.stato is not StatoRiscossione.INCASSATA:
                yield f"incasso {incasso.id_incasso}: {una.iuv} {una.iur} è {una.stato}"


def il_pagato_e_incassato_o_da_incassare(libri: Libri) -> Iterator[str]:
    """Paid is collected and open: to the cent, over all the books."""
    pagato = Importo.total(posto.posizione.importo_pagato for posto in libri.posti.values() if posto.posizione)
    con_pendenza = [una for posto in libri.posti.values() if posto.posizione for una in posto.riscossioni]
    incassato = Importo.total(una.importo for una in con_pendenza if una.stato is StatoRiscossione.INCASSATA)
    aperto = Importo.total(una.importo for una in con_pendenza if una.stato is not StatoRiscossione.INCASSATA)
    if pagato != incassato + aperto:
        yield f"pagato {pagato}, incassato {incassato}, da incassare {aperto}"


SEMPRE: tuple[Invariante, ...] = (
    la_posizione_e_la_pendenza,
    ogni_ricevuta_ha_le_sue_riscossioni,
    ogni_riscossione_ha_la_sua_origine,
    una_pendenza_e_pagata_se_ha_riscosso,
    il_pagato_e_la_somma_delle_riscossioni,
    un_pagamento_doppio_e_segnalato,
    una_pendenza_pagata_una_volta_e_pagata_per_quanto_doveva,
    di_ogni_ricevuta_si_notifica,
    ogni_notifica_e_di_un_tentativo,
    di_ogni_attivazione_accettata_si_notifica,
    ogni_flusso_e_intero,
    una_sola_revisione_vale,
    un_flusso_e_di_un_solo_incasso,
    chi_dice_di_essere_incassato_lo_e,
    ogni_incasso_ha_la_sua_somma,
    un_tracciato_conta_ogni_riga_una_volta,
    gli_anelli_sono_una_catena,
)
ALLA_QUIETE: tuple[Invariante, ...] = (
    *SEMPRE,
    nessuna_notifica_aspetta,
    nessuna_ricevuta_e_taciuta,
    di_nessun_tentativo_classico_si_ignora_la_fine,
    nessun_incasso_e_a_meta,
    nessun_flusso_e_a_meta,
    nessun_flusso_resta_illeggibile,
    nessun_giornale_e_a_meta,
    nessuna_sessione_e_aperta,
    un_incasso_concluso_ha_tutte_le_sue_righe,
    il_pagato_e_incassato_o_da_incassare,
    nessun_tracciato_e_a_meta,
    nessun_promemoria_aspetta,
)


def violazioni(libri: Libri, invarianti: tuple[Invariante, ...]) -> list[str]:
    """Give what is against some invariants, each with the name of its own."""
    return [f"{una.__name__}: {parole}" for una in invarianti for parole in una(libri)]
