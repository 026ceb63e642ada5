"""One flow, step by step: its bytes to the archive, then its rows, then its head. A crash costs the step it fell in.

A flow is seen by others when it is whole. What is done twice is done the same: bytes and rows lie under keys that are
their own, money that only a row tells of is known by its key.
"""

import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Dominio
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.aws.transactions import commit
from chalicelib.kernel.importo import Importo
from chalicelib.rest import log
from chalicelib.riconciliazione.model import Avanzamento, ChiaveFlusso, Flusso, Formato, Incasso, Riga, Testata
from chalicelib.riconciliazione.operations import messaggi
from chalicelib.riconciliazione.operations.elenco import SECONDS_A_REQUEST, list_flussi
from chalicelib.riconciliazione.operations.messaggi import Passo
from chalicelib.riconciliazione.operations.pagamenti import send_incasso
from chalicelib.riconciliazione.operations.righe import acquire_rows
from chalicelib.riconciliazione.operations.verifica import VERIFICHE_MAX
from chalicelib.riconciliazione.ports import Annunciato, FlussoAssente, FlussoIllegibile, Ports
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules.flusso import concluded, counted, rejected
from chalicelib.riconciliazione.rules.revisione import following, why_not_followed
from chalicelib.riconciliazione.states import VALIDI, StatoFlusso

# One message does so many rows, then the queue has the rest: a consumer's time is bounded.
RIGHE_A_MESSAGGIO = 5_000
# Rows that no ricevuta tells of take a transaction each: they end a message before its Lambda would (300 seconds).
SECONDI_A_MESSAGGIO = 120.0
# An ente may take 1.5 seconds to answer: a hundred answers are a message's work.
_RIGHE_A_VERIFICA = 50
_ILLEGGIBILE = "-illeggibile"  # what came and could not be read lies beside the place of the part
_IN_MEMORY = 2_000_000  # bytes of a part kept in memory; more lie in a temporary file
_PACE_MS = 1000
_TURN_SECONDS = 2


def acquire_step(message: Mapping[str, Any], *, now: datetime) -> None:
    """Do the step that a message of the queue `flussi` asks for.

    :raises FonteNonDisponibile: so that the queue delivers the message again
    :raises WriteConflict: if the same message is being worked on elsewhere
    """
    if message["passo"] == Passo.ELENCO:
        if _has_turn(message, now):
            list_flussi(message, now=now)
        return
    annunciato = messaggi.annunciato_of(message)
    before, avanzamento = flussi.state_of(annunciato.chiave)
    riesame = message["passo"] == Passo.RIESAME
    if before is not None and avanzamento is None and not _may_examine(before, riesame=riesame):
        return
    if avanzamento is None:
        avanzamento = _begun(annunciato, message, before, now)
    if not avanzamento.scaricato:
        _download(avanzamento, message, now=now)
    else:
        _acquire(avanzamento, message, now=now)


def _may_examine(before: Flusso, *, riesame: bool) -> bool:
    return riesame and not before.is_incassato and not before.obsoleto


def _begun(annunciato: Annunciato, message: Mapping[str, Any], before: Flusso | None, now: datetime) -> Avanzamento:
    """Begin: from nothing, or from the archive where the bytes are there already and can be read."""
    whole = before if before is not None and before.stato is not StatoFlusso.RIFIUTATA else None
    return Avanzamento(
        chiave=annunciato.chiave,
        formato=Formato(message["formato"]),
        id_stazione=message["idStazione"],
        iniziato=now,
        pubblicato=annunciato.pubblicato,
        parti=() if whole is None else whole.originale,
        scaricato=whole is not None,
        testata=None if whole is None else whole.testata,
    )


def _has_turn(message: Mapping[str, Any], now: datetime) -> bool:
    """Take a turn at FdR; where it is not due the message goes back to the queue."""
    if message["formato"] != Formato.FDR:
        return True
    stazione = anagrafica.stazione(message["idStazione"])
    intermediario = message["idStazione"] if stazione is None else stazione.id_intermediario
    if flussi.may_ask(intermediario, now=now, every_ms=_PACE_MS):
        return True
    messaggi.send_again(message, delay_seconds=_TURN_SECONDS)
    return False


# -- bytes


def _download(avanzamento: Avanzamento, message: Mapping[str, Any], *, now: datetime) -> None:
    """Read one part and bring it to the archive: a flow that cannot be read moves no money.

    It is read first: what cannot be read never takes the place of what another delivery of the message has archived.
    """
    if not _has_turn(message, now):
        return
    parte, fonte = len(avanzamento.parti), Ports.fonti[avanzamento.formato]
    key = _archive_key(avanzamento.chiave, parte)
    with _spool() as part:
        try:
            last = fonte.scarica(
                avanzamento.chiave, id_stazione=avanzamento.id_stazione, parte=parte, into=part, now=now
            )
        except FlussoAssente:
            log.warning("flusso non più presente alla fonte", chiave=avanzamento.chiave.id_flusso)
            return
        except FlussoIllegibile as error:
            _reject(avanzamento, str(error), now=now)
            return
        try:
            read = _read(avanzamento, part, parte)
        except FlussoIllegibile as error:
            _reject(_archived(avanzamento, key + _ILLEGGIBILE, part), str(error), now=now)
            return
        avanzamento = _archived(read, key, part)
    avanzamento = flussi.save_progress(replace(avanzamento, scaricato=last))
    if last:
        _acquire(avanzamento, message, now=now)
    else:
        messaggi.send_again(message, delay_seconds=SECONDS_A_REQUEST)


def _spool() -> Any:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def _archived(avanzamento: Avanzamento, key: str, part: BinaryIO) -> Avanzamento:
    part.seek(0)
    content_type = Ports.fonti[avanzamento.formato].content_type
    documents.put_file(Bucket.ARCHIVIO, key, part, content_type=content_type)
    return replace(avanzamento, parti=(*avanzamento.parti, key))


def _archive_key(chiave: ChiaveFlusso, parte: int) -> str:
    revision = f"{chiave.id_psp}-{chiave.revisione}-{chiave.data_ora:%Y%m%dT%H%M%SZ}"
    return f"flussi/{chiave.id_dominio}/{chiave.id_flusso}/{revision}/{parte:05d}"


def _read(avanzamento: Avanzamento, part: BinaryIO, parte: int) -> Avanzamento:
    """Read a part for its form and its figures.

    :raises FlussoIllegibile:
    """
    testata, lette, somma = avanzamento.testata, avanzamento.lette, avanzamento.somma_letta
    part.seek(0)
    for found in _leggi(avanzamento, part, parte, dopo=lette):
        if isinstance(found, Testata):
            testata = found
        else:
            lette, somma = lette + 1, Importo(somma.cents + found.importo.cents)
    if testata is None:
        raise FlussoIllegibile("La testata del flusso manca.")
    return replace(avanzamento, testata=testata, lette=lette, somma_letta=somma, fino_a=(*avanzamento.fino_a, lette))


def _leggi(avanzamento: Avanzamento, part: BinaryIO, parte: int, *, dopo: int) -> Iterator[Testata | Riga]:
    return Ports.fonti[avanzamento.formato].leggi(part, chiave=avanzamento.chiave, parte=parte, dopo=dopo)


# -- rows and head


def _acquire(avanzamento: Avanzamento, message: Mapping[str, Any], *, now: datetime) -> None:
    """Write the rows that are not written yet, then the head; or hand the rest to the next message."""
    completo = anagrafica.dominio(avanzamento.chiave.id_dominio)
    if completo is None:
        _reject(avanzamento, "Il dominio del flusso non è più censito.", now=now)
        return
    to_do, latest = RIGHE_A_MESSAGGIO, time.monotonic() + SECONDI_A_MESSAGGIO
    with closing(_righe(avanzamento, after=avanzamento.conteggio.righe)) as righe:
        while chunk := list(islice(righe, min(flussi.RIGHE_MAX, to_do))):
            before = avanzamento.verifiche
            avanzamento = _acquire_chunk(avanzamento, chunk, completo.dominio, now=now)
            to_do -= len(chunk) + (avanzamento.verifiche - before) * _RIGHE_A_VERIFICA
            if to_do <= 0 or time.monotonic() > latest:
                messaggi.send_again(message, delay_seconds=0)
                return
    _conclude(avanzamento, now=now)


def _acquire_chunk(avanzamento: Avanzamento, chunk: list[Riga], dominio: Dominio, *, now: datetime) -> Avanzamento:
    left = VERIFICHE_MAX - avanzamento.verifiche
    rendicontazioni, asked = acquire_rows(avanzamento.chiave, chunk, dominio=dominio, verifiche=left, now=now)
    conteggio = counted(avanzamento.conteggio, rendicontazioni)
    return flussi.save_progress(replace(avanzamento, conteggio=conteggio, verifiche=avanzamento.verifiche + asked))


def _righe(avanzamento: Avanzamento, *, after: int) -> Generator[Riga, None, None]:
    """Give the rows of the archived parts that come after a place."""
    done = 0
    for parte, key in enumerate(avanzamento.parti):
        if parte < len(avanzamento.fino_a) and avanzamento.fino_a[parte] <= after:
            # Its rows are written: a page is not brought and read again for each of the messages that follow.
            done = avanzamento.fino_a[parte]
            continue
        with _spool() as part:
            if not documents.fetch(Bucket.ARCHIVIO, key, into=part):
                msg = f"il flusso {key} non è nell'archivio"
                raise LookupError(msg)
            part.seek(0)
            for found in _leggi(avanzamento, part, parte, dopo=done):
                if isinstance(found, Riga):
                    done = found.progressivo
                    if done > after:
                        yield found


def _conclude(avanzamento: Avanzamento, *, now: datetime) -> None:
    testata, chiave = avanzamento.testata, avanzamento.chiave
    if testata is None:
        msg = f"il flusso {chiave.id_flusso} è scaricato e non ha testata"
        raise LookupError(msg)
    before, others = _revisions(chiave)
    flusso, passed = concluded(avanzamento, testata, before=before, others=others, now=now)
    flusso, incasso = _followed(flusso)
    also = [] if incasso is None else [incassi.write(incasso)]
    commit([*flussi.writes(flusso, passed, done=avanzamento), *also])
    log.info(
        "flusso acquisito",
        id_dominio=chiave.id_dominio,
        chiave=chiave.id_flusso,
        esito=flusso.stato,
        quanti=flusso.conteggio.righe,
    )
    if incasso is not None:
        # Where a crash comes before this, the schedule finds the incasso: it is IN_ELABORAZIONE.
        send_incasso(incasso.id_dominio, incasso.id_incasso)
    if Ports.flusso_acquisito is not None and not flusso.obsoleto:
        Ports.flusso_acquisito(chiave.id_dominio, chiave.id_flusso)


def _followed(flusso: Flusso) -> tuple[Flusso, Incasso | None]:
    """Bring the incasso that has an older revision to this one, or note on the flow why it stays where it is."""
    if flusso.obsoleto or flusso.id_incasso is None:
        return flusso, None
    incasso = incassi.get(flusso.chiave.id_dominio, flusso.id_incasso)
    if incasso is None or incasso.flusso == flusso.chiave or incasso.stato not in VALIDI:
        return flusso, None
    motivo = why_not_followed(incasso, flusso)
    if motivo is None:
        return replace(flusso, da_verificare=None), following(incasso, flusso)
    log.warning("revisione di un flusso riconciliato da verificare", chiave=flusso.chiave.id_flusso)
    return replace(flusso, da_verificare=motivo), None


def _reject(avanzamento: Avanzamento, motivo: str, *, now: datetime) -> None:
    """Keep a flow that cannot be read, with the reason: it stops nothing but itself, and is asked for again.

    :raises WriteConflict: if another delivery of the message has come further
    """
    before, others = _revisions(avanzamento.chiave)
    if before is None or before.stato is StatoFlusso.RIFIUTATA:
        flusso = rejected(avanzamento, motivo, before=before, others=others, now=now)
        commit([*flussi.writes(flusso, done=avanzamento), *flussi.not_begun(avanzamento)])
    log.warning("flusso rifiutato", id_dominio=avanzamento.chiave.id_dominio, chiave=avanzamento.chiave.id_flusso)


def _revisions(chiave: ChiaveFlusso) -> tuple[Flusso | None, list[Flusso]]:
    found = flussi.revisions(chiave.id_dominio, chiave.id_flusso)
    return next((f for f in found if f.chiave == chiave), None), [f for f in found if f.chiave != chiave]
