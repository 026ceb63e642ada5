"""What must add up, in one IUV, one flow, one incasso. Pure: each gives what does not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import ChiaveRiscossione, Ricevuta, Riscossione, Transazione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import PAGATI
from chalicelib.riconciliazione.conti.model import Danno, Differenza
from chalicelib.riconciliazione.model import Conteggio, Flusso, Incasso, Rendicontazione
from chalicelib.riconciliazione.states import VALIDI, Esito, StatoIncasso, StatoRendicontazione


@dataclass(frozen=True, slots=True, kw_only=True)
class Partita:
    """All that concerns one IUV. `altrove` is money of the pendenza that lies under other enti (two RPT, one pendenza).

    `copia` is the pendenza under its own id; `incassi` those that its riscossioni name, by dominio and id; `originali`
    the digests of the bytes in the archive, by their key, None where there are none.
    """

    transazione: Transazione
    copia: Pendenza | None = None
    altrove: tuple[Riscossione, ...] = ()
    incassi: Mapping[tuple[str, str], Incasso]
    originali: Mapping[str, str | None]


def check_partita(partita: Partita) -> tuple[Differenza, ...]:
    """Check ricevute against riscossioni, both against the pendenza, and what is collected against its incasso."""
    transazione = partita.transazione
    parts = [transazione] if transazione.altrui is None else [transazione, transazione.altrui]
    found: list[Differenza] = []
    for part in parts:
        found += _ricevute(part)
        found += _riscossioni(part, partita.incassi)
        found += _originali(part.ricevute, partita.originali)
    if transazione.posizione is not None:
        found += _pendenza(transazione.posizione, partita)
    return tuple(found)


def _ricevute(part: Transazione) -> Iterator[Differenza]:
    riscossioni = {(r.iur, r.indice): r for r in part.riscossioni}
    for ricevuta in part.ricevute:
        name = f"ricevuta {ricevuta.id_dominio} {ricevuta.iuv} {ricevuta.id_ricevuta}"
        if not ricevuta.esito.is_positivo:
            continue
        somma = Importo.total(voce.importo for voce in ricevuta.voci)
        if somma != ricevuta.importo:
            yield _amount(Danno.IMPORTO_RICEVUTA_DIVERSO, name, ricevuta.importo, somma)
        for voce in ricevuta.voci:
            riscossione = riscossioni.get((voce.iur, voce.indice))
            if riscossione is None and voce.importo:
                yield Differenza(danno=Danno.RICEVUTA_SENZA_RISCOSSIONE, oggetto=f"{name} voce {voce.indice}")
            elif riscossione is not None and riscossione.ccp == ricevuta.ccp and riscossione.importo != voce.importo:
                yield _amount(
                    Danno.IMPORTO_RISCOSSIONE_DIVERSO, _name_of(riscossione), voce.importo, riscossione.importo
                )
    ids = {ricevuta.ccp for ricevuta in part.ricevute}
    for rpp in part.rpp:
        if rpp.is_pagata and rpp.ccp not in ids:
            name = f"rpp {rpp.id_dominio} {rpp.iuv} {rpp.ccp}"
            yield Differenza(danno=Danno.RPP_SENZA_RICEVUTA, oggetto=name)


def _riscossioni(part: Transazione, incassi: Mapping[tuple[str, str], Incasso]) -> Iterator[Differenza]:
    told = {(voce.iur, voce.indice) for r in part.ricevute if r.esito.is_positivo for voce in r.voci}
    for riscossione in part.riscossioni:
        if riscossione.has_ricevuta and (riscossione.iur, riscossione.indice) not in told:
            yield Differenza(danno=Danno.RISCOSSIONE_SENZA_RICEVUTA, oggetto=_name_of(riscossione))
        if riscossione.stato is not StatoRiscossione.INCASSATA:
            continue
        incasso = incassi.get((riscossione.id_dominio_incasso, riscossione.id_incasso or ""))
        if incasso is None or incasso.stato is StatoIncasso.STORNATO:
            name = f"{_name_of(riscossione)} incasso {riscossione.id_incasso}"
            yield Differenza(danno=Danno.RISCOSSIONE_SENZA_INCASSO, oggetto=name)


def _originali(ricevute: Iterable[Ricevuta], originali: Mapping[str, str | None]) -> Iterator[Differenza]:
    for ricevuta in ricevute:
        if ricevuta.originale not in originali:
            continue
        digest = originali[ricevuta.originale]
        name = f"ricevuta {ricevuta.id_dominio} {ricevuta.iuv} {ricevuta.id_ricevuta}"
        if digest is None:
            yield Differenza(danno=Danno.ORIGINALE_MANCANTE, oggetto=name, atteso=ricevuta.sha256)
        elif digest != ricevuta.sha256:
            yield Differenza(danno=Danno.ORIGINALE_ALTERATO, oggetto=name, atteso=ricevuta.sha256, trovato=digest)


def _pendenza(pendenza: Pendenza, partita: Partita) -> Iterator[Differenza]:
    name = f"pendenza {pendenza.id_a2a} {pendenza.id_pendenza}"
    here = partita.transazione.riscossioni
    own = [
        riscossione
        for riscossione in (*here, *partita.altrove)
        if (riscossione.id_a2a, riscossione.id_pendenza) == (pendenza.id_a2a, pendenza.id_pendenza)
    ]
    pagato = Importo.total(riscossione.importo for riscossione in own)
    if pagato != pendenza.importo_pagato:
        yield _amount(Danno.IMPORTO_PAGATO_DIVERSO, name, pagato, pendenza.importo_pagato)
    collected = [r for r in here if r.stato is StatoRiscossione.INCASSATA]
    incassato = Importo.total(riscossione.importo for riscossione in collected)
    if incassato != pendenza.importo_incassato:
        yield _amount(Danno.IMPORTO_INCASSATO_DIVERSO, name, incassato, pendenza.importo_incassato)
    if bool(own) != (pendenza.stato in PAGATI):
        atteso = "pagata" if own else "non pagata"
        yield Differenza(danno=Danno.STATO_PENDENZA_DIVERSO, oggetto=name, atteso=atteso, trovato=pendenza.stato.value)
    if partita.copia is None or replace(partita.copia, versione=0) != replace(pendenza, versione=0):
        yield Differenza(danno=Danno.COPIE_PENDENZA_DIVERSE, oggetto=name)


def check_riga(
    flusso: Flusso,
    rendicontazione: Rendicontazione,
    riscossioni: Mapping[ChiaveRiscossione, Riscossione],
    incasso: Incasso | None,
) -> tuple[Differenza, ...]:
    """Check a row of a flow against the payment it was found to report. Its own anomalies are told elsewhere."""
    chiave = rendicontazione.riscossione
    if chiave is None:
        return ()
    riga = rendicontazione.riga
    name = f"flusso {flusso.chiave.id_dominio} {flusso.chiave.id_flusso} riga {riga.progressivo}"
    riscossione = riscossioni.get(chiave)
    if riscossione is None:
        return (Differenza(danno=Danno.RIGA_SENZA_RISCOSSIONE, oggetto=name),)
    found = []
    importo = Importo(abs(riga.importo.cents)) if riga.esito == Esito.REVOCATO else riga.importo
    if rendicontazione.stato is StatoRendicontazione.OK and riscossione.importo != importo:
        found.append(_amount(Danno.IMPORTO_RIGA_DIVERSO, name, riscossione.importo, importo))
    is_done = incasso is not None and incasso.stato is StatoIncasso.ACQUISITO and flusso.is_incassato
    is_open = riscossione.stato is not StatoRiscossione.INCASSATA
    if is_done and is_open and riga.esito != Esito.REVOCATO:
        found.append(Differenza(danno=Danno.RIGA_NON_INCASSATA, oggetto=name, trovato=riscossione.stato.value))
    return tuple(found)


def check_flusso(flusso: Flusso, counted: Conteggio, incasso: Incasso | None) -> tuple[Differenza, ...]:
    """Check a flow against the rows that are stored of it, and against the incasso that has it."""
    name = f"flusso {flusso.chiave.id_dominio} {flusso.chiave.id_flusso}"
    found = []
    if counted.righe != flusso.conteggio.righe:
        found.append(
            Differenza(
                danno=Danno.RIGHE_FLUSSO_DIVERSE,
                oggetto=name,
                atteso=str(flusso.conteggio.righe),
                trovato=str(counted.righe),
            )
        )
    if counted.somma != flusso.conteggio.somma:
        found.append(_amount(Danno.SOMMA_FLUSSO_DIVERSA, name, flusso.conteggio.somma, counted.somma))
    if flusso.id_incasso is not None and (incasso is None or incasso.stato not in VALIDI):
        found.append(Differenza(danno=Danno.FLUSSO_SENZA_INCASSO, oggetto=name, trovato=f"incasso {flusso.id_incasso}"))
    return tuple(found)


def check_incasso(incasso: Incasso, origine: Flusso | Riscossione | None) -> tuple[Differenza, ...]:
    """Check an incasso that holds against the flow or the payment it was matched with."""
    if incasso.stato not in VALIDI:
        return ()
    name = f"incasso {incasso.id_dominio} {incasso.id_incasso}"
    if origine is None:
        return (Differenza(danno=Danno.INCASSO_SENZA_ORIGINE, oggetto=name, atteso=incasso.trovato),)
    if isinstance(origine, Riscossione):
        importo = origine.importo
    else:
        importo = origine.conteggio.somma if origine.testata is None else origine.testata.importo
    if importo != incasso.accredito.importo:
        return (_amount(Danno.IMPORTO_INCASSO_DIVERSO, name, importo, incasso.accredito.importo),)
    return ()


def _name_of(riscossione: Riscossione) -> str:
    return f"riscossione {riscossione.id_dominio} {riscossione.iuv} {riscossione.iur} {riscossione.indice}"


def _amount(danno: Danno, oggetto: str, atteso: Importo, trovato: Importo) -> Differenza:
    return Differenza(danno=danno, oggetto=oggetto, atteso=str(atteso), trovato=str(trovato))
