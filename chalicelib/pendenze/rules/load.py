"""Whether a pendenza may be loaded: who asks, what it refers to, what it adds up to (GovPay 3.1 API 4.5, in its order)."""

from dataclasses import dataclass, replace

from chalicelib.anagrafica.model import BOLLOT, LIBERO, Applicazione
from chalicelib.kernel.refusals import Invalid, Unprocessable
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.model import NuovaPendenza, VocePendenza
from chalicelib.pendenze.rules.censimento import Censimento, Ente, TipoCensito
from chalicelib.pendenze.rules.ente import check_unita, ente_of
from chalicelib.pendenze.rules.voci import check_quote, check_sum, check_voce_ids, resolve


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
    if utenza is not None:
        utenza.require_dominio(nuova.id_dominio)
    ente = ente_of(nuova.id_dominio, censimento)
    check_unita(nuova, ente)
    id_tipo = _tipo_of(nuova, censimento)
    tipo = check_tipo(id_tipo, ente, censimento)
    check_right_to_tipo(id_tipo, utenza)
    check_voce_ids(nuova, id_a2a, id_pendenza)
    check_sum(nuova, id_a2a, id_pendenza)
    voci = tuple(
        replace(resolve(voce, nuova.id_dominio, ente, censimento), indice=indice)
        for indice, voce in enumerate(nuova.voci, 1)
    )
    check_quote(nuova, id_a2a, id_pendenza)
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


def check_tipo(id_tipo: str, ente: Ente, censimento: Censimento) -> TipoCensito:
    """Give a tipo pendenza as it holds in the dominio.

    :raises Refusal: TVR_000, 001; TVD_000, 001
    """
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


def check_right_to_tipo(id_tipo: str, utenza: Utenza | None) -> None:
    """Check that the caller may manage that tipo pendenza.

    :raises Refusal: VER_022, for an applicazione; 403000
    """
    if utenza is None:
        return
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        utenza.require_tipo_pendenza(id_tipo)
    elif id_tipo not in utenza.tipi_pendenza and not utenza.autodeterminazione:
        raise TipoNonConsentito(
            f"L'applicazione {utenza.id_a2a} non può gestire il tipo pendenza {id_tipo}: chiedere l'autorizzazione."
        )
