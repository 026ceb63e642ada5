"""What would be answered of a notice now, rule by rule in the order of `operations.verify`; nothing is written.

A test holds the two against each other. The ente is asked only where a `Verifica` is given, and what it answers is
judged as `verify` judges it, without being loaded.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Applicazione
from chalicelib.kernel.iuv import parse_numero_avviso
from chalicelib.kernel.refusals import Refusal
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Transazione
from chalicelib.pagamenti.ports import EnteIrraggiungibile, Verifica
from chalicelib.pagamenti.rules import verifica as rules
from chalicelib.pagamenti.rules.attivazione import PagamentoInCorso
from chalicelib.pagamenti.rules.verifica import EnteNonDisponibile, PagamentoScaduto, PagamentoSconosciuto
from chalicelib.pagamenti.sessioni.rules import require_free
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.esposto import stato_esposto
from chalicelib.pendenze.rules.load import check
from chalicelib.pendenze.rules.update import new_pendenza, updated_pendenza
from chalicelib.pendenze.schemas import nuova_from_verificata
from chalicelib.pendenze.schemas.requests import check_ids
from chalicelib.settings import settings


class Esito(StrEnum):
    SUPERATA = "SUPERATA"
    RIFIUTO = "RIFIUTO"
    DA_CHIEDERE = "DA_CHIEDERE"  # only the ente can tell, and it was not asked
    NON_VALUTATA = "NON_VALUTATA"  # a rule before it has decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdetto:
    """What one rule says. `codice` is the PAA_ code of a RIFIUTO; `dettaglio` is for the operator, in Italian."""

    regola: str
    esito: Esito
    dettaglio: str = ""
    codice: str | None = None


class _Aperta(Exception):
    """The rule depends on what the ente would answer."""


@dataclass(slots=True, kw_only=True)
class Prova:
    """A notice under trial, and what is known of it by now."""

    id_dominio: str
    numero_avviso: str
    now: datetime
    verifica: Verifica | None = None
    verdetti: list[Verdetto] = field(default_factory=list)
    transazione: Transazione | None = None
    pendenza: Pendenza | None = None

    def apply(self, regola: str, rule: Callable[[], str]) -> None:
        """Let a rule speak: it gives what it has found, or raises; after a refusal the others are not asked."""
        if self.is_refused:
            self.verdetti.append(Verdetto(regola=regola, esito=Esito.NON_VALUTATA))
            return
        try:
            verdetto = Verdetto(regola=regola, esito=Esito.SUPERATA, dettaglio=rule())
        except _Aperta as open_:
            verdetto = Verdetto(regola=regola, esito=Esito.DA_CHIEDERE, dettaglio=str(open_))
        except Refusal as refusal:
            code = getattr(refusal, "codice_pagopa", EnteNonDisponibile.codice_pagopa)
            verdetto = Verdetto(regola=regola, esito=Esito.RIFIUTO, dettaglio=refusal.dettaglio, codice=code)
        self.verdetti.append(verdetto)

    @property
    def is_refused(self) -> bool:
        return any(verdetto.esito is Esito.RIFIUTO for verdetto in self.verdetti)

    @property
    def is_open(self) -> bool:
        return any(verdetto.esito is Esito.DA_CHIEDERE for verdetto in self.verdetti)

    @property
    def codice(self) -> str | None:
        """Give the PAA_ code of the first refusal."""
        return next((verdetto.codice for verdetto in self.verdetti if verdetto.codice), None)

    @property
    def iuv(self) -> str:
        return parse_numero_avviso(self.numero_avviso).iuv


def try_position(prova: Prova) -> None:
    """Apply the rules of a position to a notice whose destination is known to be good."""
    prova.apply("sonda", lambda: _sonda(prova))
    prova.apply("pendenza", lambda: _pendenza(prova))
    prova.apply("stato", lambda: _stato(prova))
    prova.apply("scadenza", lambda: _scadenza(prova))
    prova.apply("riscossioni", lambda: _riscossioni(prova))
    prova.apply("ente", lambda: _ente(prova))
    prova.apply("importo", lambda: _importo(prova))
    prova.apply("pagamento in corso", lambda: _in_corso(prova))


def _sonda(prova: Prova) -> str:
    if prova.numero_avviso == settings().nav_sonda:
        raise PagamentoSconosciuto("È l'avviso di sonda dello Stand-In: si risponde sempre che è sconosciuto.")
    return "Non è l'avviso di sonda dello Stand-In."


def _pendenza(prova: Prova) -> str:
    prova.transazione = repository.load(prova.id_dominio, prova.iuv)
    prova.pendenza = pendenza = prova.transazione.posizione
    if pendenza is None:
        return "Nessuna pendenza in archivio con questo avviso: la può conoscere soltanto il gestionale."
    if pendenza.numero_avviso not in {None, prova.numero_avviso}:
        raise PagamentoSconosciuto(f"Lo iuv {prova.iuv} è dell'avviso {pendenza.numero_avviso}, non di questo.")
    return f"È la pendenza {pendenza.id_pendenza} dell'applicazione {pendenza.id_a2a}."


def _stato(prova: Prova) -> str:
    if prova.pendenza is None:
        return "Non c'è uno stato da guardare."
    with suppress(PagamentoScaduto):  # the rule after this one says so
        rules.require_pagabile(prova.pendenza, now=prova.now)
    return f"La pendenza è in stato {stato_esposto(prova.pendenza, backoffice=True, now=prova.now)}."


def _scadenza(prova: Prova) -> str:
    if prova.pendenza is None:
        return "Non c'è una scadenza da guardare."
    rules.require_pagabile(prova.pendenza, now=prova.now)
    scadenza = prova.pendenza.data_scadenza
    return "La pendenza non scade." if scadenza is None else f"La pendenza scade il {scadenza:%d/%m/%Y}."


def _riscossioni(prova: Prova) -> str:
    rules.require_not_collected(_transazione(prova).ricevute)
    return "Nessuna ricevuta di pagamento acquisita per questo avviso."


def _ente(prova: Prova) -> str:
    """Tell whether the ente is asked; ask it if that is wanted, and judge what it answers as if it were loaded."""
    pendenza = prova.pendenza
    if pendenza is not None:
        return _refreshed(prova, pendenza)
    applicazione = anagrafica.applicazione_by_iuv(prova.id_dominio, prova.iuv)
    if applicazione is None or applicazione.servizio_integrazione is None:
        raise PagamentoSconosciuto("Nessuna applicazione con un servizio di verifica ha questo iuv fra i propri.")
    expected = {"idA2A": applicazione.id_a2a, "idDominio": prova.id_dominio}
    answer = _asked(
        prova,
        applicazione,
        lambda verifica: verifica.by_avviso(applicazione, id_dominio=prova.id_dominio, iuv=prova.iuv, now=prova.now),
    )
    return _judged(prova, answer, expected, before=None)


def _refreshed(prova: Prova, pendenza: Pendenza) -> str:
    if not rules.must_be_refreshed(pendenza, now=prova.now):
        return "Il gestionale non viene interpellato: la pendenza è in archivio e la sua dataValidita non è decorsa."
    applicazione = anagrafica.applicazione(pendenza.id_a2a)
    if applicazione is None or applicazione.servizio_integrazione is None:
        return "La dataValidita è decorsa, ma non c'è un servizio di verifica: vale quanto è in archivio."
    expected = {"idA2A": pendenza.id_a2a, "idPendenza": pendenza.id_pendenza, "idDominio": pendenza.id_dominio}
    answer = _asked(
        prova,
        applicazione,
        lambda verifica: verifica.by_pendenza(
            applicazione,
            id_pendenza=pendenza.id_pendenza,
            now=prova.now,
            id_dominio=pendenza.id_dominio,
            iuv=pendenza.iuv,
        ),
    )
    return _judged(prova, answer, expected, before=pendenza)


def _asked(
    prova: Prova, applicazione: Applicazione, ask: Callable[[Verifica], dict[str, Any] | None]
) -> dict[str, Any]:
    if prova.verifica is None:
        words = "Verrebbe interpellata l'applicazione"
        raise _Aperta(f"{words} {applicazione.id_a2a}: con --chiedi-ente si interpella davvero.")
    try:
        answer = ask(prova.verifica)
    except EnteIrraggiungibile as error:
        words = f"La verifica presso l'ente creditore non è riuscita: {error.motivo}"
        raise EnteNonDisponibile(words) from error
    if answer is None:
        raise PagamentoSconosciuto("L'ente creditore, interpellato, non conosce la pendenza.")
    return answer


def _judged(prova: Prova, answer: Mapping[str, Any], expected: Mapping[str, str], *, before: Pendenza | None) -> str:
    rules.require_non_eseguita(str(answer.get("stato")), descrizione=answer.get("descrizioneStato"))
    numero = prova.numero_avviso if before is None else before.numero_avviso or ""
    given = {} if answer.get("numeroAvviso") is None else {"numeroAvviso": numero}
    for name, value in {**expected, **given}.items():
        if answer.get(name) != value:
            words = f"La verifica dell'ente creditore ha risposto con un {name} diverso da quello chiesto."
            raise EnteNonDisponibile(words)
    prova.pendenza = _as_loaded(prova, answer, before)
    rules.require_pagabile(prova.pendenza, now=prova.now)
    return f"Il gestionale, interpellato, risponde NON_ESEGUITA per {prova.pendenza.importo.italian()} euro."


def _as_loaded(prova: Prova, answer: Mapping[str, Any], before: Pendenza | None) -> Pendenza:
    """Give the pendenza that would be stored.

    :raises EnteNonDisponibile: if the archive would refuse it
    """
    numero = prova.numero_avviso if before is None else before.numero_avviso
    id_a2a, id_pendenza = str(answer.get("idA2A")), str(answer.get("idPendenza"))
    try:
        check_ids(id_a2a, id_pendenza)
        nuova = nuova_from_verificata({**answer, "numeroAvviso": numero})
        loading = check(nuova, id_a2a=id_a2a, id_pendenza=id_pendenza, utenza=None, censimento=anagrafica)
        if before is None:
            return new_pendenza(loading, iuv=prova.iuv, numero_avviso=numero, now=prova.now)
        return updated_pendenza(before, loading, aggiorna=True, now=prova.now)
    except Refusal as refusal:
        words = f"La verifica dell'ente creditore ha risposto con una pendenza non valida: {refusal.dettaglio}"
        raise EnteNonDisponibile(words) from refusal


def _importo(prova: Prova) -> str:
    if prova.is_open and prova.pendenza is None:
        raise _Aperta("L'importo è quello che dirà il gestionale.")
    pendenza = prova.pendenza
    if pendenza is None:
        raise AssertionError
    rules.require_due(pendenza)
    return f"Sono dovuti {pendenza.importo.italian()} euro."


def _in_corso(prova: Prova) -> str:
    """Tell of attempts under way: they block carts of portals (PAG_014), never the Nodo, which keeps its own apart."""
    minuti = settings().timeout_pagamento_minuti
    try:
        require_free(_transazione(prova).rpp, minuti=minuti, now=prova.now)
    except PagamentoInCorso as busy:
        return f"{busy.dettaglio} Ferma i carrelli dei portali (PAG_014), non il Nodo."
    return "Nessun tentativo in corso ferma il pagamento."


def _transazione(prova: Prova) -> Transazione:
    if prova.transazione is None:
        raise AssertionError
    return prova.transazione
