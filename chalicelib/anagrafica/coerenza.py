"""Whether what is registered of an ente can work with pagoPA: codes, prefix, accounts, who serves it. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.anagrafica.model import (
    BOLLOT,
    Applicazione,
    Dominio,
    Intermediario,
    Stazione,
    TipoAuth,
    VersioneStazione,
)
from chalicelib.anagrafica.snapshot import DominioCompleto
from chalicelib.kernel.identifiers import is_iban, is_iban_postale
from chalicelib.kernel.iuv import riferimento_length

_CODICE = re.compile(r"\d{2}", re.ASCII)
_SEGNAPOSTO = re.compile(r"%\([aptyY]\)")
_LUNGHEZZE = {"a": 2, "t": 2, "p": 2, "y": 2, "Y": 4}
_MINIMO_CIFRE = 6  # a million of notices before the numbers end


class Gravita(StrEnum):
    INFO = "INFO"
    AVVISO = "AVVISO"
    ERRORE = "ERRORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rilievo:
    """What is found of a thing: `problema` and `rimedio` are Italian; a good thing is INFO, and has no rimedio."""

    gravita: Gravita
    controllo: str
    oggetto: str
    problema: str
    rimedio: str = ""


def errore(controllo: str, oggetto: str, problema: str, rimedio: str) -> Rilievo:
    return Rilievo(gravita=Gravita.ERRORE, controllo=controllo, oggetto=oggetto, problema=problema, rimedio=rimedio)


def avviso(controllo: str, oggetto: str, problema: str, rimedio: str) -> Rilievo:
    return Rilievo(gravita=Gravita.AVVISO, controllo=controllo, oggetto=oggetto, problema=problema, rimedio=rimedio)


def check_dominio(
    completo: DominioCompleto, stazioni: Mapping[str, Stazione], intermediari: Mapping[str, Intermediario]
) -> Iterator[Rilievo]:
    """Check an ente that is enabled; of one that is not `intermediato`, its accounts only."""
    dominio = completo.dominio
    if dominio.intermediato:
        yield from _stazione(dominio, stazioni.get(dominio.id_stazione or ""), intermediari)
        yield from _codici(dominio)
        yield from _prefisso(dominio)
    yield from _conti(completo)


def _stazione(
    dominio: Dominio, stazione: Stazione | None, intermediari: Mapping[str, Intermediario]
) -> Iterator[Rilievo]:
    name = dominio.id_dominio
    if stazione is None or not stazione.abilitato:
        words = f"la stazione {dominio.id_stazione} non è censita o non è abilitata"
        yield errore("stazione", name, words, "Censire e abilitare la stazione, o cambiare quella del dominio.")
        return
    intermediario = intermediari.get(stazione.id_intermediario)
    if intermediario is None or not intermediario.abilitato:
        words = f"l'intermediario {stazione.id_intermediario} non è censito o non è abilitato"
        yield errore("intermediario", name, words, "Censire e abilitare l'intermediario.")
    if stazione.password is None:
        words = f"la stazione {stazione.id_stazione} non ha una password"
        if stazione.versione is VersioneStazione.V1:
            yield errore("stazione", name, words, "Indicare la password con cui il Nodo la riconosce.")
        else:
            yield avviso("stazione", name, words, "Serve per chiedere flussi e RT al Nodo via SOAP.")
    if dominio.aux_digit == "0" and not _CODICE.fullmatch(stazione.codice_applicazione):
        words = f"con auxDigit 0 la stazione {stazione.id_stazione} non finisce con un codice applicazione di due cifre"
        yield errore("auxDigit", name, words, "Usare una stazione <intermediario>_<nn>, o auxDigit 3.")


def _codici(dominio: Dominio) -> Iterator[Rilievo]:
    name, codice = dominio.id_dominio, dominio.segregation_code or ""
    if dominio.aux_digit == "3" and not _CODICE.fullmatch(codice):
        words = f"con auxDigit 3 il codice di segregazione {codice!r} non è di due cifre"
        yield errore("segregazione", name, words, "Indicare segregationCode come assegnato da pagoPA.")
    if dominio.aux_digit == "0" and codice:
        words = f"con auxDigit 0 il codice di segregazione {codice} non è usato"
        yield avviso("segregazione", name, words, "Toglierlo, o passare ad auxDigit 3 se è quello assegnato.")


def _prefisso(dominio: Dominio) -> Iterator[Rilievo]:
    prefix = dominio.iuv_prefix
    if not prefix:
        return
    name, rest = dominio.id_dominio, _SEGNAPOSTO.sub("", prefix)
    if rest and not rest.isdecimal():
        words = f"iuvPrefix {prefix!r} ha caratteri che non sono cifre né segnaposti"
        yield errore("iuvPrefix", name, words, "Usare cifre e %(a), %(t), %(p), %(y), %(Y).")
        return
    taken = len(rest) + sum(_LUNGHEZZE[found[2]] for found in _SEGNAPOSTO.findall(prefix))
    free = riferimento_length(dominio.aux_digit) - taken
    if free <= 0:
        words = f"iuvPrefix {prefix!r} occupa tutte le cifre: con auxDigit {dominio.aux_digit} non restano numeri"
        yield errore("iuvPrefix", name, words, "Accorciare il prefisso.")
    elif free < _MINIMO_CIFRE:
        words = f"iuvPrefix {prefix!r} lascia {free} cifre: la numerazione finirà presto"
        yield avviso("iuvPrefix", name, words, "Accorciare il prefisso, o usare l'anno nel prefisso.")


def _conti(completo: DominioCompleto) -> Iterator[Rilievo]:
    name = completo.dominio.id_dominio
    for iban, conto in completo.conti.items():
        if not is_iban(iban):
            yield errore("iban", f"{name} {iban}", "non è un IBAN valido", "Correggerlo: il Nodo rifiuta i pagamenti.")
        elif conto.postale != is_iban_postale(iban):
            words = (
                "è dichiarato postale e non è di Poste" if conto.postale else "è di Poste e non è dichiarato postale"
            )
            yield avviso("iban", f"{name} {iban}", words, "Correggere `postale`: decide del bollettino.")
    for id_entrata, entrata in completo.entrate.items():
        if id_entrata == BOLLOT or not entrata.abilitato:
            continue
        for uso, iban_usato in (("accredito", entrata.iban_accredito), ("appoggio", entrata.iban_appoggio)):
            usato = completo.conti.get(iban_usato or "")
            if iban_usato and (usato is None or not usato.abilitato):
                words = f"l'IBAN di {uso} {iban_usato} non è fra i conti abilitati"
                yield errore("entrata", f"{name} {id_entrata}", words, "Censire o abilitare il conto.")
        if entrata.iban_accredito is None:
            words = "non ha un IBAN di accredito"
            yield errore("entrata", f"{name} {id_entrata}", words, "Indicare ibanAccredito.")
        if entrata.iban_appoggio is not None and not is_iban_postale(entrata.iban_appoggio):
            words = f"l'IBAN di appoggio {entrata.iban_appoggio} non è postale"
            yield avviso("entrata", f"{name} {id_entrata}", words, "L'appoggio serve a chi paga alle Poste.")


def check_applicazione(applicazione: Applicazione) -> Iterator[Rilievo]:
    """Check how the ente's application is reached: where, and by what proof."""
    connettore = applicazione.servizio_integrazione
    if connettore is None:
        words = "non ha un servizio di integrazione: niente verifica né notifiche"
        yield avviso("connettore", applicazione.id_a2a, words, "Indicare servizioIntegrazione, se ce n'è uno.")
        return
    if connettore.auth.tipo is TipoAuth.NONE:
        words = "il servizio di integrazione è chiamato senza autenticazione"
        yield avviso("connettore", applicazione.id_a2a, words, "Indicare auth: chiunque può imitare GovPay.")
    if connettore.url.startswith("http:"):
        words = "il servizio di integrazione è chiamato in chiaro"
        yield avviso("connettore", applicazione.id_a2a, words, "Usare https.")
