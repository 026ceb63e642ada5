"""What became of every row, in the order of the file: `tracciatoPendenzeEsito`, and for a CSV its columns too."""

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import copyfileobj
from typing import Any, TextIO

from chalicelib.kernel.celle import safe_cell
from chalicelib.rest import json_text
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.mappa import standard
from chalicelib.tracciati.mappa.campi import Campo, text_of
from chalicelib.tracciati.model import EsitoRiga, Operazione, Riga, Tracciato
from chalicelib.tracciati.operations.lettore import Lettore
from chalicelib.tracciati.operations.righe import bounds_of
from chalicelib.tracciati.schemas.righe import dati_of, esito_json
from chalicelib.tracciati.schemas.tracciati import head_json, tracciato_json
from chalicelib.tracciati.states import Fase

# A telephone number begins with a +, and is no formula.
_TELEFONO = re.compile(r"\+[0-9 -]+", re.ASCII)


def write_answers(tracciato: Tracciato, json_path: Path, csv_path: Path | None) -> None:
    """Write the answer; of the rows no more than a block is in memory."""
    with ExitStack() as stack:
        aside = stack.enter_context(json_path.with_suffix(".annullamenti").open("w+", encoding="utf-8"))
        main = stack.enter_context(json_path.open("w", encoding="utf-8"))
        lines = None
        if csv_path is not None:
            lines = _Righe(tracciato, stack.enter_context(csv_path.open("w", encoding="utf-8", newline="")))
        body = json_text.write({**tracciato_json(tracciato), "esito": head_json(tracciato)})
        main.write(body.removesuffix("}}") + ',"inserimenti":[')
        counts = {main: 0, aside: 0}
        for riga, esito in _outcomes(tracciato, with_rows=lines is not None):
            target = aside if esito.operazione is Operazione.DEL else main
            target.write(("," if counts[target] else "") + "\n" + json_text.write(esito_json(esito)))
            counts[target] += 1
            if lines is not None and riga is not None:
                lines.write(riga, esito)
        main.write('\n],"annullamenti":[')
        aside.seek(0)
        copyfileobj(aside, main)
        main.write("\n]}}\n")


def _outcomes(tracciato: Tracciato, *, with_rows: bool) -> Iterator[tuple[Riga | None, EsitoRiga]]:
    for blocco in tracciato.blocks_of(Fase.INSERIMENTI):
        da, a = bounds_of(blocco)
        righe = {riga.numero: riga for riga in archivio.blocco(tracciato, blocco)} if with_rows else {}
        for esito in repository.righe(tracciato.id, da=da, a=a):
            yield righe.get(esito.numero), esito


class _Righe:
    """The CSV of the answer: a line for each row, also for those that failed, which have only what went wrong."""

    def __init__(self, tracciato: Tracciato, file: TextIO) -> None:
        self._lettore = Lettore.of(tracciato)
        mappa = self._lettore.mappa
        self._cells = standard.RISPOSTA if mappa is None else mappa.risposta
        self._soggetto = {} if mappa is None else _soggetto_of(mappa.campi)
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(standard.RISPOSTA if mappa is None else mappa.intestazione_risposta)

    def write(self, riga: Riga, esito: EsitoRiga) -> None:
        values = self._values(riga, esito)
        celle = self._lettore.celle(riga)
        row = []
        for cell in self._cells:
            # A row of too few cells has no column to give back.
            is_short = isinstance(cell, Campo) and len(riga.celle) < len(self._lettore.tracciato.intestazione)
            text = "" if is_short else text_of(cell, celle) if isinstance(cell, Campo) else values.get(cell, "")
            row.append(text if _TELEFONO.fullmatch(text) else safe_cell(text))
        self._writer.writerow(row)

    def _values(self, riga: Riga, esito: EsitoRiga) -> Mapping[str, str]:
        common = {"riga": str(riga.linea), "stato": str(esito.stato), "esito": esito.esito}
        if not esito.is_done:
            which = f", {esito.id_pendenza}" if esito.id_pendenza else ""
            errore = f"Riga {esito.linea}{which}: {esito.descrizione}"
            return {**common, "errore": errore, "codice": str(dati_of(esito).get("codice", ""))}
        found: dict[str, Any] = {
            **common,
            "idA2A": esito.id_a2a,
            "idPendenza": esito.id_pendenza,
            "idDominio": esito.id_dominio,
            "tipoPendenza": esito.id_tipo_pendenza,
            "numeroAvviso": esito.numero_avviso,
            "pdfAvviso": esito.nome_pdf if esito.operazione is Operazione.ADD else None,
        }
        celle = self._lettore.celle(riga)
        found |= {name: text_of(campo, celle) for name, campo in self._soggetto.items()}
        return {name: value or "" for name, value in found.items()}


def _soggetto_of(campi: tuple[Campo, ...]) -> dict[str, Campo]:
    """Give where the columns of the answer that tell the debtor come from."""
    by_path = {campo.percorso: campo for campo in campi}
    return {
        name: by_path[f"soggettoPagatore.{field}"]
        for name, field in standard.SOGGETTO.items()
        if f"soggettoPagatore.{field}" in by_path
    }
