"""Who calls, and what they may do (GovPay 3.1 API 2.2 and 4.14). Pure: how a caller proves who they are is rest/auth.py's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.kernel.refusals import NotAllowed


class TipoUtenza(StrEnum):
    ANONIMO = "ANONIMO"
    CITTADINO = "CITTADINO"
    APPLICAZIONE = "APPLICAZIONE"
    OPERATORE = "OPERATORE"


class Servizio(StrEnum):
    """The nine servizi of an ACL, and the three APIs that an applicazione is enabled to by a boolean."""

    ANAGRAFICA_PAGOPA = "Anagrafica PagoPA"
    ANAGRAFICA_CREDITORE = "Anagrafica Creditore"
    ANAGRAFICA_APPLICAZIONI = "Anagrafica Applicazioni"
    ANAGRAFICA_RUOLI = "Anagrafica Ruoli"
    PAGAMENTI = "Pagamenti"
    PENDENZE = "Pendenze"
    RENDICONTAZIONI = "Rendicontazioni e Incassi"
    GIORNALE = "Giornale degli Eventi"
    CONFIGURAZIONE = "Configurazione e manutenzione"
    API_PAGAMENTI = "API Pagamenti"
    API_PENDENZE = "API Pendenze"
    API_RAGIONERIA = "API Ragioneria"


SERVIZI_ACL = tuple(s for s in Servizio if not s.startswith("API "))


class Diritto(StrEnum):
    LETTURA = "R"
    SCRITTURA = "W"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambito:
    """A set of ids, or all of them (`*`). Empty is nothing: deny by default."""

    tutti: bool = False
    ids: frozenset[str] = frozenset()

    def __contains__(self, identifier: str) -> bool:
        return self.tutti or identifier in self.ids


NESSUNO = Ambito()
TUTTI = Ambito(tutti=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utenza:
    """The caller of a request. `id_a2a` is set for an APPLICAZIONE; `codice_fiscale` and `email` for a CITTADINO."""

    principal: str
    tipo: TipoUtenza
    nome: str
    id_a2a: str | None = None
    codice_fiscale: str | None = None
    email: str | None = None
    domini: Ambito = NESSUNO
    tipi_pendenza: Ambito = NESSUNO
    autodeterminazione: bool = False
    acl: Mapping[Servizio, frozenset[Diritto]] = field(default_factory=dict)

    def is_same_person(self, codice: str | None) -> bool:
        """Tell whether a codice fiscale is that of the caller, who is a citizen; never, for anybody else."""
        return self.codice_fiscale is not None and codice is not None and codice.upper() == self.codice_fiscale.upper()

    def may(self, servizio: Servizio, diritto: Diritto) -> bool:
        return diritto in self.acl.get(servizio, frozenset())

    def require(self, servizio: Servizio, diritto: Diritto) -> None:
        """Check the ACL.

        :raises NotAllowed: 403000
        """
        if not self.may(servizio, diritto):
            azione = "leggere" if diritto is Diritto.LETTURA else "modificare"
            raise NotAllowed(
                f"L'utenza {self.principal} non è abilitata a {azione} nel servizio {servizio}: "
                "chiedere l'autorizzazione a un amministratore."
            )

    def require_any_dominio(self) -> None:
        """Check that there is a dominio that the caller may act for.

        :raises NotAllowed: 403000
        """
        if not self.domini.tutti and not self.domini.ids:
            raise NotAllowed(f"L'utenza {self.principal} non è autorizzata per nessun dominio.")

    def require_dominio(self, id_dominio: str) -> None:
        """Check that the caller may act for the dominio.

        :raises NotAllowed: 403000, in the same words whether the dominio exists or not
        """
        if id_dominio not in self.domini:
            raise NotAllowed(f"L'utenza {self.principal} non è autorizzata per il dominio {id_dominio}.")

    def manages(self, id_tipo_pendenza: str | None) -> bool:
        """Tell whether the caller may manage a tipo pendenza; what is of none is for who may manage all."""
        return not self.is_limited_by_tipo or (id_tipo_pendenza is not None and id_tipo_pendenza in self.tipi_pendenza)

    @property
    def is_limited_by_tipo(self) -> bool:
        """Tell whether there are tipi pendenza that the caller may not manage."""
        return not self.tipi_pendenza.tutti and not self.autodeterminazione

    def require_tipo_pendenza(self, id_tipo_pendenza: str) -> None:
        """Check that the caller may manage that tipo pendenza.

        :raises NotAllowed: 403000
        """
        if not self.manages(id_tipo_pendenza):
            raise NotAllowed(f"L'utenza {self.principal} non è autorizzata per il tipo pendenza {id_tipo_pendenza}.")


ANONIMO = Utenza(principal="anonimo", tipo=TipoUtenza.ANONIMO, nome="Utente anonimo")
