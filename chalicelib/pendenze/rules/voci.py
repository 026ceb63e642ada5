"""What the voci of a pendenza add up to, and where the money of each goes."""

from collections import Counter
from dataclasses import replace

from chalicelib.anagrafica.model import BOLLOT
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.pendenze.model import NuovaPendenza, VocePendenza
from chalicelib.pendenze.rules.censimento import Censimento, Ente
from chalicelib.pendenze.rules.ente import ente_of


class VoceDuplicata(Unprocessable):
    codice = "VER_001"


class ImportoDiversoDallaSomma(Unprocessable):
    codice = "VER_002"


class EntrataInesistente(Unprocessable):
    codice = "TRB_000"


class EntrataDisabilitata(Unprocessable):
    codice = "TRB_001"


class IbanAccreditoSconosciuto(Unprocessable):
    codice = "VER_020"


class IbanAccreditoDisabilitato(Unprocessable):
    codice = "VER_032"


class IbanAppoggioSconosciuto(Unprocessable):
    codice = "VER_033"


class IbanAppoggioDisabilitato(Unprocessable):
    codice = "VER_034"


class ImportoDiversoDalleQuote(Unprocessable):
    codice = "VER_035"


def check_voce_ids(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    twice = [id_voce for id_voce, times in Counter(voce.id_voce for voce in nuova.voci).items() if times > 1]
    if twice:
        raise VoceDuplicata(
            f"Nella pendenza ({id_a2a}, {id_pendenza}) idVocePendenza {', '.join(twice)} compare più volte: "
            "ogni voce ne vuole uno diverso."
        )


def check_sum(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    total = Importo.total(voce.importo for voce in nuova.voci)
    if total != nuova.importo:
        raise ImportoDiversoDallaSomma(
            f"La somma delle voci della pendenza ({id_a2a}, {id_pendenza}) è {total}, l'importo indicato "
            f"{nuova.importo}: renderli uguali."
        )


def resolve(voce: VocePendenza, id_dominio: str, ente: Ente, censimento: Censimento) -> VocePendenza:
    """Fill in where the money of a voce goes: that of another ente may be a beneficiary of its own."""
    if voce.id_dominio in {None, id_dominio}:
        voce = replace(voce, id_dominio=None)
    elif voce.id_dominio is not None:
        ente = ente_of(voce.id_dominio, censimento)
    if voce.cod_entrata is not None:
        return _resolve_entrata(voce, voce.cod_entrata, ente)
    if voce.iban_accredito is None:
        return voce
    accredito = _check_accredito(voce.iban_accredito, ente)
    appoggio = _check_appoggio(voce.iban_appoggio, ente) if voce.iban_appoggio else None
    return replace(voce, iban_accredito=accredito, iban_appoggio=appoggio)


def _resolve_entrata(voce: VocePendenza, cod_entrata: str, ente: Ente) -> VocePendenza:
    id_dominio = ente.dominio.id_dominio
    entrata = ente.entrate.get(cod_entrata)
    if entrata is None:
        raise EntrataInesistente(f"L'entrata {cod_entrata} non è censita nel dominio {id_dominio}: controllarla.")
    if not entrata.abilitato:
        raise EntrataDisabilitata(f"L'entrata {cod_entrata} è disabilitata nel dominio {id_dominio}: abilitarla.")
    if entrata.iban_accredito is None and cod_entrata != BOLLOT:
        raise IbanAccreditoSconosciuto(
            f"L'entrata {cod_entrata} del dominio {id_dominio} non ha un IBAN di accredito: indicarlo nell'entrata."
        )
    return replace(
        voce,
        iban_accredito=_check_accredito(entrata.iban_accredito, ente) if entrata.iban_accredito else None,
        iban_appoggio=_check_appoggio(entrata.iban_appoggio, ente) if entrata.iban_appoggio else None,
        tipo_contabilita=entrata.tipo_contabilita,
        codice_contabilita=entrata.codice_contabilita,
    )


def _check_accredito(iban: str, ente: Ente) -> str:
    """Give the IBAN as it is registered."""
    conto = ente.conti.get(iban) or ente.conti.get(iban.upper())
    where = f"nel dominio {ente.dominio.id_dominio}"
    if conto is None:
        raise IbanAccreditoSconosciuto(f"L'IBAN di accredito {iban} non è censito {where}: censirlo o correggerlo.")
    if not conto.abilitato:
        raise IbanAccreditoDisabilitato(f"L'IBAN di accredito {iban} è disabilitato {where}: abilitarlo.")
    return conto.iban


def _check_appoggio(iban: str, ente: Ente) -> str:
    conto = ente.conti.get(iban) or ente.conti.get(iban.upper())
    where = f"nel dominio {ente.dominio.id_dominio}"
    if conto is None:
        raise IbanAppoggioSconosciuto(f"L'IBAN di appoggio {iban} non è censito {where}: censirlo o correggerlo.")
    if not conto.abilitato:
        raise IbanAppoggioDisabilitato(f"L'IBAN di appoggio {iban} è disabilitato {where}: abilitarlo.")
    return conto.iban


def check_quote(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    for voce in nuova.voci:
        if voce.contabilita is None or not voce.contabilita.quote:
            continue
        total = Importo.total(quota.importo for quota in voce.contabilita.quote)
        if total != voce.importo:
            raise ImportoDiversoDalleQuote(
                f"La somma delle quote di contabilità della voce {voce.id_voce} della pendenza ({id_a2a}, "
                f"{id_pendenza}) è {total}, l'importo della voce {voce.importo}: renderli uguali."
            )
