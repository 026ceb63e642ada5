"""What the PSPs' flows and the bank tell of the money of an IUV."""

from collections.abc import Iterator

from chalicelib.cronistoria.model import Fase, Fatto, Materiale, Rigo, Segno
from chalicelib.riconciliazione.model import Incasso
from chalicelib.riconciliazione.states import StatoIncasso, StatoRendicontazione

_IN_CORSO = frozenset({StatoIncasso.IN_ELABORAZIONE, StatoIncasso.IN_STORNO})


def conti(materiale: Materiale) -> Iterator[Fatto]:
    yield from (_rigo(rigo) for rigo in materiale.righe)
    for incasso in materiale.incassi:
        yield from _incasso(incasso)


def _rigo(rigo: Rigo) -> Fatto:
    flusso, rendicontazione = rigo.flusso, rigo.rendicontazione
    words = [f"flusso {flusso.chiave.id_flusso} del PSP {flusso.chiave.id_psp}"]
    words.append(f"{rendicontazione.riga.importo.italian()} €, riga {rendicontazione.riga.progressivo}")
    if flusso.testata is not None:
        words.append(f"TRN {flusso.testata.trn}, regolamento {flusso.testata.data_regolamento:%d/%m/%Y}")
    words += [f"{one.codice.value} {one.codice.descrizione}" for one in rendicontazione.segnalazioni]
    if flusso.obsoleto:
        words.append("superato da una revisione più recente")
    anomalous = rendicontazione.stato is StatoRendicontazione.ANOMALA
    return Fatto(
        data=flusso.acquisito,
        fase=Fase.FLUSSO,
        titolo="Rendicontato con anomalie" if anomalous else "Rendicontato dal PSP",
        segno=Segno.KO if anomalous else Segno.OK,
        dettaglio="; ".join(words),
    )


def _incasso(incasso: Incasso) -> Iterator[Fatto]:
    accredito = incasso.accredito
    valuta = f", valuta {accredito.data_valuta:%d/%m/%Y}" if accredito.data_valuta else ""
    yield Fatto(
        data=incasso.registrato,
        fase=Fase.INCASSO,
        titolo="Incasso in elaborazione" if incasso.stato in _IN_CORSO else "Incassato",
        segno=Segno.INFO if incasso.stato in _IN_CORSO else Segno.OK,
        dettaglio=f"incasso {incasso.id_incasso}, accredito di {accredito.importo.italian()} €{valuta}",
    )
    if incasso.stornato is not None:
        done = incasso.stato is StatoIncasso.STORNATO
        yield Fatto(
            data=incasso.stornato,
            fase=Fase.STORNO,
            titolo="Incasso stornato" if done else "Storno dell'incasso in corso",
            segno=Segno.KO,
            dettaglio=f"incasso {incasso.id_incasso}: {incasso.motivo_storno or 'senza motivo'}",
        )
