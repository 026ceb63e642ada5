"""Last step: the totals, the report in three forms, and the giornale is CONCLUSO. Or it is refused whole, and why."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.machine import move
from chalicelib.kernel.rome_time import rome_day
from chalicelib.rest import log
from chalicelib.riconciliazione.importazione import archivio, repository
from chalicelib.riconciliazione.importazione.model import FileEsito, Giornale
from chalicelib.riconciliazione.importazione.states import GIORNALE_MOVES, StatoGiornale

_CONCLUSI = frozenset({StatoGiornale.CONCLUSO, StatoGiornale.RIFIUTATO})


def conclude(giornale: Giornale, *, now: datetime) -> Giornale:
    """Write the report and close the giornale; done again after a crash it writes the same.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    stato = move(GIORNALE_MOVES, giornale.stato, StatoGiornale.CONCLUSO)
    concluded = _reported(replace(giornale, stato=stato, concluso=now), now=now)
    log.info("giornale di cassa concluso", id_dominio=giornale.id_dominio, chiave=giornale.id_giornale)
    return concluded


def refuse(giornale: Giornale, *, codice: str, motivo: str, now: datetime, riga: int | None = None) -> Giornale:
    """Refuse a file whole: nothing of it is applied, its report says line and reason, its bytes are kept."""
    stato = move(GIORNALE_MOVES, giornale.stato, StatoGiornale.RIFIUTATO)
    refused = replace(giornale, stato=stato, codice=codice, motivo=motivo, riga_errore=riga, concluso=now)
    log.warning(
        "giornale di cassa rifiutato", id_dominio=giornale.id_dominio, chiave=giornale.id_giornale, codice=codice
    )
    return _reported(refused, now=now)


def write_again(id_dominio: str, id_giornale: str, *, now: datetime) -> None:
    """Write the report of a giornale as it is now."""
    giornale = repository.giornale(id_dominio, id_giornale)
    if giornale is not None and giornale.stato in _CONCLUSI:
        _reported(giornale, now=now)


def _reported(giornale: Giornale, *, now: datetime) -> Giornale:
    from chalicelib.riconciliazione.importazione.report import raccolta, scrittura

    ente = anagrafica.dominio(giornale.id_dominio)
    name = giornale.id_dominio if ente is None else ente.dominio.ragione_sociale
    with archivio.folder() as folder:
        raccolto = raccolta.collect(giornale, Path(folder), oggi=rome_day(now))
        giornale = replace(giornale, totali=raccolto.totali)
        esiti = []
        for formato, path in scrittura.write_all(giornale, raccolto, Path(folder), ente=name, now=now):
            chiave = archivio.report_key(giornale.id_dominio, giornale.nome, formato)
            versione = archivio.put_report(chiave, path, formato=formato)
            esiti.append(FileEsito(formato=formato, chiave=chiave, versione=versione))
    return repository.save_giornale(replace(giornale, esiti=tuple(esiti)))
