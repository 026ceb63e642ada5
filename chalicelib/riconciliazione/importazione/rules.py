"""What a movement asks for, and how its outcome is explained. No AWS, no clock, no I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.riconciliazione.causale import TipoRiferimento, read_causale
from chalicelib.riconciliazione.esiti import EsitoIncasso, EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    ESEGUITO,
    SOSPESO_ENTRATA,
    Movimento,
    Testata,
)
from chalicelib.riconciliazione.importazione.calendario import after_working_days
from chalicelib.riconciliazione.importazione.model import Classe, MovimentoCassa, Spiegazione, Totale
from chalicelib.riconciliazione.model import Accredito
from chalicelib.riconciliazione.rules.incasso import CAUSALE_MAX, ID_FLUSSO_MAX, Riferito

E = EsitoMovimento
SENZA_RIFERIMENTI = "nella causale non ci sono riferimenti di pagoPA"
ATTESA_GIORNI = 10  # working days after which the PSP is asked
_REVERSALE, _REGOLARIZZATO, _RIPRISTINATO = "REVERSALE", "REGOLARIZZATO", "RIPRISTINATO"
_ABI = 5


# -- the file


def is_of_altro_ente(testata: Testata, id_dominio: str) -> bool:
    """Tell a journal that names another ente than that of its folder; only OPI names one."""
    return bool(testata.codice_fiscale_ente) and testata.codice_fiscale_ente != id_dominio


def totals(movimenti: Iterable[tuple[EsitoMovimento, Movimento | None]]) -> tuple[Totale, ...]:
    """Count and sum by outcome, in the order of the outcomes: the entrate add up to those of the file."""
    found: dict[EsitoMovimento, Totale] = {}
    for esito, movimento in movimenti:
        found[esito] = added(found.get(esito), esito, movimento)
    return tuple(found[esito] for esito in EsitoMovimento if esito in found)


def added(totale: Totale | None, esito: EsitoMovimento, movimento: Movimento | None) -> Totale:
    before = totale or Totale(esito=esito, quanti=0)
    importo = ZERO if movimento is None else movimento.importo
    is_entrata = movimento is None or movimento.is_entrata
    return Totale(
        esito=esito,
        quanti=before.quanti + 1,
        entrate=before.entrate + (importo if is_entrata else ZERO),
        uscite=before.uscite + (ZERO if is_entrata else importo),
    )


# -- a movement


def classify(movimento: Movimento) -> Classe:
    """Tell what a movement asks for. A reversale has a number of its own: its storno undoes no credit.

    REGOLARIZZAZIONE is also what takes the mark away: the storno of a reversale, a provvisorio RIPRISTINATO.
    """
    if not movimento.is_entrata:
        return Classe.NIENTE
    if movimento.tipo_documento == _REVERSALE:
        return Classe.REGOLARIZZAZIONE if movimento.sospesi else Classe.NIENTE
    if movimento.tipo_documento != SOSPESO_ENTRATA:
        return Classe.NIENTE
    if movimento.is_storno:
        return Classe.STORNO
    if movimento.tipo_operazione == _RIPRISTINATO:
        return Classe.REGOLARIZZAZIONE
    return Classe.CREDITO if movimento.tipo_operazione == ESEGUITO else Classe.NIENTE


def reopened(movimento: Movimento) -> bool:
    """Tell a movement that takes the mark of regularised away from its provvisori."""
    return movimento.is_storno or movimento.tipo_operazione == _RIPRISTINATO


def reversale_of(movimento: Movimento) -> str:
    return f"reversale {movimento.numero_provvisorio} del {movimento.data_contabile:%d/%m/%Y}"


def regularised(originale: MovimentoCassa, movimento: Movimento) -> MovimentoCassa:
    """Give a provvisorio as a reversale, or what undoes it, leaves it."""
    if not reopened(movimento):
        return replace(originale, regolarizzato_da=reversale_of(movimento))
    marked = originale.regolarizzato_da
    is_meant = movimento.tipo_documento != _REVERSALE or (marked or "").startswith(
        f"reversale {movimento.numero_provvisorio} "
    )
    return replace(originale, regolarizzato_da=None if is_meant else marked)


def is_not_pagopa(movimento: Movimento) -> bool:
    """Tell a credit in which nothing speaks of pagoPA, neither the causale nor a column of its own."""
    has_column = movimento.iuf or movimento.iuv
    return not has_column and read_causale(movimento.causale).tipo is TipoRiferimento.NESSUNO


def ignored(movimento: Movimento) -> Spiegazione:
    """Explain what is not a credit: nothing is done with it."""
    if not movimento.is_entrata:
        evidenza = "uscita"
    elif movimento.sospesi and not movimento.is_storno and movimento.tipo_documento == _REVERSALE:
        provvisori = ", ".join(f"{movimento.esercizio}-{sospeso.numero}" for sospeso in movimento.sospesi[:20])
        more = f" e altri {len(movimento.sospesi) - 20}" if len(movimento.sospesi) > 20 else ""  # noqa: PLR2004
        evidenza = f"regolarizzazione del provvisorio {provvisori}{more}"
    elif movimento.tipo_documento == _REVERSALE and movimento.is_storno:
        provvisori = ", ".join(f"{movimento.esercizio}-{sospeso.numero}" for sospeso in movimento.sospesi[:20])
        evidenza = f"storno della reversale {movimento.numero_provvisorio}: " + (
            f"il provvisorio {provvisori} è di nuovo da regolarizzare"
            if provvisori
            else "non elenca provvisori, nulla è cambiato"
        )
    elif movimento.tipo_operazione == _REGOLARIZZATO:
        evidenza = "movimento già regolarizzato dal tesoriere"
    elif movimento.tipo_operazione == _RIPRISTINATO:
        evidenza = "ripristino di un provvisorio già comunicato, di nuovo da regolarizzare"
    else:
        evidenza = f"{movimento.tipo_documento.lower()}: non è un accredito da riconciliare"
    return Spiegazione(
        regola="Solo i provvisori di entrata eseguiti si riconciliano.", evidenza=evidenza, prossimo_passo="Nessuno."
    )


def accredito_of(cassa: MovimentoCassa, riferito: Riferito, conti: Iterable[str]) -> Accredito:
    """Give the credit as `registra_incasso` takes it. A causale that does not fit is left out: the reference is known."""
    movimento = cassa.movimento
    causale = " ".join(movimento.causale.split())
    return Accredito(
        id_dominio=cassa.id_dominio,
        importo=movimento.importo,
        causale=causale if len(causale) <= CAUSALE_MAX else None,
        iuv=riferito.iuv,
        id_flusso=riferito.id_flusso,
        id_incasso=movimento.id_riconciliazione,
        sct=movimento.sct or None,
        data_valuta=movimento.data_valuta,
        data_contabile=movimento.data_contabile,
        # The bank may pay into an account that the anagrafica does not have: that is no reason to refuse money.
        iban_accredito=movimento.iban if movimento.iban in conti else None,
    )


def assigned(cassa: MovimentoCassa, riferito: Riferito, tipo: str) -> MovimentoCassa:
    return replace(cassa, tipo_riferimento=tipo, id_flusso=riferito.id_flusso, iuv=riferito.iuv)


def concluded(cassa: MovimentoCassa, esito: EsitoIncasso, *, altro: str = "", oggi: date) -> MovimentoCassa:
    """Give the movement with the outcome of its registration.

    `altro` names the provvisorio that has what this one is for. GIA_ACQUISITO of its own id is a registration that a
    crash left unsaid: the movement is RICONCILIATO.
    """
    found = E.RICONCILIATO if esito.incasso is not None else esito.esito
    cosa = _cosa(cassa, esito)
    return replace(
        cassa,
        esito=found,
        codice=esito.codice,
        atteso=esito.atteso,
        pagato=esito.pagato,
        id_incasso=None if esito.incasso is None else esito.incasso.id_incasso,
        spiegazione=explained(
            cassa.movimento, found, cosa=cosa, evidenza=_evidence(cassa, esito, cosa, altro), oggi=oggi
        ),
    )


def _cosa(cassa: MovimentoCassa, esito: EsitoIncasso) -> str:
    trovato = esito.riferimento or cassa.riferimento
    if cassa.id_flusso:
        return f"flusso {trovato}"
    return f"pagamento con iuv {trovato}" if cassa.iuv else "movimento"


def _evidence(cassa: MovimentoCassa, esito: EsitoIncasso, cosa: str, altro: str) -> str:
    importo = cassa.movimento.importo
    if esito.incasso is not None:
        return f"{cosa}, importo {importo.italian()} €"
    if esito.esito is E.IMPORTO_DIVERSO and esito.atteso is not None:
        differenza = importo - esito.atteso
        words = (
            f"{cosa}: atteso {esito.atteso.italian()} €, accreditato {importo.italian()} €, "
            f"differenza {differenza.italian()} €"
        )
        if esito.pagato is not None and esito.pagato != esito.atteso:
            words += f"; la somma dei pagamenti del flusso è {esito.pagato.italian()} €"
        return words
    if esito.esito is E.DUPLICATO and altro:
        return f"{cosa} già riconciliato con {altro}"
    return esito.motivo or cosa


def with_revision(cassa: MovimentoCassa, words: str | None, *, oggi: date) -> MovimentoCassa:
    """Give a reconciled movement with what a newer revision of its flow leaves to be checked, or without."""
    evidenza = f"flusso {cassa.id_flusso}, importo {cassa.movimento.importo.italian()} €"
    spiegazione = explained(cassa.movimento, E.RICONCILIATO, evidenza=evidenza, oggi=oggi)
    if words is not None:
        passo = "Chiedere al PSP quale revisione vale; finché non è chiaro, la ripartizione resta quella precedente."
        spiegazione = replace(spiegazione, evidenza=f"{evidenza}. {words}", prossimo_passo=passo)
    return replace(cassa, spiegazione=spiegazione)


def explained(movimento: Movimento, esito: EsitoMovimento, *, cosa: str = "", evidenza: str, oggi: date) -> Spiegazione:
    """Explain an outcome: the rule that fired, what it saw, what happens next."""
    if esito in _CHE_ASPETTANO:
        return _waiting(movimento, esito, evidenza, oggi)
    regola, passo = REGOLE[esito]
    return Spiegazione(regola=regola, evidenza=evidenza or cosa, prossimo_passo=passo)


def _waiting(movimento: Movimento, esito: EsitoMovimento, evidenza: str, oggi: date) -> Spiegazione:
    entro = after_working_days(movimento.data_contabile, ATTESA_GIORNI)
    regola, prima, dopo = _CHE_ASPETTANO[esito]
    passo = (
        dopo if oggi > entro else f"{prima} Se entro il {entro:%d/%m/%Y} non cambia nulla: {dopo[0].lower()}{dopo[1:]}"
    )
    return Spiegazione(regola=regola, evidenza=evidenza, prossimo_passo=passo, entro=entro)


_CHE_ASPETTANO = {
    E.FLUSSO_ASSENTE: (
        "La causale nomina un flusso di rendicontazione che non è ancora arrivato.",
        "Si riprova da solo all'arrivo del flusso e una volta al giorno.",
        "Chiedere il flusso al PSP che ha disposto l'accredito.",
    ),
    E.FLUSSO_ANOMALO: (
        "Il flusso è arrivato e presenta anomalie: non si applica finché non sono risolte.",
        "Si riprova da solo quando il flusso viene riesaminato e una volta al giorno.",
        "Chiedere al PSP di rimandare il flusso corretto.",
    ),
    E.PAGAMENTO_ASSENTE: (
        "La causale nomina uno IUV di cui non è arrivata la ricevuta.",
        "Si riprova da solo all'arrivo della ricevuta e una volta al giorno.",
        "Chiedere al PSP la ricevuta del pagamento.",
    ),
    E.DUPLICATO: (
        "Un flusso o un pagamento si riconcilia con un solo provvisorio.",
        "Si riprova da solo se il primo accredito viene stornato.",
        "Chiedere alla banca se il secondo accredito è dovuto.",
    ),
}

REGOLE = {
    E.RICONCILIATO: (
        "Flusso o pagamento trovato, importo uguale al centesimo.",
        "Emettere la reversale con la ripartizione indicata e regolarizzare il provvisorio.",
    ),
    E.IMPORTO_DIVERSO: (
        "L'importo accreditato deve essere uguale al centesimo a quello atteso.",
        "Chiedere chiarimenti al PSP; nulla è stato applicato.",
    ),
    E.AMBIGUO: (
        "La causale può riferirsi a più flussi o pagamenti.",
        "Indicare a mano il flusso o lo IUV a cui si riferisce l'accredito.",
    ),
    E.CAUSALE_ILLEGGIBILE: (
        "La causale è di pagoPA e il riferimento non si legge.",
        "Indicare a mano il flusso o lo IUV a cui si riferisce l'accredito.",
    ),
    E.PROPOSTA: (
        "Il riferimento è stato letto senza il segno previsto, o è troncato; l'importo corrisponde.",
        "Confermare la proposta, oppure indicare un altro riferimento.",
    ),
    E.NON_PAGOPA: ("La causale non ha segni di pagoPA.", "Nessuno: l'accredito si tratta fuori da pagoPA."),
    E.RIFIUTATO: (
        "L'accredito non si può registrare.",
        "Leggere il motivo; se il dato della banca è errato, farsi rimandare il giornale.",
    ),
    E.ILLEGGIBILE: (
        "La riga non si può leggere; le altre righe del file sono state elaborate.",
        "Farsi rimandare dal tesoriere la riga corretta.",
    ),
    E.GIA_ACQUISITO: ("Lo stesso movimento è già stato acquisito.", "Nessuno."),
}


# -- storni


def storno_of(cassa: MovimentoCassa, candidates: Sequence[MovimentoCassa]) -> MovimentoCassa | None:
    """Choose what a storno undoes: first what has the opposite amount, then what the bank names."""
    crediti = [
        one for one in candidates if one.classe is Classe.CREDITO and one.stornato_da in {None, cassa.id_movimento}
    ]
    opposite = [one for one in crediti if are_opposite(cassa, one)]
    named = _named_bolletta(cassa.movimento)
    by_bolletta = [one for one in opposite or crediti if one.movimento.numero_bolletta == named]
    return next(iter(by_bolletta or opposite or crediti), None)


def _named_bolletta(movimento: Movimento) -> str:
    return movimento.numero_bolletta_storno or movimento.numero_bolletta


def are_opposite(storno: MovimentoCassa, originale: MovimentoCassa) -> bool:
    """Compare the amounts; some banks write the amount of a storno with no sign."""
    return abs(storno.movimento.importo.cents) == originale.movimento.importo.cents


def describe(cassa: MovimentoCassa) -> str:
    """Name a movement as people quote it."""
    if cassa.movimento.provvisorio:
        return f"il provvisorio {cassa.movimento.provvisorio}"
    return f"il movimento {cassa.movimento.posizione} di {cassa.nome_file}"


def storno_explained(cassa: MovimentoCassa, originale: MovimentoCassa | None, *, annullata: bool) -> Spiegazione:
    regola = "La banca ha stornato un accredito."
    if originale is None:
        return Spiegazione(
            regola=regola,
            evidenza="il movimento originario non è fra quelli acquisiti: da verificare",
            prossimo_passo="Si riprova da solo una volta al giorno; importare il giornale che contiene l'accredito.",
        )
    what = f"storna il movimento {originale.movimento.posizione} di {originale.nome_file}, {describe(originale)}"
    if not are_opposite(cassa, originale):
        return Spiegazione(
            regola="Si annulla solo un accredito di importo opposto.",
            evidenza=f"{what}; importo diverso dall'originario: storno {cassa.movimento.importo.italian()} €, "
            f"accredito {originale.movimento.importo.italian()} €; da verificare",
            prossimo_passo="Verificare con la banca quale accredito è stornato; nulla è stato annullato.",
        )
    evidenza = f"{what}; riconciliazione annullata" if annullata else f"{what}, che non era riconciliato"
    return Spiegazione(
        regola=regola, evidenza=evidenza, prossimo_passo="Nessuno: il flusso o il pagamento è di nuovo libero."
    )


def reversed_by(originale: MovimentoCassa, storno: MovimentoCassa) -> MovimentoCassa:
    """Give the credit that the bank took back: kept, with what had become of it."""
    stato = f" Prima: {originale.esito}." if originale.esito is not None else ""
    passo = "Nessuno: il flusso o il pagamento è di nuovo libero."
    if originale.regolarizzato_da is not None:
        passo = f"Il provvisorio era regolarizzato: annullare o ridurre la {originale.regolarizzato_da}."
    return replace(
        originale,
        esito=E.STORNATO,
        stornato_da=storno.id_movimento,
        spiegazione=Spiegazione(
            regola="La banca ha stornato l'accredito.",
            evidenza=f"stornato il {storno.movimento.data_contabile:%d/%m/%Y} da {describe(storno)} "
            f"({storno.nome_file}).{stato}",
            prossimo_passo=passo,
        ),
    )


# -- proposals


def proposed(cassa: MovimentoCassa, riferito: Riferito, why: str, *, oggi: date) -> MovimentoCassa:
    tipo = cassa.tipo_riferimento
    after = assigned(cassa, riferito, tipo)
    evidenza = f"{why}: {riferito.valore}, importo {cassa.movimento.importo.italian()} €"
    spiegazione = explained(cassa.movimento, E.PROPOSTA, evidenza=evidenza, oggi=oggi)
    return replace(after, esito=E.PROPOSTA, spiegazione=spiegazione, codice=None, atteso=None, pagato=None)


def may_be_truncated(id_flusso: str) -> bool:
    """Tell an id that may be the beginning of a longer one: with its date, and something of the PSP."""
    return len("yyyy-MM-dd") + _ABI < len(id_flusso) < ID_FLUSSO_MAX


# -- labels


def etichetta(cassa: MovimentoCassa) -> str:
    """Give the label that PagoPA's piattaforma unitaria (p4pa) and MyPivot use for it; empty where they have none."""
    if cassa.esito is E.RICONCILIATO:
        # A single credit has its ricevuta and no flow: the published labels have no other word for it.
        return "RT_IUF_TES" if cassa.id_flusso else "RT_NO_IUF"
    if cassa.esito is E.IMPORTO_DIVERSO:
        return "IUF_TES_DIV_IMP" if cassa.id_flusso else "UNKNOWN"
    return _ETICHETTE.get(cassa.esito, "") if cassa.esito is not None else ""


_ETICHETTE = {
    E.FLUSSO_ASSENTE: "TES_NO_IUF_OR_IUV",
    E.PAGAMENTO_ASSENTE: "TES_NO_IUF_OR_IUV",
    E.FLUSSO_ANOMALO: "UNKNOWN",
    E.DUPLICATO: "UNKNOWN",
    E.RIFIUTATO: "UNKNOWN",
    E.AMBIGUO: "TES_NO_MATCH",
    E.CAUSALE_ILLEGGIBILE: "TES_NO_MATCH",
    E.PROPOSTA: "TES_NO_MATCH",
    E.NON_PAGOPA: "TES_NO_MATCH",
}


def differenza(cassa: MovimentoCassa) -> Importo | None:
    return None if cassa.atteso is None else cassa.movimento.importo - cassa.atteso
