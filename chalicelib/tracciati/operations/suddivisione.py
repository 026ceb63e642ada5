"""First step: the whole file is read once; its rows go into blocks, or it is refused and nothing of it is loaded."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.machine import move
from chalicelib.rest import log
from chalicelib.tracciati import archivio, repository, rules
from chalicelib.tracciati.archivio import Arrivo
from chalicelib.tracciati.lettura.csv_righe import open_csv
from chalicelib.tracciati.lettura.errori import TracciatoIllegibile
from chalicelib.tracciati.lettura.json_righe import checked, open_json
from chalicelib.tracciati.mappa.campi import Campo, Celle, applied
from chalicelib.tracciati.mappa.colonne import placed
from chalicelib.tracciati.mappa.dichiarata import Mappa, mappa_of
from chalicelib.tracciati.model import RIGHE_A_BLOCCO, Formato, Operazione, Riga, Tracciato
from chalicelib.tracciati.states import MOVES, Fase, StatoTracciato

_ID_MAX = 70


def split(tracciato: Tracciato, arrivo: Arrivo, *, now: datetime) -> Tracciato:
    """Read the file and store its blocks; give the tracciato IN_ELABORAZIONE, or SCARTATO.

    Done again after a crash it writes the same blocks under the same keys.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    with archivio.folder() as folder:
        path = Path(folder) / "originale"
        if not archivio.bring(tracciato.originale, path, arrivo=arrivo):
            return refuse(tracciato, "il file non è più nel bucket: ricaricarlo", now=now)
        try:
            return _split(tracciato, path, now=now)
        except TracciatoIllegibile as error:
            return refuse(tracciato, error.motivo, now=now)


def refuse(tracciato: Tracciato, motivo: str, *, now: datetime) -> Tracciato:
    log.warning("tracciato scartato", id_dominio=tracciato.id_dominio, chiave=str(tracciato.id))
    return repository.save(rules.refused(tracciato, motivo, now=now))


def _split(tracciato: Tracciato, path: Path, *, now: datetime) -> Tracciato:
    head: dict[str, Any] = {}
    if tracciato.formato is Formato.CSV:
        heading, righe = _of_csv(tracciato, path)
    else:
        heading, (head, righe) = (), _of_json(path)
    doppie = _Doppie()
    blocchi, totale, con_annullamenti = 0, 0, []
    marked = map(doppie.marked, righe)
    while chunk := list(itertools.islice(marked, RIGHE_A_BLOCCO)):
        blocchi, totale = blocchi + 1, totale + len(chunk)
        if any(riga.operazione is Operazione.DEL for riga in chunk):
            con_annullamenti.append(blocchi)
        archivio.put_blocco(tracciato, blocchi, chunk)
    after = replace(
        _named(tracciato, head),
        stato=move(MOVES, tracciato.stato, StatoTracciato.IN_ELABORAZIONE),
        fase=Fase.INSERIMENTI,
        righe=totale,
        blocchi=blocchi,
        con_annullamenti=tuple(con_annullamenti),
        intestazione=heading,
        aggiornato=now,
    )
    log.info("tracciato letto", id_dominio=tracciato.id_dominio, chiave=str(tracciato.id), quanti=totale)
    return repository.save(after)


def _named(tracciato: Tracciato, head: Mapping[str, Any]) -> Tracciato:
    """Take the name of the tracciato out of a JSON; its dominio may not be another than that of the folder."""
    id_dominio = head.get("idDominio")
    if id_dominio and tracciato.id_dominio and id_dominio != tracciato.id_dominio:
        raise TracciatoIllegibile(
            f"idDominio è {str(id_dominio)[:35]}, la cartella è del dominio {tracciato.id_dominio}: usare la sua"
        )
    name = head.get("idTracciato")
    return replace(tracciato, id_tracciato=name) if isinstance(name, str) and name else tracciato


# -- CSV


def mappa_di(tracciato: Tracciato) -> Mappa:
    """Give the layout that the CSV of a tracciato should have.

    :raises TracciatoIllegibile: if the tipo pendenza declares none that can be used
    """
    ente = anagrafica.dominio(tracciato.id_dominio or "")
    tipo = None if ente is None or tracciato.id_tipo_pendenza is None else ente.tipi.get(tracciato.id_tipo_pendenza)
    dettagli = {} if tipo is None else tipo.dettagli or {}
    # The layout of the installation is for what declares none.
    return mappa_of(dettagli if dettagli.get("tracciatoCsv") else anagrafica.configurazione().sezioni)


def _of_csv(tracciato: Tracciato, path: Path) -> tuple[tuple[str, ...], Iterator[Riga]]:
    heading, rows = open_csv(path)
    mappa, posizioni = placed(mappa_di(tracciato), heading)
    importi = [campo for campo in mappa.campi if campo.percorso in {"idA2A", "idPendenza", "importo"}]
    return heading, (
        _riga_csv(numero, linea, row, heading, importi, posizioni) for numero, (linea, row) in enumerate(rows, 1)
    )


def _riga_csv(  # noqa: PLR0917 - one for each thing that a row is read by
    numero: int,
    linea: int,
    row: list[str],
    heading: tuple[str, ...],
    campi: list[Campo],
    posizioni: Mapping[str, int],
) -> Riga:
    if len(row) != len(heading):
        return Riga(
            numero=numero,
            linea=linea,
            operazione=Operazione.NON_VALIDA,
            celle=tuple(row[: len(heading)]),
            errore=f"ha {len(row)} colonne, l'intestazione {len(heading)}: controllare separatori e virgolette",
        )
    found, _ = applied(campi, Celle(posizioni, row))
    # An importo of zero cancels; an empty one does not.
    is_zero = isinstance(found.get("importo"), Decimal | int) and not found["importo"]
    return Riga(
        numero=numero, linea=linea, operazione=Operazione.DEL if is_zero else Operazione.ADD, celle=tuple(row),
        contenuto={name: str(found[name])[:_ID_MAX] for name in ("idA2A", "idPendenza") if name in found},
    )  # fmt: skip


# -- JSON


def _of_json(path: Path) -> tuple[dict[str, Any], Iterator[Riga]]:
    head, elements = open_json(path)
    return head, (_riga_json(numero, *element) for numero, element in enumerate(elements, 1))


def _riga_json(numero: int, linea: int, operazione: Operazione, element: Any) -> Riga:
    errore = checked(element)
    return Riga(
        numero=numero,
        linea=linea,
        operazione=Operazione.NON_VALIDA if errore else operazione,
        contenuto=None if errore else element,
        errore=errore,
    )


# -- the same twice


@dataclass(slots=True)
class _Doppie:
    """Which ids a file has named already, and where: eight bytes a row, for as many rows as a file may have."""

    seen: dict[int, int] = field(default_factory=dict)

    def marked(self, riga: Riga) -> Riga:
        ids = riga.contenuto or {}
        if riga.errore or not (ids.get("idA2A") and ids.get("idPendenza")):
            return riga
        text = f"{riga.operazione}\0{ids['idA2A']}\0{ids['idPendenza']}"
        key = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
        first = self.seen.setdefault(key, riga.numero)
        return riga if first == riga.numero else replace(riga, doppia_di=first)
