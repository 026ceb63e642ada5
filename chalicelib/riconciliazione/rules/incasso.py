"""When a credit of the bank is matched, and by which name it is refused when it is not (GovPay 3.1 API 4.9)."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import move
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti.model import Riscossione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.riconciliazione.causale import Riferimento, TipoRiferimento
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.model import Accredito, Flusso, Incasso
from chalicelib.riconciliazione.states import INCASSO_MOVES, VALIDI, StatoFlusso, StatoIncasso

E = EsitoMovimento
CAUSALE_MAX = 512
ID_MAX = 35
ID_FLUSSO_MAX = 50  # SACI 1.4.0 shows one longer than 35


class IncassoRifiutato(Unprocessable):
    """A credit that is not matched. `esito` is what the report of the bank's journal says of it."""

    esito: ClassVar[EsitoMovimento] = EsitoMovimento.RIFIUTATO

    def __init__(
        self,
        dettaglio: str,
        *,
        esito: EsitoMovimento | None = None,
        atteso: Importo | None = None,
        pagato: Importo | None = None,
        riferimento: str | None = None,
    ) -> None:
        self.outcome = esito or self.esito
        self.atteso, self.pagato, self.riferimento = atteso, pagato, riferimento
        super().__init__(dettaglio)


class NonProcessabile(IncassoRifiutato):
    codice = "021400"


class CausaleNonValida(IncassoRifiutato):
    codice = "021401"
    esito = E.CAUSALE_ILLEGGIBILE


class PagamentoNonTrovato(IncassoRifiutato):
    codice = "021402"
    esito = E.PAGAMENTO_ASSENTE


class PagamentoNonIdentificato(IncassoRifiutato):
    codice = "021403"
    esito = E.AMBIGUO


class FlussoAnomalo(IncassoRifiutato):
    codice = "021404"
    esito = E.FLUSSO_ANOMALO


class FlussoNonTrovato(IncassoRifiutato):
    codice = "021405"
    esito = E.FLUSSO_ASSENTE


class GiaIncassato(IncassoRifiutato):
    """What the credit pays is paid by another incasso, `id_incasso`."""

    esito = E.DUPLICATO

    def __init__(self, dettaglio: str, *, id_incasso: str | None, riferimento: str | None = None) -> None:
        self.id_incasso = id_incasso
        super().__init__(dettaglio, riferimento=riferimento)

    def naming(self, other: Incasso) -> "GiaIncassato":
        words = f"{self.dettaglio} Incasso: {other.id_incasso}."
        return type(self)(words, id_incasso=self.id_incasso, riferimento=self.riferimento)


class PagamentoGiaIncassato(GiaIncassato):
    codice = "021406"


class ImportoErrato(IncassoRifiutato):
    codice = "021407"
    esito = E.IMPORTO_DIVERSO


class SintassiIncasso(IncassoRifiutato):
    codice = "021408"


class IncassoDuplicato(IncassoRifiutato):
    codice = "021409"
    esito = E.DUPLICATO


class DominioInesistente(IncassoRifiutato):
    codice = "021410"


class CausaleGiaIncassata(GiaIncassato):
    codice = "021411"


class IbanInesistente(IncassoRifiutato):
    codice = "021412"


class FlussoGiaIncassato(GiaIncassato):
    codice = "021413"


@dataclass(frozen=True, slots=True, kw_only=True)
class Riferito:
    """What a credit is for: a flow or one payment."""

    id_flusso: str | None = None
    iuv: str | None = None

    @property
    def valore(self) -> str:
        return self.id_flusso or self.iuv or ""


def check_syntax(accredito: Accredito) -> None:
    """Check what no type of JSON says.

    :raises SintassiIncasso: 021408, naming field and rule
    """
    given = [name for name in ("causale", "iuv", "id_flusso") if getattr(accredito, name)]
    # Whoever names the reference may send the causale too: it is kept, and not read.
    references = [name for name in given if name != "causale"]
    if not given or len(references) > 1:
        raise SintassiIncasso("causale, iuv, idFlusso: indicare uno e un solo riferimento fra i tre.")
    limits = (
        ("causale", accredito.causale, CAUSALE_MAX),
        ("iuv", accredito.iuv, ID_MAX),
        ("idFlusso", accredito.id_flusso, ID_FLUSSO_MAX),
        ("idIncasso", accredito.id_incasso, ID_MAX),
        ("sct", accredito.sct, ID_MAX),
    )
    for name, value, most in limits:
        if value is not None and len(value) > most:
            raise SintassiIncasso(f"{name}: deve avere al più {most} caratteri.")
    if not accredito.importo:
        raise SintassiIncasso("importo: deve essere maggiore di 0.")


def check_ente(accredito: Accredito, conti: Container[str] | None) -> None:
    """Check that the ente, and its account if one is named, are registered; `conti` None: the ente is not.

    :raises DominioInesistente: 021410
    :raises IbanInesistente: 021412
    """
    if conti is None:
        raise DominioInesistente(f"Il dominio {accredito.id_dominio[:ID_MAX]} non è censito: controllare idDominio.")
    iban = accredito.iban_accredito
    if iban is not None and iban not in conti:
        raise IbanInesistente(f"L'IBAN {iban} non è censito per il dominio {accredito.id_dominio}.")


def reference_of(riferimento: Riferimento, causale: str) -> Riferito:
    """Give what a causale refers to, where it can be believed.

    :raises CausaleNonValida: 021401
    :raises NonProcessabile: 021400, if it names two different things
    """
    match riferimento.tipo:
        case TipoRiferimento.FLUSSO | TipoRiferimento.IUV:
            return Riferito(id_flusso=riferimento.id_flusso, iuv=riferimento.iuv)
        case TipoRiferimento.AMBIGUO:
            named = ", ".join(riferimento.candidates)
            raise NonProcessabile(f"La causale nomina riferimenti diversi ({named}): indicarne uno.", esito=E.AMBIGUO)
        case TipoRiferimento.DEBOLE:
            raise CausaleNonValida(
                f"La causale non segue i formati previsti da AgID: {causale!r}. Indicare iuv o idFlusso.",
                esito=E.PROPOSTA,
                riferimento=riferimento.valore,
            )
        case TipoRiferimento.NESSUNO:
            raise CausaleNonValida(f"La causale non segue i formati previsti da AgID: {causale!r}.", esito=E.NON_PAGOPA)
        case _:
            raise CausaleNonValida(f"Il riferimento della causale non è leggibile: {causale!r}.")


def check_new(accredito: Accredito, known: Incasso | None, owner: str | None, *, who: Utenza | None) -> Incasso | None:
    """Give the incasso that this credit is already, None where it is new.

    `owner` is the id of the incasso that has the same causale.

    :raises IncassoDuplicato: 021409
    :raises CausaleGiaIncassata: 021411
    :raises NonProcessabile: 021400, while the incasso of that id is being reversed
    """
    if known is not None and known.stato is StatoIncasso.IN_STORNO:
        raise NonProcessabile(f"L'incasso {known.id_incasso} è in corso di storno: ripetere la richiesta più tardi.")
    if known is not None and known.stato in VALIDI:
        if not is_same(known.accredito, accredito):
            raise IncassoDuplicato(f"L'incasso {known.id_incasso} è già registrato con altri dati.")
        if not may_see(known, who):
            raise IncassoDuplicato(f"L'incasso {known.id_incasso} è già registrato.")
        return known
    if owner is not None:
        raise CausaleGiaIncassata(f"La causale {accredito.causale!r} è già riconciliata.", id_incasso=owner)
    return None


def is_same(one: Accredito, other: Accredito) -> bool:
    """Tell whether two requests say the same (GovPay 3.9 compares these; dates and IBAN it does not)."""
    names = ("causale", "importo", "sct", "iuv", "id_flusso")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def may_see(incasso: Incasso, who: Utenza | None) -> bool:
    """Tell whether the caller may be told of an incasso: an applicazione of its own, others of their domini."""
    if who is None:
        return True
    return incasso.id_a2a == who.id_a2a if who.id_a2a is not None else incasso.id_dominio in who.domini


def check_flusso(accredito: Accredito, id_flusso: str, revisioni: Sequence[Flusso]) -> Flusso:
    """Give the revision of the flow that the credit pays.

    :raises FlussoNonTrovato: 021405
    :raises NonProcessabile: 021400, if two PSPs sent a flow of that id
    :raises FlussoGiaIncassato: 021413
    :raises FlussoAnomalo: 021404
    :raises ImportoErrato: 021407
    """
    current = [flusso for flusso in revisioni if not flusso.obsoleto]
    holding = [flusso for flusso in current if flusso.stato is not StatoFlusso.RIFIUTATA]
    if not current:
        raise FlussoNonTrovato(
            f"Il flusso {id_flusso} del dominio {accredito.id_dominio} non è in archivio.", riferimento=id_flusso
        )
    if len(holding) > 1:
        raise NonProcessabile(f"Il flusso {id_flusso} è stato inviato da più PSP.", esito=E.AMBIGUO)
    flusso = holding[0] if holding else current[0]
    if flusso.id_incasso is not None:
        raise FlussoGiaIncassato(
            f"Il flusso {flusso.chiave.id_flusso} è già riconciliato.",
            id_incasso=flusso.id_incasso,
            riferimento=flusso.chiave.id_flusso,
        )
    if flusso.stato is not StatoFlusso.ACCETTATA or flusso.testata is None:
        raise FlussoAnomalo(
            f"Il flusso {flusso.chiave.id_flusso} presenta anomalie: {_anomalie(flusso)}",
            riferimento=flusso.chiave.id_flusso,
        )
    if flusso.testata.importo != accredito.importo:
        raise ImportoErrato(
            f"L'importo dell'incasso è {accredito.importo}, quello del flusso è {flusso.testata.importo}.",
            atteso=flusso.testata.importo,
            pagato=flusso.conteggio.somma,
            riferimento=flusso.chiave.id_flusso,
        )
    return flusso


def _anomalie(flusso: Flusso) -> str:
    if flusso.motivo is not None:
        return flusso.motivo
    words = [segnalazione.dettaglio for segnalazione in flusso.segnalazioni]
    if flusso.conteggio.anomale:
        words.append(f"Righe anomale {flusso.conteggio.anomale} su {flusso.conteggio.righe}.")
    return " ".join(words)


def check_pagamento(accredito: Accredito, iuv: str, riscossioni: Sequence[Riscossione]) -> Riscossione:
    """Give the payment that the credit pays.

    :raises PagamentoNonTrovato: 021402
    :raises PagamentoNonIdentificato: 021403
    :raises PagamentoGiaIncassato: 021406
    :raises ImportoErrato: 021407
    """
    dominio = accredito.id_dominio
    own = [r for r in riscossioni if r.id_dominio_beneficiario in {None, dominio}]
    if not own:
        raise PagamentoNonTrovato(f"Nessun pagamento con iuv {iuv} per il dominio {dominio}.", riferimento=iuv)
    if len(own) > 1:
        raise PagamentoNonIdentificato(f"Più pagamenti con iuv {iuv} per il dominio {dominio}.", riferimento=iuv)
    riscossione = own[0]
    if riscossione.stato is StatoRiscossione.INCASSATA:
        words = f"Il pagamento con iuv {iuv} è già riconciliato."
        raise PagamentoGiaIncassato(words, id_incasso=riscossione.id_incasso, riferimento=iuv)
    if riscossione.importo != accredito.importo:
        raise ImportoErrato(
            f"L'importo dell'incasso è {accredito.importo}, quello del pagamento è {riscossione.importo}.",
            atteso=riscossione.importo,
            pagato=riscossione.importo,
            riferimento=iuv,
        )
    return riscossione


def registered(
    accredito: Accredito,
    id_incasso: str,
    *,
    before: Incasso | None,
    who: Utenza | None,
    flusso: Flusso | None = None,
    riscossione: Riscossione | None = None,
    now: datetime,
) -> Incasso:
    """Give the incasso of a flow or of a payment; `before` is a reversed one whose id it takes."""
    stato = StatoIncasso.IN_ELABORAZIONE
    if before is not None:
        stato = move(INCASSO_MOVES, before.stato, stato)
    # One payment moves with the incasso; those of a flow follow.
    if riscossione is not None:
        stato = move(INCASSO_MOVES, stato, StatoIncasso.ACQUISITO)
    return Incasso(
        id_dominio=accredito.id_dominio,
        id_incasso=id_incasso,
        accredito=accredito,
        trovato=flusso.chiave.id_flusso if flusso is not None else riscossione.iuv if riscossione is not None else "",
        stato=stato,
        registrato=now,
        flusso=None if flusso is None else flusso.chiave,
        riscossione=None if riscossione is None else riscossione.chiave,
        principal=None if who is None else who.principal,
        id_a2a=None if who is None else who.id_a2a,
        versione=0 if before is None else before.versione,
    )


def moved(incasso: Incasso, stato: StatoIncasso) -> Incasso:
    """Give the incasso in another state.

    :raises IllegalMove:
    """
    return replace(incasso, stato=move(INCASSO_MOVES, incasso.stato, stato))
