"""What the rules ask of the anagrafica, by id; None where it is not registered."""

from collections.abc import Mapping
from typing import Protocol

from chalicelib.anagrafica.model import (
    Applicazione,
    ContoAccredito,
    Dominio,
    TipoContabilita,
    TipoPendenza,
    UnitaOperativa,
)


class EntrataCensita(Protocol):
    """An entrata of a dominio, as it holds there."""

    @property
    def tipo_contabilita(self) -> TipoContabilita: ...
    @property
    def codice_contabilita(self) -> str: ...
    @property
    def iban_accredito(self) -> str | None: ...
    @property
    def iban_appoggio(self) -> str | None: ...
    @property
    def abilitato(self) -> bool: ...


class TipoCensito(Protocol):
    """A tipo pendenza of a dominio, as it holds there."""

    @property
    def codifica_iuv(self) -> str | None: ...
    @property
    def abilitato(self) -> bool: ...


class Ente(Protocol):
    """A dominio and all it has. Among the unità is the ente itself."""

    @property
    def dominio(self) -> Dominio: ...
    @property
    def unita(self) -> Mapping[str, UnitaOperativa]: ...
    @property
    def conti(self) -> Mapping[str, ContoAccredito]: ...
    @property
    def entrate(self) -> Mapping[str, EntrataCensita]: ...
    @property
    def tipi(self) -> Mapping[str, TipoCensito]: ...


class Censimento(Protocol):
    """The registered things."""

    def dominio(self, id_dominio: str, /) -> Ente | None: ...
    def applicazione(self, id_a2a: str, /) -> Applicazione | None: ...
    def tipo_pendenza(self, id_tipo_pendenza: str, /) -> TipoPendenza | None: ...
