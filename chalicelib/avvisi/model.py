"""Avviso: what is printed. The pendenza and the anagrafica it is drawn from are its callers' business."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.kernel.importo import Importo

# The amount of a bollettino has ten digits of cents; a larger one is payable everywhere but at the post office.
_CENTS_BOLLETTINO = 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteStampa:
    """The ente as its notices show it. `conto_postale` is the account of this avviso: the last 12 digits of a postal IBAN."""

    nome: str
    settore: str = ""
    cbill: str = ""
    sito: str = ""
    pec: str = ""
    email: str = ""
    telefono: str = ""
    logo: bytes | None = None
    conto_postale: str | None = None
    intestatario: str = ""
    autorizzazione_poste: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinatarioStampa:
    """Who owes; `indirizzo` in lines: street and number, then postcode, town and province."""

    nome: str
    codice_fiscale: str
    indirizzo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Avviso:
    """One numero avviso on paper.

    `informativa_importo` is the sentence on amounts that may change: None for the standard one, "" for none.
    `lingua_secondaria` is one of `testi.LINGUE_SECONDARIE`.
    """

    numero_avviso: str
    id_dominio: str
    ente: EnteStampa
    destinatario: DestinatarioStampa
    oggetto: str
    importo: Importo
    entro_il: date | None = None
    lingua_secondaria: str | None = None
    causale_secondaria: str = ""
    informativa_importo: str | None = None
    informativa_secondaria: str | None = None

    @property
    def has_bollettino(self) -> bool:
        """Whether the postal form is printed: it needs an account, Poste's authorisation and an amount that fits it."""
        ente = self.ente
        return bool(ente.conto_postale and ente.autorizzazione_poste) and self.importo.cents < _CENTS_BOLLETTINO


class TipoSoglia(StrEnum):
    """When an amount holds, counted from the notification (GovPay 3.9 API, `TipoSogliaVincoloPagamento`)."""

    ENTRO = "ENTRO"
    OLTRE = "OLTRE"
    SCONTATO = "SCONTATO"
    RIDOTTO = "RIDOTTO"

    @property
    def is_violazione(self) -> bool:
        """Whether it is a term of the Codice della Strada, which has a page of its own."""
        return self in {TipoSoglia.SCONTATO, TipoSoglia.RIDOTTO}


@dataclass(frozen=True, slots=True, kw_only=True)
class Soglia:
    """`giorni` is not used by SCONTATO and RIDOTTO: the law says 5 and 60."""

    tipo: TipoSoglia
    giorni: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parte:
    """One way to pay a documento: a rata, an amount that holds within a soglia, or (neither) the whole."""

    avviso: Avviso
    numero_rata: int | None = None
    soglia: Soglia | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documento:
    """The avvisi of one document, printed together."""

    parti: tuple[Parte, ...]

    @property
    def interi(self) -> tuple[Avviso, ...]:
        """The avvisi that pay the whole: none or one as a rule; the paper does not drop a second one."""
        return tuple(parte.avviso for parte in self.parti if parte.numero_rata is None and parte.soglia is None)

    @property
    def rate(self) -> tuple[Parte, ...]:
        """The instalments, in order."""
        rate = [parte for parte in self.parti if parte.numero_rata is not None]
        return tuple(sorted(rate, key=lambda parte: parte.numero_rata or 0))

    @property
    def soglie(self) -> tuple[Parte, ...]:
        """The amounts ENTRO and OLTRE a number of days, in the order in which they come to hold."""
        soglie = [
            p for p in self.parti if p.soglia is not None and p.numero_rata is None and not p.soglia.tipo.is_violazione
        ]
        return tuple(sorted(soglie, key=_when))

    @property
    def violazione(self) -> tuple[Parte, ...]:
        """The amounts of a violation of the Codice della Strada: SCONTATO first."""
        terms = [
            p for p in self.parti if p.soglia is not None and p.numero_rata is None and p.soglia.tipo.is_violazione
        ]
        return tuple(
            sorted(terms, key=lambda parte: parte.soglia is not None and parte.soglia.tipo is TipoSoglia.RIDOTTO)
        )


def _when(parte: Parte) -> tuple[int, bool]:
    if parte.soglia is None:
        return (0, False)
    return (parte.soglia.giorni, parte.soglia.tipo is TipoSoglia.OLTRE)
