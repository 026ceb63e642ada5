"""A day of an ente gone through, some steps at a time: what is read is judged, and nothing is written."""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.kernel.rome_time import rome_day, start_of_day
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import Riscossione, Transazione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.repository import caricata_key, year_of
from chalicelib.pendenze.tables import TransazioneItem
from chalicelib.riconciliazione.conti import repository
from chalicelib.riconciliazione.conti.model import Conti, Differenza, Fase, InFlusso, Verifica
from chalicelib.riconciliazione.conti.rules import Partita, check_flusso, check_incasso, check_partita, check_riga
from chalicelib.riconciliazione.model import Conteggio, Flusso, Incasso
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.states import StatoFlusso, StatoIncasso
from chalicelib.riconciliazione.tables import FlussoItem, IncassoItem

_CHUNK = 25  # partitions read before the clock is looked at
_RIGHE = 100
_AFTER = {
    Fase.RPP: Fase.RISCOSSIONI,
    Fase.RISCOSSIONI: Fase.FLUSSI,
    Fase.FLUSSI: Fase.INCASSI,
    Fase.INCASSI: Fase.FATTA,
}


def advance(verifica: Verifica, *, seconds: float) -> Verifica:
    """Go on for so many seconds, one chunk at least; what comes back is where to go on from.

    AWS calls: a Query of an index for 25 attempts or payments, and for each IUV a Query, two BatchGetItem and a GET of
    its ricevuta; for a hundred rows of a flow a Query and a BatchGetItem.
    """
    latest = time.monotonic() + seconds
    while not verifica.is_done:
        verifica = _STEPS[verifica.fase](verifica)
        if time.monotonic() >= latest:
            break
    return verifica


def _listed(
    verifica: Verifica, index: object, key: object, *, by_day: bool = False, most: int = _CHUNK
) -> list[tuple[str, str, str]]:
    """Give what an index has of the day, behind `dopo`; the day may lie in two years of UTC."""
    giorno = verifica.giorno
    if by_day:
        da, a, years = giorno.isoformat(), f"{giorno.isoformat()}#\U0010ffff", [f"{giorno:%Y}"]
    else:
        begin, end = start_of_day(giorno), start_of_day(giorno + timedelta(days=1)) - timedelta(microseconds=1)
        da, a = caricata_key(begin), caricata_key(end) + "\U0010ffff"
        years = list(dict.fromkeys((year_of(begin), year_of(end))))
    found: list[tuple[str, str, str]] = []
    for year in years:
        if len(found) < most:
            found += repository.listed(
                index,  # type: ignore[arg-type]
                f"{verifica.id_dominio}#{year}",
                key,
                da=da,
                a=a,
                dopo=verifica.dopo,
                most=most - len(found),
            )
    return found


def _next(verifica: Verifica, found: list[tuple[str, str, str]], most: int = _CHUNK) -> Verifica:
    if len(found) < most:
        return replace(verifica, fase=_AFTER[verifica.fase], dopo=None, flusso=None)
    return replace(verifica, dopo=found[-1][2])


# -- attempts and payments, by IUV


def _rpp(verifica: Verifica) -> Verifica:
    found = _listed(verifica, TransazioneItem.rpp_per_dominio, TransazioneItem.rpp_data)
    conti, wrong = verifica.conti, list[Differenza]()
    for id_dominio, iuv in _iuvs(found):
        transazione = archivio.load(id_dominio, iuv)
        wrong += _checked(transazione)
        mine = [r for r in _parts(transazione, "ricevute") if r.esito.is_positivo and _is_of(verifica, r.ricevuta)]
        conti = replace(
            conti,
            ricevute=conti.ricevute + len(mine),
            importo_ricevute=Importo.total([conti.importo_ricevute, *(r.importo for r in mine)]),
        )
    conti = replace(conti, rpp=conti.rpp + len(found))
    return _next(replace(verifica, conti=conti).with_found(tuple(wrong)), found)


def _riscossioni(verifica: Verifica) -> Verifica:
    found = _listed(verifica, TransazioneItem.riscossione_per_dominio, TransazioneItem.riscossione_data, by_day=True)
    conti, wrong = verifica.conti, list[Differenza]()
    for id_dominio, iuv in _iuvs(found):
        transazione = archivio.load(id_dominio, iuv)
        mine = [r for r in _parts(transazione, "riscossioni") if r.data == verifica.giorno]
        here = {sk for pk, sk, _ in found if pk == archivio.partition_of(id_dominio, iuv)}
        mine = [r for r in mine if f"{archivio.RISCOSSIONE}{r.iur}#{r.indice}" in here]
        conti = replace(
            conti,
            riscossioni=conti.riscossioni + len(mine),
            importo_riscossioni=Importo.total([conti.importo_riscossioni, *(r.importo for r in mine)]),
        )
        # One that was begun on this day was gone through by its attempt.
        if not any(_is_of(verifica, rpp.creata) for rpp in _parts(transazione, "rpp")):
            wrong += _checked(transazione)
    return _next(replace(verifica, conti=conti).with_found(tuple(wrong)), found)


def _checked(transazione: Transazione) -> tuple[Differenza, ...]:
    """Check an IUV. What is written while it is read may look wrong once: it counts only if it is so again."""
    found = check_partita(_partita(transazione))
    if not found:
        return ()
    again = check_partita(_partita(archivio.load(transazione.id_dominio, transazione.iuv)))
    return tuple(one for one in found if one in again)


def _is_of(verifica: Verifica, instant: datetime) -> bool:
    return rome_day(instant) == verifica.giorno


def _iuvs(found: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    keys = dict.fromkeys(pk for pk, _, _ in found)
    return [(id_dominio, iuv) for id_dominio, _, iuv in (pk.partition("#") for pk in keys)]


def _parts(transazione: Transazione, name: str) -> list:  # type: ignore[type-arg]
    altrui = transazione.altrui
    return [*getattr(transazione, name), *(() if altrui is None else getattr(altrui, name))]


def _partita(transazione: Transazione) -> Partita:
    pendenza = transazione.posizione
    copia = None if pendenza is None else pendenze.get(pendenza.id_a2a, pendenza.id_pendenza)
    altrove: list[Riscossione] = []
    for id_dominio in sorted(
        {voce.id_dominio for voce in (() if pendenza is None else pendenza.voci)} - {None}, key=str
    ):
        if id_dominio is not None and id_dominio != transazione.id_dominio:
            other = archivio.load(id_dominio, transazione.iuv).altrui
            altrove += () if other is None else other.riscossioni
    collected = [r for r in _parts(transazione, "riscossioni") if r.stato is StatoRiscossione.INCASSATA]
    keys = {(r.id_dominio_incasso, r.id_incasso) for r in collected if r.id_incasso}
    originali = {r.originale: _digest(r.originale) for r in _parts(transazione, "ricevute")}
    return Partita(
        transazione=transazione,
        copia=copia,
        altrove=tuple(altrove),
        incassi={(one.id_dominio, one.id_incasso): one for one in _incassi(keys)},
        originali=originali,
    )


def _incassi(keys: Iterable[tuple[str, str]]) -> list[Incasso]:
    wanted = [(incassi.key_of(id_dominio, id_incasso), incassi.SK_INCASSO) for id_dominio, id_incasso in keys]
    return incassi.get_many(wanted) if wanted else []


def _digest(key: str) -> str | None:
    body = documents.get(Bucket.ARCHIVIO, key)
    return None if body is None else hashlib.sha256(body).hexdigest()


# -- flows and incassi


def _flussi(verifica: Verifica) -> Verifica:
    """Go through the rows of the next flow, a hundred; a flow is done when its rows are."""
    found = _listed(verifica, FlussoItem.per_dominio, FlussoItem.data_ora, most=1)
    flusso = next(iter(flussi.get_many((pk, sk) for pk, sk, _ in found)), None)
    if flusso is None or flusso.stato is StatoFlusso.RIFIUTATA or flusso.obsoleto:
        return _next(verifica, found, most=1)
    begun = verifica.flusso
    if begun is None or begun.chiave != flusso.chiave:
        begun = InFlusso(chiave=flusso.chiave, riga="", righe=0, somma=ZERO)
    incasso = next(iter(_incassi({(flusso.chiave.id_dominio, flusso.id_incasso)} if flusso.id_incasso else ())), None)
    rows = list(islice(flussi.rows(flusso.chiave, after=begun.riga or None, most=_RIGHE), _RIGHE))
    payments = archivio.riscossioni_of(row.riscossione for _, row in rows if row.riscossione is not None)
    wrong = [one for _, row in rows for one in check_riga(flusso, row, payments, incasso)]
    somma = Importo.total([begun.somma, *(row.riga.importo for _, row in rows)])
    begun = replace(begun, righe=begun.righe + len(rows), somma=somma, riga=rows[-1][0] if rows else begun.riga)
    if len(rows) == _RIGHE:
        return replace(verifica, flusso=begun).with_found(tuple(wrong))
    counted = Conteggio(righe=begun.righe, somma=begun.somma)
    wrong += check_flusso(flusso, counted, incasso)
    conti = _with_flusso(verifica.conti, begun)
    return _next(replace(verifica, conti=conti).with_found(tuple(wrong)), found, most=1)


def _with_flusso(conti: Conti, gone: InFlusso) -> Conti:
    return replace(
        conti,
        flussi=conti.flussi + 1,
        righe=conti.righe + gone.righe,
        importo_flussi=conti.importo_flussi + gone.somma,
    )


def _incassi_step(verifica: Verifica) -> Verifica:
    found = _listed(verifica, IncassoItem.per_dominio, IncassoItem.registrato)
    conti, wrong = verifica.conti, list[Differenza]()
    for incasso in incassi.get_many((pk, sk) for pk, sk, _ in found) if found else ():
        wrong += check_incasso(incasso, _origine(incasso))
        if incasso.stato is not StatoIncasso.STORNATO:
            importo = conti.importo_incassi + incasso.accredito.importo
            conti = replace(conti, incassi=conti.incassi + 1, importo_incassi=importo)
    return _next(replace(verifica, conti=conti).with_found(tuple(wrong)), found)


def _origine(incasso: Incasso) -> Flusso | Riscossione | None:
    if incasso.flusso is not None:
        flusso = next(iter(flussi.get_many([flussi.key_of(incasso.flusso)])), None)
        return flusso if flusso is not None and flusso.id_incasso == incasso.id_incasso else None
    if incasso.riscossione is None:
        return None
    return archivio.riscossioni_of([incasso.riscossione]).get(incasso.riscossione)


_STEPS = {Fase.RPP: _rpp, Fase.RISCOSSIONI: _riscossioni, Fase.FLUSSI: _flussi, Fase.INCASSI: _incassi_step}
