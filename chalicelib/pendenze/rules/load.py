"""Whether a pendenza may be loaded: who asks, what it refers to, what it adds up to (GovPay 3.1 API 4.5, in its order)."""

from collections import Counter
from dataclasses import dataclass, replace

from chalicelib.anagrafica.model import BOLLOT, LIBERO, Applicazione
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Invalid, Unprocessable
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.model import NuovaPendenza, VocePendenza
from chalicelib.pendenze.rules.censimento import Censimento, Ente, TipoCensito


@dataclass(frozen=True, slots=True, kw_only=True)
class Caricamento:
    """A pendenza that may be loaded as far as the anagrafica goes; its voci know where their money goes."""

    id_a2a: str
    id_pendenza: str
    nuova: NuovaPendenza
    id_tipo_pendenza: str
    voci: tuple[VocePendenza, ...]
    applicazione: Applicazione
    ente: Ente
    tipo: TipoCensito

    @property
    def name(self) -> str:
        """Name the pendenza in a message."""
        return f"{self.id_a2a}, {self.id_pendenza}"


def check(
    nuova: NuovaPendenza, *, id_a2a: str, id_pendenza: str, utenza: Utenza | None, censimento: Censimento
) -> Caricamento:
    """Check all that does not depend on what is stored. `utenza` None: nobody's rights are asked for.

    :raises Refusal: APP_000..002, DOM_*, UOP_*, TVR_*, TVD_*, TRB_*, VER_001, 002, 020, 022, 032..035; 403000
    """
    applicazione = check_applicazione(id_a2a, utenza, censimento)
    ente = _ente(nuova.id_dominio, censimento)
    if utenza is not None:
        utenza.require_dominio(nuova.id_dominio)
    _check_unita(nuova, ente)
    id_tipo = _tipo_of(nuova, censimento)
    tipo = _check_tipo(id_tipo, ente, censimento)
    _check_right_to_tipo(id_tipo, utenza)
    _check_voce_ids(nuova, id_a2a, id_pendenza)
    _check_sum(nuova, id_a2a, id_pendenza)
    voci = tuple(
        replace(_resolve(voce, nuova.id_dominio, ente, censimento), indice=indice)
        for indice, voce in enumerate(nuova.voci, 1)
    )
    _check_quote(nuova, id_a2a, id_pendenza)
    return Caricamento(
        id_a2a=id_a2a,
        id_pendenza=id_pendenza,
        nuova=nuova,
        id_tipo_pendenza=id_tipo,
        voci=voci,
        applicazione=applicazione,
        ente=ente,
        tipo=tipo,
    )


# -- the applicazione


class ApplicazioneInesistente(Invalid):
    codice = "APP_000"


class ApplicazioneDisabilitata(Invalid):
    codice = "APP_001"


class ApplicazioneAltrui(Invalid):
    codice = "APP_002"


def check_applicazione(id_a2a: str, utenza: Utenza | None, censimento: Censimento) -> Applicazione:
    """Give the applicazione that a pendenza is loaded for.

    :raises Refusal: APP_000..002
    """
    if utenza is not None and utenza.tipo is TipoUtenza.APPLICAZIONE and utenza.id_a2a != id_a2a:
        raise ApplicazioneAltrui(
            f"L'applicazione autenticata ({utenza.id_a2a}) non è quella indicata nella richiesta ({id_a2a}): "
            "usare il proprio idA2A."
        )
    applicazione = censimento.applicazione(id_a2a)
    if applicazione is None:
        raise ApplicazioneInesistente(f"L'applicazione {id_a2a} non è censita: controllare idA2A.")
    if not applicazione.abilitato:
        raise ApplicazioneDisabilitata(f"L'applicazione {id_a2a} è disabilitata: chiederne l'abilitazione.")
    return applicazione


# -- dominio and unità


class DominioInesistente(Unprocessable):
    codice = "DOM_000"


class DominioDisabilitato(Unprocessable):
    codice = "DOM_001"


class UnitaInesistente(Unprocessable):
    codice = "UOP_000"


class UnitaDisabilitata(Unprocessable):
    codice = "UOP_001"


def _ente(id_dominio: str, censimento: Censimento) -> Ente:
    ente = censimento.dominio(id_dominio)
    if ente is None:
        raise DominioInesistente(f"Il dominio {id_dominio} non è censito: controllare idDominio.")
    if not ente.dominio.abilitato:
        raise DominioDisabilitato(f"Il dominio {id_dominio} è disabilitato: chiederne l'abilitazione.")
    return ente


def _check_unita(nuova: NuovaPendenza, ente: Ente) -> None:
    unita = ente.unita.get(nuova.id_unita_operativa)
    which = f"L'unità operativa {nuova.id_unita_operativa} del dominio {nuova.id_dominio}"
    if unita is None:
        raise UnitaInesistente(f"{which} non è censita: controllare idUnitaOperativa.")
    if not unita.abilitato:
        raise UnitaDisabilitata(f"{which} è disabilitata: chiederne l'abilitazione.")


# -- tipo pendenza


class TipoInesistente(Unprocessable):
    codice = "TVR_000"


class TipoDisabilitato(Unprocessable):
    codice = "TVR_001"


class TipoNonDelDominio(Unprocessable):
    codice = "TVD_000"


class TipoDisabilitatoNelDominio(Unprocessable):
    codice = "TVD_001"


class TipoNonConsentito(Unprocessable):
    codice = "VER_022"


def _tipo_of(nuova: NuovaPendenza, censimento: Censimento) -> str:
    """Give the tipo pendenza named, or what the first voce makes of it where the API has no such field."""
    if nuova.id_tipo_pendenza is not None:
        return nuova.id_tipo_pendenza
    first = nuova.voci[0]
    derived = BOLLOT if first.bollo is not None else first.cod_entrata or LIBERO
    return derived if censimento.tipo_pendenza(derived) is not None else LIBERO


def _check_tipo(id_tipo: str, ente: Ente, censimento: Censimento) -> TipoCensito:
    tipo = censimento.tipo_pendenza(id_tipo)
    if tipo is None:
        raise TipoInesistente(f"Il tipo pendenza {id_tipo} non è censito: controllare idTipoPendenza.")
    if not tipo.abilitato:
        raise TipoDisabilitato(f"Il tipo pendenza {id_tipo} è disabilitato: chiederne l'abilitazione.")
    censito = ente.tipi.get(id_tipo)
    where = f"per il dominio {ente.dominio.id_dominio}"
    if censito is None:
        raise TipoNonDelDominio(f"Il tipo pendenza {id_tipo} non è definito {where}: associarlo al dominio.")
    if not censito.abilitato:
        raise TipoDisabilitatoNelDominio(f"Il tipo pendenza {id_tipo} è disabilitato {where}: abilitarlo.")
    return censito


def _check_right_to_tipo(id_tipo: str, utenza: Utenza | None) -> None:
    if utenza is None:
        return
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        utenza.require_tipo_pendenza(id_tipo)
    elif id_tipo not in utenza.tipi_pendenza and not utenza.autodeterminazione:
        raise TipoNonConsentito(
            f"L'applicazione {utenza.id_a2a} non può gestire il tipo pendenza {id_tipo}: chiedere l'autorizzazione."
        )


# -- voci


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


def _check_voce_ids(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    twice = [id_voce for id_voce, times in Counter(voce.id_voce for voce in nuova.voci).items() if times > 1]
    if twice:
        raise VoceDuplicata(
            f"Nella pendenza ({id_a2a}, {id_pendenza}) idVocePendenza {', '.join(twice)} compare più volte: "
            "ogni voce ne vuole uno diverso."
        )


def _check_sum(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    total = Importo.total(voce.importo for voce in nuova.voci)
    if total != nuova.importo:
        raise ImportoDiversoDallaSomma(
            f"La somma delle voci della pendenza ({id_a2a}, {id_pendenza}) è {total}, l'importo indicato "
            f"{nuova.importo}: renderli uguali."
        )


def _resolve(voce: VocePendenza, id_dominio: str, ente: Ente, censimento: Censimento) -> VocePendenza:
    """Fill in where the money of a voce goes: that of another ente may be a beneficiary of its own."""
    if voce.id_dominio in {None, id_dominio}:
        voce = replace(voce, id_dominio=None)
    elif voce.id_dominio is not None:
        ente = _ente(voce.id_dominio, censimento)
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


def _check_quote(nuova: NuovaPendenza, id_a2a: str, id_pendenza: str) -> None:
    for voce in nuova.voci:
        if voce.contabilita is None or not voce.contabilita.quote:
            continue
        total = Importo.total(quota.importo for quota in voce.contabilita.quote)
        if total != voce.importo:
            raise ImportoDiversoDalleQuote(
                f"La somma delle quote di contabilità della voce {voce.id_voce} della pendenza ({id_a2a}, "
                f"{id_pendenza}) è {total}, l'importo della voce {voce.importo}: renderli uguali."
            )
