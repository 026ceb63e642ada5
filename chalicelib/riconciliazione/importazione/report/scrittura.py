"""A report as JSON and as CSV, written as it is read."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from chalicelib.kernel.celle import safe_cell
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import Riscossione
from chalicelib.rest import json_text
from chalicelib.riconciliazione.importazione import rules, schemas
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.report.raccolta import Aperti, Raccolto
from chalicelib.riconciliazione.model import Flusso

COLONNE = (
    "esercizio",
    "provvisorio",
    "bolletta",
    "data_contabile",
    "data_valuta",
    "importo",
    "cliente",
    "causale",
    "tipo_riferimento",
    "riferimento",
    "esito",
    "atteso",
    "differenza",
    "motivo",
    "prossimo_passo",
    "id_riconciliazione",
    "etichetta",
    "riga",
)


def write_all(
    giornale: Giornale, raccolto: Raccolto, folder: Path, *, ente: str, now: datetime
) -> Iterator[tuple[str, Path]]:
    """Write the three forms into a folder, one after the other."""
    path = folder / "esito.json"
    with path.open("w", encoding="utf-8") as file:
        write_json(giornale, raccolto, file)
    yield "json", path
    path = folder / "esito.csv"
    # The mark that lets spreadsheets read it as UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(giornale, raccolto, file)
    yield "csv", path
    from chalicelib.riconciliazione.importazione.report.pdf import write_pdf

    path = folder / "esito.pdf"
    write_pdf(giornale, raccolto, path, ente=ente, now=now)
    yield "pdf", path


def write_json(giornale: Giornale, raccolto: Raccolto, file: TextIO) -> None:
    head = json_text.write({**schemas.giornale_json(giornale), "aperti": aperti_json(raccolto.aperti)})
    file.write(head.removesuffix("}") + ',"movimenti":[')
    with raccolto.righe.open(encoding="utf-8") as lines:
        file.writelines(("," if number else "") + "\n" + line.rstrip("\n") for number, line in enumerate(lines))
    file.write("\n]}\n")


def aperti_json(aperti: Aperti) -> dict[str, Any]:
    return {
        "flussiSenzaAccredito": [_flusso_json(flusso) for flusso in aperti.flussi_senza_accredito],
        "revisioniDaVerificare": [
            _flusso_json(flusso) | {"motivo": flusso.da_verificare} for flusso in aperti.revisioni_da_verificare
        ],
        "accreditiInAttesa": [
            {
                "id": cassa.id_movimento,
                "provvisorio": cassa.movimento.provvisorio,
                "dataContabile": cassa.movimento.data_contabile,
                "importo": cassa.movimento.importo,
                "riferimento": cassa.riferimento,
                "esito": cassa.esito,
                "etichetta": rules.etichetta(cassa),
            }
            for cassa in aperti.accrediti_in_attesa
        ],
        "ricevuteSenzaFlusso": [_ricevuta_json(riscossione) for riscossione in aperti.ricevute_senza_flusso],
        "pagamentiDoppi": [
            {"iuv": iuv, "etichetta": "DOPPI"} | ({} if importo is None else {"importo": importo})
            for iuv, importo in aperti.pagamenti_doppi
        ],
        "provvisoriDaRegolarizzare": [cassa.movimento.provvisorio for cassa in aperti.da_regolarizzare],
    }


def _flusso_json(flusso: Flusso) -> dict[str, Any]:
    body: dict[str, Any] = {"idFlusso": flusso.chiave.id_flusso, "idPsp": flusso.chiave.id_psp, "stato": flusso.stato}
    if flusso.testata is not None:
        body |= {
            "dataRegolamento": flusso.testata.data_regolamento,
            "importo": flusso.testata.importo,
            "trn": flusso.testata.trn,
        }
    return body | {"etichetta": "IUF_NO_TES"}


def _ricevuta_json(riscossione: Riscossione) -> dict[str, Any]:
    return {
        "iuv": riscossione.iuv,
        "iur": riscossione.iur,
        "data": riscossione.data,
        "importo": riscossione.importo,
        "etichetta": "RT_NO_IUF",
    }


def write_csv(giornale: Giornale, raccolto: Raccolto, file: TextIO) -> None:
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLONNE)
    if giornale.motivo is not None:
        refused = {"esito": giornale.stato, "motivo": giornale.motivo, "riga": giornale.riga_errore}
        writer.writerow([safe_cell(str(refused.get(name) or "")) for name in COLONNE])
    for row in raccolto.rows():
        writer.writerow(_cells(row))


def _cells(row: Mapping[str, Any]) -> list[str]:
    get = row.get
    return [
        safe_cell(get("esercizio", "")),
        safe_cell(get("provvisorio", "")),
        safe_cell(get("bolletta", "")),
        giorno(get("dataContabile")),
        giorno(get("dataValuta")),
        decimale(get("importo")),
        safe_cell(get("cliente", "")),
        safe_cell(get("causale", "")),
        get("tipoRiferimento", ""),
        safe_cell(get("riferimento", "")),
        get("esito", ""),
        decimale(get("atteso")),
        decimale(get("differenza")),
        safe_cell(get("motivo", "")),
        safe_cell(get("prossimoPasso", "")),
        get("idRiconciliazione", ""),
        get("etichetta", ""),
        str(get("riga", "")),
    ]


def giorno(text: str | None) -> str:
    return "" if not text else f"{date.fromisoformat(text):%d/%m/%Y}"


def importo_of(value: Any) -> Importo | None:
    """Read an amount of a row."""
    return None if value is None else Importo.parse(str(value))


def decimale(value: Any) -> str:
    importo = importo_of(value)
    return "" if importo is None else str(importo).replace(".", ",")
