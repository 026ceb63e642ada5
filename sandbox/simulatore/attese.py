"""What the world knows and the books must say: what was paid, what was delivered, what the ente was told."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import TipoNotifica
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.promemoria.model import TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria
from sandbox import sample
from sandbox.fdr.archivio import Pagato
from sandbox.fdr.pagati import pagati_of
from sandbox.nodo.model import StatoRicevuta
from sandbox.simulatore.conferme import conti, tracciati
from sandbox.simulatore.libri import Libri

if TYPE_CHECKING:
    from sandbox.simulatore.storia import Storia

CONSEGNE_MASSIME = 60


def attese(storia: "Storia", libri: Libri) -> Iterator[str]:
    yield from _pendenze_accettate(storia, libri)
    yield from _ricevute_consegnate(storia, libri)
    yield from _pagato_una_volta(storia, libri)
    yield from _notificate(storia, libri)
    yield from _code(storia)
    yield from tracciati(storia, libri)
    yield from _promemoria(storia, libri)
    yield from _eventi(storia, libri)
    yield from conti(storia, libri)
    yield from _dimenticati(storia, libri)


def _pendenze_accettate(storia: "Storia", libri: Libri) -> Iterator[str]:
    """What the gestionale was told is there is there."""
    note = {pendenza.id_pendenza: pendenza for pendenza in libri.pendenze}
    for caricata in storia.pendenze:
        if caricata.certa and caricata.id_pendenza not in note:
            yield f"pendenza {caricata.id_pendenza}: accettata e non c'è"
        elif caricata.certa and note[caricata.id_pendenza].numero_avviso != caricata.numero_avviso:
            yield f"pendenza {caricata.id_pendenza}: ha cambiato numero avviso"


def _ricevute_consegnate(storia: "Storia", libri: Libri) -> Iterator[str]:
    """What the Nodo believes delivered is stored: once, with its money. Nothing else of it is left undelivered."""
    for ricevuta in storia.mondo.nodo.consegne.tutte():
        posto = libri.posti.get(f"{ricevuta.id_dominio}#{ricevuta.iuv}")
        trovate = [una for una in (posto.ricevute if posto else ()) if una.id_ricevuta == ricevuta.token]
        if ricevuta.stato is StatoRicevuta.CONSEGNATA:
            if len(trovate) != 1:
                yield f"ricevuta {ricevuta.iuv} {ricevuta.token}: consegnata, in archivio {len(trovate)}"
            elif ricevuta.positiva and not trovate[0].esito.is_positivo:
                yield f"ricevuta {ricevuta.iuv} {ricevuta.token}: positiva, in archivio {trovate[0].esito}"
        elif id(ricevuta) not in storia.perse:
            yield f"ricevuta {ricevuta.iuv} {ricevuta.token}: {ricevuta.stato} dopo {ricevuta.invii} invii, {ricevuta.esito}"
        elif ricevuta.operazione == "paaInviaRT" and not trovate:
            yield f"RT {ricevuta.iuv} {ricevuta.token}: persa, e non recuperata"


def _pagato_una_volta(storia: "Storia", libri: Libri) -> Iterator[str]:
    """Each euro that a PSP took is in the books once, unless nobody has told of it yet; and no euro that none took."""
    pagati = {(uno.iuv, uno.iur, uno.indice): uno for uno in pagati_of(storia.mondo.nodo)}
    noti = Counter({(una.iuv, una.iur, una.indice): 1 for una in libri.riscossioni})
    for chiave, pagato in pagati.items():
        if not noti[chiave] and not _taciuto(storia, libri, pagato):
            yield f"{pagato.iuv}: {pagato.importo} pagati con {pagato.iur} e non riscossi"
    for una in libri.riscossioni:
        pagato_ = pagati.get((una.iuv, una.iur, una.indice))
        if pagato_ is None or pagato_.importo != una.importo:
            yield f"{una.iuv}: riscossi {una.importo} con {una.iur} che nessuno ha pagato"
    totale = Importo.total(uno.importo for chiave, uno in pagati.items() if noti[chiave])
    riscosso = Importo.total(una.importo for una in libri.riscossioni)
    if totale != riscosso:
        yield f"pagato {totale}, riscosso {riscosso}"


def _taciuto(storia: "Storia", libri: Libri, pagato: Pagato) -> bool:
    """Tell whether nobody can have told us of a payment: its receipt was lost for good, and no flow speaks of it.

    What a flow reports is asked of Biz-Events, which has no RT, and for which the school has no key. An RT that is lost
    is asked of the Nodo, unless its KO came before: that attempt is closed.
    """
    perse = [una for una in storia.mondo.nodo.consegne.tutte() if id(una) in storia.perse and una.iuv == pagato.iuv]
    if any(una.operazione == "paaInviaRT" for una in perse):
        return True
    if not any(una.token == pagato.iur for una in perse):
        return False
    if pagato.id_dominio == sample.SCUOLA.id_dominio:
        return True
    return all((pagato.iuv, pagato.iur) != (r.riga.iuv, r.riga.iur) for righe in libri.righe.values() for r in righe)


def _notificate(storia: "Storia", libri: Libri) -> Iterator[str]:
    """Each ricevuta came to the ente, and none without end."""
    ente = storia.mondo.ente
    per_iuv = Counter(path for path, _ in ente.prese.elements())
    attese_ = Counter(
        f"/ente/pagamenti/{una.id_dominio}/{una.iuv}" for una in libri.notifiche if una.tipo is TipoNotifica.RICEVUTA
    )
    for path, quante in attese_.items():
        if per_iuv[path] < quante:
            yield f"{path}: {quante} ricevute, l'ente ne ha avute {per_iuv[path]}"
    for (path, _), volte in ente.consegne.items():
        if volte > CONSEGNE_MASSIME:
            yield f"{path}: notificata {volte} volte"


def _code(storia: "Storia") -> Iterator[str]:
    for coda in storia.nuvola.sqs.code.values():
        for messaggio in (*coda.scarti, *coda.messaggi):
            yield f"{coda.nome}: fermo {messaggio.corpo[:200]}"


def _promemoria(storia: "Storia", libri: Libri) -> Iterator[str]:
    """A citizen is written to at most once for each cause; and once, where it says so."""
    toccate = {una.id_pendenza for una in storia.pendenze if una.toccata}
    for uno in libri.promemoria:
        volte = storia.mondo.promemoria[uno.chiave]
        # A due date that was moved away and back is reminded of again.
        if uno.tipo is TipoPromemoria.SCADENZA and uno.id_pendenza in toccate:
            continue
        if volte > 1 or (volte != 1 and uno.stato is StatoPromemoria.SPEDITO):
            yield f"promemoria {uno.chiave}: {uno.stato}, spedito {volte} volte"
        if volte and uno.stato in {StatoPromemoria.ANNULLATO, StatoPromemoria.DA_SPEDIRE}:
            yield f"promemoria {uno.chiave}: {uno.stato}, e fu spedito"


def _eventi(storia: "Storia", libri: Libri) -> Iterator[str]:
    """Money is in the giornale: each ricevuta has an evento that says it was taken."""
    noti = {
        (item["pk"]["S"], item.get("ccp", {}).get("S"))
        for item in storia.nuvola.dynamodb.items_di("eventi")
        if item["esito"]["S"] == "OK"
    }
    for chiave, posto in libri.posti.items():
        for ricevuta in posto.ricevute:
            if (chiave, ricevuta.ccp) not in noti:
                yield f"{posto.iuv}: la ricevuta {ricevuta.id_ricevuta} non è nel giornale"


def _dimenticati(storia: "Storia", libri: Libri) -> Iterator[str]:
    """Of who asked to be forgotten nothing is left in what is closed, but where a due date is still to be reminded of."""
    if storia.denaro_prima_dell_oblio != storia.denaro_dopo_l_oblio:
        yield "dimenticare una persona ha cambiato il denaro"
    attesi = {una.id_pendenza for una in libri.promemoria if una.stato is StatoPromemoria.DA_SPEDIRE}
    for una in libri.pendenze:
        is_closed = una.stato is not StatoPendenza.NON_ESEGUITO and una.id_pendenza not in attesi
        if is_closed and una.soggetto_pagatore.identificativo in storia.dimenticati:
            yield f"pendenza {una.id_pendenza}: {una.stato}, e dice ancora di chi è"
