"""What comes by the queue: events of S3, and our own steps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import WriteConflict
from chalicelib.rest import log
from chalicelib.tracciati import archivio, repository, rules
from chalicelib.tracciati.archivio import Arrivo
from chalicelib.tracciati.lettura.errori import MAX_BYTES
from chalicelib.tracciati.model import Formato, Tracciato
from chalicelib.tracciati.operations import avanzamento, messaggi
from chalicelib.tracciati.operations.conclusione import conclude
from chalicelib.tracciati.operations.righe import work
from chalicelib.tracciati.operations.stampa import join_notices, print_block
from chalicelib.tracciati.operations.suddivisione import refuse, split
from chalicelib.tracciati.states import CONCLUSI, Fase, StatoTracciato


def handle(message: Mapping[str, Any], *, now: datetime) -> None:
    """Do what a message of the queue asks for; what is done already is not done again.

    :raises WriteConflict: if the same is being worked on elsewhere: the queue delivers it again
    """
    if "fase" in message:
        _step(message["id"], Fase(message["fase"]), message["blocco"], now=now)
        return
    # What S3 sends; when the notification is set up it sends an s3:TestEvent, which has no records.
    for record in message.get("Records", ()):
        arrivo = archivio.arrivo_of(record)
        if arrivo is not None:
            receive(arrivo, now=now)


def receive(arrivo: Arrivo, *, now: datetime) -> None:
    """Cut a file that has come into blocks, or refuse it whole."""
    tracciato = repository.get(arrivo.id) if arrivo.id is not None else _dropped(arrivo, now=now)
    if tracciato is None or tracciato.stato in CONCLUSI:
        return
    if tracciato.stato is StatoTracciato.IN_ATTESA:
        if arrivo.dimensione > MAX_BYTES:
            refuse(tracciato, f"il file supera {MAX_BYTES // 1_048_576} MB: dividerlo in più tracciati", now=now)
            return
        tracciato = split(tracciato, arrivo, now=now)
    if tracciato.fase is Fase.INSERIMENTI:
        # Cut just now, or before a crash: the messages of a phase may be sent twice, and must be sent once.
        messaggi.send_fase(tracciato)


def _dropped(arrivo: Arrivo, *, now: datetime) -> Tracciato | None:
    """Give the tracciato of a dropped file, registered at the first delivery of its event."""
    if anagrafica.dominio(arrivo.id_dominio) is None:
        # Nobody could read an answer: the file stays where it is, and the log says so.
        log.warning("tracciato di un dominio non censito", id_dominio=arrivo.id_dominio[:35])
        return None
    which = rules.id_of(arrivo.unico)
    known = repository.get(which)
    if known is not None:
        return known
    tracciato = Tracciato(
        id=which,
        nome=arrivo.nome,
        formato=Formato.JSON if arrivo.nome.lower().endswith(".json") else Formato.CSV,
        stato=StatoTracciato.IN_ATTESA,
        caricato=now,
        aggiornato=now,
        originale=archivio.original_key(arrivo.id_dominio, which, arrivo.nome),
        id_dominio=arrivo.id_dominio,
        id_tipo_pendenza=arrivo.id_tipo_pendenza,
        id_tracciato=arrivo.nome,
    )
    try:
        return repository.save(tracciato)
    except WriteConflict:
        return repository.get(which)


def _step(id_tracciato: int, fase: Fase, blocco: int, *, now: datetime) -> None:
    tracciato, fatto = repository.with_block(id_tracciato, fase, blocco)
    if tracciato is None or tracciato.stato in CONCLUSI:
        return
    if fatto is not None:
        if fatto.is_last:
            # It ended its phase, and may have died before it told the next.
            messaggi.send_fase(tracciato)
        return
    if tracciato.fase is not fase:
        return
    match fase:
        case Fase.INSERIMENTI | Fase.ANNULLAMENTI:
            conteggi = work(tracciato, blocco, now=now)
        case Fase.STAMPA:
            conteggi = print_block(tracciato, blocco, now=now)
        case Fase.UNIONE:
            conteggi = join_notices(tracciato)
        case _:
            conclude(tracciato, now=now)
            return
    after = avanzamento.block_done(tracciato, fase, blocco, conteggi, now=now)
    if after is not None and after.fase is not fase:
        messaggi.send_fase(after)
