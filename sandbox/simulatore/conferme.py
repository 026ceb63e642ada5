"""What GovPay itself says at the end, held against what is known: the answers to tracciati, the proof of the books."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.simulatore.libri import Libri
from sandbox.simulatore.passi.scena import Caricata, Consegnato

if TYPE_CHECKING:
    from chalicelib.pendenze.model import Pendenza
    from chalicelib.tracciati.model import Tracciato
    from sandbox.simulatore.storia import Storia


def tracciati(storia: "Storia", libri: Libri) -> Iterator[str]:
    """Each file that was handed over is a tracciato, its rows became what they say, and its answer names them all."""
    for consegnato in storia.tracciati:
        suoi = [uno for uno in libri.tracciati if uno.nome.rpartition(".")[0] == consegnato.nome]
        if not suoi:
            yield f"tracciato {consegnato.nome}: consegnato e non c'è"
        yield from _righe(consegnato, suoi, libri)
        for uno in suoi:
            yield from _esito(storia, uno)
    note = {pendenza.id_pendenza: pendenza for pendenza in libri.pendenze}
    for consegnato in storia.tracciati:
        for nuova in consegnato.nuove:
            yield from _caricata(nuova, note.get(nuova.id_pendenza), storia, libri)


def _righe(consegnato: Consegnato, suoi: list["Tracciato"], libri: Libri) -> Iterator[str]:
    for numero, attesa in enumerate(consegnato.righe, 1):
        esiti = [esito for uno in suoi for esito in libri.esiti.get(uno.id, ()) if esito.numero == numero]
        if attesa is True and not any(esito.is_done for esito in esiti):
            yield f"tracciato {consegnato.nome}: la riga {numero} non è eseguita: {[uno.descrizione for uno in esiti]}"
        if attesa is False and any(esito.is_done for esito in esiti):
            yield f"tracciato {consegnato.nome}: la riga {numero} non andava eseguita"


def _caricata(nuova: Caricata, pendenza: "Pendenza | None", storia: "Storia", libri: Libri) -> Iterator[str]:
    """Tell whether a pendenza is as its row says, and was written once, where nobody else was at it."""
    if pendenza is None:
        yield f"pendenza {nuova.id_pendenza}: la riga è eseguita e non c'è"
        return
    posto = libri.posti.get(f"{pendenza.id_dominio}#{pendenza.iuv}")
    if nuova.toccata or posto is None or posto.rpp or posto.ricevute or posto.riscossioni:
        return
    importi = [voce["importo"] for voce in nuova.dati["voci"]]
    if pendenza.importo != nuova.dati["importo"] or [voce.importo for voce in pendenza.voci] != importi:
        yield f"pendenza {nuova.id_pendenza}: importo {pendenza.importo}, la riga dice {nuova.dati['importo']}"
    if pendenza.versione != 1 and not storia.dimenticati:
        yield f"pendenza {nuova.id_pendenza}: scritta {pendenza.versione} volte per una riga"


def _esito(storia: "Storia", uno: "Tracciato") -> Iterator[str]:
    from chalicelib.tracciati import archivio
    from chalicelib.tracciati.states import StatoTracciato

    if uno.stato is StatoTracciato.SCARTATO:
        yield f"tracciato {uno.nome}: scartato, {uno.descrizione}"
        return
    corpo = _oggetto(storia, archivio.BUCKET, archivio.esito_key(uno, archivio.JSON))
    if corpo is None:
        yield f"tracciato {uno.nome}: l'esito non c'è"
        return
    esito = json.loads(corpo)["esito"]
    numeri = sorted(riga["numero"] for riga in (*esito["inserimenti"], *esito["annullamenti"]))
    if numeri != list(range(1, uno.righe + 1)):
        yield f"tracciato {uno.nome}: l'esito ha le righe {numeri} di {uno.righe}"
    if uno.stampati:
        avvisi = _oggetto(storia, archivio.BUCKET, archivio.esito_key(uno, archivio.AVVISI)) or b""
        nomi = zipfile.ZipFile(io.BytesIO(avvisi)).namelist()
        if len(nomi) != uno.stampati:
            yield f"tracciato {uno.nome}: {uno.stampati} avvisi stampati, nello zip {len(nomi)}"


def conti(storia: "Storia", libri: Libri) -> Iterator[str]:
    """The product's own proof of the books finds nothing of any day, and what it found each night is as it was chained."""
    from chalicelib.riconciliazione.conti.cammino import advance
    from chalicelib.riconciliazione.conti.operations import begin

    adesso = storia.nuvola.orologio.adesso
    for id_dominio in sorted({posto.id_dominio for posto in libri.posti.values()}):
        for giorno in sorted(storia.giorni):
            trovata = advance(begin(id_dominio, giorno, esecuzione="prova", now=adesso), seconds=60)
            for una in trovata.differenze:
                yield f"conti {id_dominio} {giorno}: {una.danno} {una.oggetto}, {una.atteso} e {una.trovato}"
    for anello in libri.anelli:
        corpo = _oggetto(storia, "riconciliazione", anello.chiave)
        if corpo is None or hashlib.sha256(corpo).hexdigest() != anello.impronta:
            yield f"anello {anello.id_dominio} {anello.progressivo}: il risultato non è quello dell'impronta"


def _oggetto(storia: "Storia", bucket: str, chiave: str) -> bytes | None:
    from chalicelib.aws.documents import Bucket
    from chalicelib.settings import settings

    return storia.nuvola.s3.oggetti.get((settings().bucket(Bucket(bucket)), chiave))
