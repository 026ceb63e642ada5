"""What is open for an ente, as lists of one shape: on the PDF, and as CSV with the labels of the systems in use."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TextIO

from chalicelib.kernel.celle import safe_cell
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.importazione import rules
from chalicelib.riconciliazione.importazione.model import MovimentoCassa
from chalicelib.riconciliazione.importazione.report.raccolta import FLUSSO_DOPO, RICEVUTA_DOPO, Aperti
from chalicelib.riconciliazione.model import Flusso


@dataclass(frozen=True, slots=True, kw_only=True)
class Voce:
    """One thing that is open; `etichetta` is that of p4pa and MyPivot."""

    etichetta: str
    riferimento: str
    data: date | None = None
    importo: Importo | None = None
    nota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elenco:
    nome: str
    titolo: str
    voci: tuple[Voce, ...]


def elenchi_of(aperti: Aperti) -> Iterator[Elenco]:
    """Give the lists in the order in which they are read; an empty one too, as that is news."""
    yield Elenco(
        nome="flussiSenzaAccredito",
        titolo=f"Flussi senza accredito oltre {FLUSSO_DOPO} giorni lavorativi",
        voci=tuple(_flusso(f, f"{f.chiave.id_psp}, {f.stato}") for f in aperti.flussi_senza_accredito),
    )
    yield Elenco(
        nome="revisioniDaVerificare",
        titolo="Revisioni di flussi già riconciliati, da verificare",
        voci=tuple(_flusso(f, f.da_verificare or "") for f in aperti.revisioni_da_verificare),
    )
    yield Elenco(
        nome="accreditiInAttesa",
        titolo="Accrediti in attesa di flusso, di ricevuta o di storno",
        voci=tuple(_accredito(cassa) for cassa in aperti.accrediti_in_attesa),
    )
    yield Elenco(
        nome="ricevuteSenzaFlusso",
        titolo=f"Ricevute senza flusso oltre {RICEVUTA_DOPO} giorni lavorativi",
        voci=tuple(
            Voce(etichetta="RT_NO_IUF", riferimento=r.iuv, data=r.data, importo=r.importo, nota=f"iur {r.iur}")
            for r in aperti.ricevute_senza_flusso
        ),
    )
    yield Elenco(
        nome="pagamentiDoppi",
        titolo="Pagamenti doppi",
        voci=tuple(
            Voce(etichetta="DOPPI", riferimento=iuv, importo=importo) for iuv, importo in aperti.pagamenti_doppi
        ),
    )
    yield Elenco(
        nome="provvisoriDaRegolarizzare",
        titolo="Provvisori riconciliati e non ancora regolarizzati, di questo file",
        voci=tuple(
            Voce(
                etichetta=rules.etichetta(cassa),
                riferimento=cassa.riferimento,
                data=cassa.movimento.data_contabile,
                importo=cassa.movimento.importo,
                nota=f"provvisorio {cassa.movimento.provvisorio}" if cassa.movimento.provvisorio else "",
            )
            for cassa in aperti.da_regolarizzare
        ),
    )


def _flusso(flusso: Flusso, nota: str) -> Voce:
    testata = flusso.testata
    return Voce(
        etichetta="IUF_NO_TES",
        riferimento=flusso.chiave.id_flusso,
        data=None if testata is None else testata.data_regolamento,
        importo=None if testata is None else testata.importo,
        nota=nota,
    )


def _accredito(cassa: MovimentoCassa) -> Voce:
    movimento = cassa.movimento
    esito = (cassa.esito or "").replace("_", " ")
    return Voce(
        etichetta=rules.etichetta(cassa),
        riferimento=cassa.riferimento,
        data=movimento.data_contabile,
        importo=movimento.importo,
        nota=f"provvisorio {movimento.provvisorio}, {esito}" if movimento.provvisorio else esito,
    )


def write_aperti(aperti: Aperti, file: TextIO) -> None:
    """Write the lists as one CSV, as a spreadsheet reads it."""
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(("elenco", "etichetta", "riferimento", "data", "importo", "nota"))
    for elenco in elenchi_of(aperti):
        for voce in elenco.voci:
            giorno = "" if voce.data is None else f"{voce.data:%d/%m/%Y}"
            importo = "" if voce.importo is None else str(voce.importo).replace(".", ",")
            texts = (elenco.nome, voce.etichetta, safe_cell(voce.riferimento), giorno, importo, safe_cell(voce.nota))
            writer.writerow(texts)
