"""What comes by the queue: events of S3, and our own steps."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.rest import log
from chalicelib.riconciliazione.importazione import archivio, repository
from chalicelib.riconciliazione.importazione.archivio import Arrivo
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.operations import messaggi
from chalicelib.riconciliazione.importazione.operations.conclusione import conclude, refuse, write_again
from chalicelib.riconciliazione.importazione.operations.elaborazione import work
from chalicelib.riconciliazione.importazione.operations.lettura import begun, read
from chalicelib.riconciliazione.importazione.operations.messaggi import Passo
from chalicelib.riconciliazione.importazione.operations.riprova import retry
from chalicelib.riconciliazione.importazione.states import APERTI, StatoGiornale

# A step that is not begun by then is the next message's: each is given nearly all the time of its Lambda (300 seconds).
SECONDI_A_PASSO = 30.0


def handle(message: Mapping[str, Any], *, now: datetime) -> None:
    """Do what a message of the queue asks for; a step that is done already does nothing.

    :raises WriteConflict: if the same is being worked on elsewhere: the queue delivers it again
    """
    passo = message.get("passo")
    if passo == Passo.IMPORTA:
        go_on(message["idDominio"], message["idGiornale"], now=now)
    elif passo == Passo.RIPROVA:
        retry(message, now=now)
    elif passo == Passo.ESITI:
        write_again(message["idDominio"], message["idGiornale"], now=now)
    else:
        # What S3 sends; when the notification is set up it sends an s3:TestEvent, which has no records.
        for record in message.get("Records", ()):
            arrivo = archivio.arrivo_of(record)
            if arrivo is not None:
                receive(arrivo, now=now)


def receive(arrivo: Arrivo, *, now: datetime) -> None:
    """Begin the import of a file that has come, and do what one message may."""
    giornale = begun(arrivo, now=now)
    if giornale.stato not in APERTI:
        return
    if anagrafica.dominio(arrivo.id_dominio) is None:
        _refuse_folder(giornale, arrivo, now=now)
        return
    if arrivo.is_too_big:
        archivio.set_aside(giornale.originale, arrivo)
        refuse(
            giornale,
            codice="GDC_TROPPO_GRANDE",
            motivo="il file supera 200 MB: dividerlo in più file, uno per giornata",
            now=now,
        )
        return
    _steps(giornale, arrivo, now=now)


def _refuse_folder(giornale: Giornale, arrivo: Arrivo, *, now: datetime) -> None:
    """Refuse a file of an ente that is not registered: its report lies beside it, where whoever put it looks.

    An error of the log, for an alarm: the bank goes on putting files that nobody else would miss.
    """
    log.error("giornale di cassa di un dominio non censito", id_dominio=arrivo.id_dominio, chiave=giornale.id_giornale)
    archivio.set_aside(giornale.originale, arrivo)
    motivo = (
        f"il dominio {arrivo.id_dominio} della cartella non è censito: correggere il nome della cartella, o censire il "
        "dominio, e rimettere il file nella sua cartella in/"
    )
    refuse(giornale, codice="GDC_DOMINIO_NON_CENSITO", motivo=motivo, now=now)


def go_on(id_dominio: str, id_giornale: str, *, now: datetime) -> None:
    giornale = repository.giornale(id_dominio, id_giornale)
    if giornale is not None and giornale.stato in APERTI:
        _steps(giornale, None, now=now)


def _steps(giornale: Giornale, arrivo: Arrivo | None, *, now: datetime) -> None:
    """Read, work, conclude: as much as one message may; the rest is for the next."""
    latest = time.monotonic() + SECONDI_A_PASSO
    if giornale.stato is StatoGiornale.IN_LETTURA:
        giornale = read(giornale, arrivo, now=now)
    if giornale.stato is StatoGiornale.IN_ELABORAZIONE and time.monotonic() <= latest:
        giornale, is_done = work(giornale, now=now)
        if is_done and time.monotonic() <= latest:
            giornale = conclude(giornale, now=now)
    if giornale.stato in APERTI:
        messaggi.send_importa(giornale.id_dominio, giornale.id_giornale)
