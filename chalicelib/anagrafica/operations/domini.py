"""Domini and what they have: unità, conti, entrate, tipi pendenza."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.anagrafica import repository
from chalicelib.anagrafica.model import (
    BOLLOT,
    UO_ENTE,
    ContoAccredito,
    Dominio,
    Entrata,
    Stazione,
    TipoEntrata,
    TipoPendenza,
    TipoPendenzaDominio,
    UnitaOperativa,
)
from chalicelib.anagrafica.operations.catalogo import inoltro_errors
from chalicelib.anagrafica.operations.pagopa import url_errors
from chalicelib.anagrafica.operations.registration import refuse_if, register
from chalicelib.anagrafica.repository import Stored, partition_of
from chalicelib.aws.transactions import Write
from chalicelib.kernel.identifiers import is_iban, is_iban_postale
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError

_AUX_CON_SEGREGAZIONE = "3"


def put_dominio(*, dominio: Dominio, keep_logo: bool = False, se: Precondition = NESSUNA) -> bool:
    """Register an ente, and its logo; `keep_logo` leaves the logo it has.

    :raises SemanticaAnagrafica: SEMANTICA, if the stazione is not registered or the numbering does not add up
    """
    refuse_if(_dominio_errors(dominio))

    def beside(_: Dominio, stored: Stored[Dominio] | None) -> Iterator[Write]:
        # What an ente does not have need not be taken away.
        if dominio.logo is not None or (stored is not None and stored.value.con_logo and not keep_logo):
            yield repository.write_of_logo(dominio.id_dominio, dominio.logo)

    def complete(new: Dominio, old: Dominio | None) -> Dominio:
        has_logo = dominio.logo is not None or (keep_logo and old is not None and old.con_logo)
        return replace(new, con_logo=has_logo)

    partitions = [partition_of(dominio.id_dominio)]
    return register(replace(dominio, logo=None), complete=complete, beside=beside, partitions=partitions, se=se)


def _dominio_errors(dominio: Dominio) -> Iterator[FieldError]:
    if dominio.id_stazione is not None and repository.find(Stazione, dominio.id_stazione) is None:
        yield FieldError("stazione", f"la stazione {dominio.id_stazione} non è censita")
    if dominio.id_stazione is None and dominio.intermediato:
        yield FieldError("stazione", "è obbligatoria per un dominio intermediato")
    if dominio.aux_digit == _AUX_CON_SEGREGAZIONE and dominio.segregation_code is None:
        yield FieldError("segregationCode", "è obbligatorio quando auxDigit è 3")
    yield from url_errors("urlRitorno", dominio.url_ritorno)


def put_unita(*, unita: UnitaOperativa, se: Precondition = NESSUNA) -> bool:
    """Register an unità operativa.

    :raises SemanticaAnagrafica: SEMANTICA, if the dominio is not registered or the id is that of the ente itself
    """
    errors = [*_without_dominio(unita.id_dominio)]
    if unita.id_unita == UO_ENTE:
        errors.append(FieldError("idUnita", f"{UO_ENTE} è l'ente stesso: i suoi dati sono quelli del dominio"))
    refuse_if(errors)
    return register(unita, partitions=[partition_of(unita.id_dominio)], se=se)


def put_conto(*, conto: ContoAccredito, se: Precondition = NESSUNA) -> bool:
    """Register a conto di accredito.

    :raises SemanticaAnagrafica: SEMANTICA, if the dominio is not registered, or the IBAN is not one or not postal
    """
    errors = [*_without_dominio(conto.id_dominio)]
    if not is_iban(conto.iban):
        errors.append(
            FieldError("ibanAccredito", f"{conto.iban} non è un IBAN valido: controllare le cifre di controllo")
        )
    elif conto.postale and not is_iban_postale(conto.iban):
        errors.append(FieldError("postale", f"{conto.iban} non è un conto di Poste Italiane (ABI 07601)"))
    refuse_if(errors)
    return register(conto, partitions=[partition_of(conto.id_dominio)], se=se)


def put_entrata(*, entrata: Entrata, se: Precondition = NESSUNA) -> bool:
    """Register an entrata of a dominio.

    :raises SemanticaAnagrafica: SEMANTICA, if the dominio, the tipo entrata or an IBAN is not registered
    """
    refuse_if(_entrata_errors(entrata))
    return register(entrata, partitions=[partition_of(entrata.id_dominio)], se=se)


def _entrata_errors(entrata: Entrata) -> Iterator[FieldError]:
    yield from _without_dominio(entrata.id_dominio)
    if repository.find(TipoEntrata, entrata.id_entrata) is None:
        yield FieldError("idEntrata", f"l'entrata {entrata.id_entrata} non è censita")
    # The marca da bollo is bought at a PSP: its money does not come to an account of the ente.
    if entrata.iban_accredito is None and entrata.id_entrata != BOLLOT:
        yield FieldError("ibanAccredito", "è obbligatorio")
    for campo, iban in (("ibanAccredito", entrata.iban_accredito), ("ibanAppoggio", entrata.iban_appoggio)):
        if iban is not None and repository.find(ContoAccredito, entrata.id_dominio, iban) is None:
            yield FieldError(campo, f"il conto {iban} non è censito per il dominio {entrata.id_dominio}")


def put_tipo_pendenza_dominio(*, tipo: TipoPendenzaDominio, se: Precondition = NESSUNA) -> bool:
    """Register what a dominio sets of a tipo pendenza.

    :raises SemanticaAnagrafica: SEMANTICA, if the dominio or the tipo pendenza is not registered
    """
    errors = [*_without_dominio(tipo.id_dominio), *inoltro_errors(tipo.dettagli)]
    if repository.find(TipoPendenza, tipo.id_tipo_pendenza) is None:
        errors.append(FieldError("idTipoPendenza", f"il tipo pendenza {tipo.id_tipo_pendenza} non è censito"))
    refuse_if(errors)
    return register(tipo, partitions=[partition_of(tipo.id_dominio)], se=se)


def _without_dominio(id_dominio: str) -> Iterator[FieldError]:
    if repository.find(Dominio, id_dominio) is None:
        yield FieldError("idDominio", f"il dominio {id_dominio} non è censito")
