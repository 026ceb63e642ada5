"""First step: the whole file is checked, then its rows and movements are stored, some at a time.

A movement's key is written once: whatever file brings it again finds it there. Rows, movements and progress go in one
transaction, so that a crash costs the transaction it fell in.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.kernel.machine import move
from chalicelib.kernel.rome_time import rome_day
from chalicelib.rest import log
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa import Giornale as Lettura
from chalicelib.riconciliazione.giornale_di_cassa import GiornaleIllegibile, Movimento, Riga, open_giornale
from chalicelib.riconciliazione.importazione import archivio, repository, rules
from chalicelib.riconciliazione.importazione.archivio import Arrivo
from chalicelib.riconciliazione.importazione.model import (
    Classe,
    Giornale,
    MovimentoCassa,
    RigaGiornale,
    Spiegazione,
    id_movimento_of,
)
from chalicelib.riconciliazione.importazione.operations.conclusione import refuse
from chalicelib.riconciliazione.importazione.states import GIORNALE_MOVES, StatoGiornale

# With row and movement each, and the giornale, below the hundred writes of a transaction.
RIGHE_A_SCRITTURA = 40
RIGHE_A_MESSAGGIO = 10_000
_MAX_ATTEMPTS = 5


def begun(arrivo: Arrivo, *, now: datetime) -> Giornale:
    """Give the giornale of a file that has come, IN_LETTURA if it is new or was only announced."""
    known = repository.giornale(arrivo.id_dominio, arrivo.id_giornale)
    if known is not None and known.stato is not StatoGiornale.ATTESO:
        return known
    giornale = known or Giornale(
        id_dominio=arrivo.id_dominio,
        id_giornale=arrivo.id_giornale,
        nome=arrivo.nome,
        stato=StatoGiornale.ATTESO,
        ricevuto=now,
        originale=archivio.original_key(arrivo.id_dominio, arrivo.id_giornale, arrivo.nome),
    )
    stato = move(GIORNALE_MOVES, giornale.stato, StatoGiornale.IN_LETTURA)
    return repository.save_giornale(replace(giornale, stato=stato, dimensione=arrivo.dimensione))


def read(giornale: Giornale, arrivo: Arrivo | None, *, now: datetime) -> Giornale:
    """Store the rows that are not stored yet, up to what a message may; refuse the file whole if it must be.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    with archivio.folder() as folder:
        path = archivio.bring(giornale.originale, folder, arrivo=arrivo)
        if path is None:
            return refuse(giornale, codice="GDC_ASSENTE", motivo="il file non è più nel bucket: ricaricarlo", now=now)
        try:
            lettura = open_giornale(path, name=giornale.nome)
            giornale = _checked(giornale, lettura)
        except GiornaleIllegibile as error:
            return refuse(giornale, codice=error.codice, motivo=error.dettaglio, riga=error.riga, now=now)
        altri = [t for t in giornale.testate if rules.is_of_altro_ente(t, giornale.id_dominio)]
        if altri:
            motivo = (
                f"{altri[0].documento}: il giornale è dell'ente {altri[0].codice_fiscale_ente[:35]}, la cartella è "
                f"dell'ente {giornale.id_dominio}: metterlo nella cartella del suo ente"
            )
            return refuse(giornale, codice="GDC_ALTRO_ENTE", motivo=motivo, now=now)
        return _store(giornale, lettura, now=now)


def _checked(giornale: Giornale, lettura: Lettura) -> Giornale:
    """Read to the end: nothing is stored of a file that breaks off.

    :raises GiornaleIllegibile:
    """
    controllo = lettura.check()
    return replace(
        giornale,
        testate=controllo.testate[:_TESTATE_MAX],
        avvertenze=controllo.avvertenze[:_TESTATE_MAX],
        righe=controllo.righe,
        entrate=controllo.entrate,
        uscite=controllo.uscite,
    )


# Of a zip of a thousand journals the first are enough to say what it was.
_TESTATE_MAX = 100


def _store(giornale: Giornale, lettura: Iterable[Riga], *, now: datetime) -> Giornale:
    left = RIGHE_A_MESSAGGIO
    righe = itertools.islice(enumerate(lettura, 1), giornale.lette, None)
    while chunk := list(itertools.islice(righe, min(RIGHE_A_SCRITTURA, left))):
        giornale = _store_chunk(giornale, chunk, now=now)
        left -= len(chunk)
        if left <= 0:
            return giornale
    log.info(
        "giornale di cassa letto", id_dominio=giornale.id_dominio, chiave=giornale.id_giornale, quanti=giornale.lette
    )
    return repository.save_giornale(
        replace(giornale, stato=move(GIORNALE_MOVES, giornale.stato, StatoGiornale.IN_ELABORAZIONE))
    )


def _store_chunk(giornale: Giornale, chunk: Sequence[tuple[int, Riga]], *, now: datetime) -> Giornale:
    """Store some rows; a movement that another file stores in the same moment is found when it is tried again."""
    for attempt in range(_MAX_ATTEMPTS):
        ids = {id_movimento_of(riga) for _, riga in chunk if isinstance(riga, Movimento)}
        known = {key: cassa.movimento for key, cassa in repository.movimenti(giornale.id_dominio, ids).items()}
        writes, righe = _writes(giornale, chunk, known, now)
        seguiti = sum(riga.classe in {Classe.STORNO, Classe.REGOLARIZZAZIONE} for riga in righe)
        after = replace(giornale, lette=chunk[-1][0], seguiti=giornale.seguiti + seguiti)
        try:
            return repository.save_giornale(after, writes)
        except WriteConflict as conflict:
            if attempt == _MAX_ATTEMPTS - 1 or "giornale" in conflict.names:
                raise
    raise AssertionError


def _writes(
    giornale: Giornale, chunk: Sequence[tuple[int, Riga]], known: dict[str, Movimento], now: datetime
) -> tuple[list[Write], list[RigaGiornale]]:
    writes: list[Write] = []
    righe: list[RigaGiornale] = []
    for numero, letta in chunk:
        riga = _riga(numero, letta, known)
        if isinstance(letta, Movimento) and riga.gia is None:
            id_movimento = riga.id_movimento or ""
            known[id_movimento] = letta
            writes.append(repository.movimento_write(_cassa(giornale, numero, letta, id_movimento, now)))
        writes.append(repository.riga_write(giornale, riga))
        righe.append(riga)
    return writes, righe


def _riga(numero: int, letta: Riga, known: dict[str, Movimento]) -> RigaGiornale:
    base = RigaGiornale(numero=numero, documento=letta.documento, posizione=letta.posizione, riga=letta.riga)
    if not isinstance(letta, Movimento):
        return replace(
            base, gia=EsitoMovimento.ILLEGGIBILE, motivo=letta.motivo, numero_provvisorio=letta.numero_provvisorio
        )
    id_movimento = id_movimento_of(letta)
    before = known.get(id_movimento)
    if before is None:
        return replace(base, id_movimento=id_movimento, classe=rules.classify(letta))
    if before.importo == letta.importo:
        return replace(base, id_movimento=id_movimento, gia=EsitoMovimento.GIA_ACQUISITO)
    motivo = (
        f"lo stesso movimento è già acquisito con un altro importo: {before.importo.italian()} €, ora "
        f"{letta.importo.italian()} €; quello acquisito non è stato cambiato: verificare con il tesoriere"
    )
    return replace(base, id_movimento=id_movimento, gia=EsitoMovimento.RIFIUTATO, motivo=motivo, movimento=letta)


def _cassa(giornale: Giornale, numero: int, letta: Movimento, id_movimento: str, now: datetime) -> MovimentoCassa:
    classe = rules.classify(letta)
    esito, spiegazione = _known_at_once(letta, classe, rome_day(now))
    return MovimentoCassa(
        id_dominio=giornale.id_dominio,
        id_movimento=id_movimento,
        id_giornale=giornale.id_giornale,
        numero=numero,
        nome_file=giornale.nome,
        movimento=letta,
        acquisito=now,
        classe=classe,
        esito=esito,
        spiegazione=spiegazione,
    )


def _known_at_once(letta: Movimento, classe: Classe, oggi: date) -> tuple[EsitoMovimento | None, Spiegazione | None]:
    """Give the outcome of what needs no archive to be judged: most of a journal, which so is written once."""
    if classe in {Classe.NIENTE, Classe.REGOLARIZZAZIONE}:
        return EsitoMovimento.IGNORATO, rules.ignored(letta)
    if classe is Classe.CREDITO and rules.is_not_pagopa(letta):
        esito = EsitoMovimento.NON_PAGOPA
        return esito, rules.explained(letta, esito, evidenza=rules.SENZA_RIFERIMENTI, oggi=oggi)
    return None, None
