"""What a row says: its JSON, or what the layout of the tracciato makes of its cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.pendenze.schemas.requests import post_from_json
from chalicelib.tracciati.mappa.campi import Celle, applied
from chalicelib.tracciati.mappa.colonne import placed
from chalicelib.tracciati.mappa.dichiarata import Mappa
from chalicelib.tracciati.model import Formato, Operazione, Riga, Tracciato
from chalicelib.tracciati.operations.suddivisione import mappa_di

LIBERO = "LIBERO"
MOTIVO_CSV = "Annullata con il tracciato {nome}"


@dataclass(frozen=True, slots=True)
class Lettore:
    """Reads the rows of one tracciato: its layout, and what the tracciato says for all of them."""

    tracciato: Tracciato
    mappa: Mappa | None = None
    posizioni: Mapping[str, int] | None = None

    @classmethod
    def of(cls, tracciato: Tracciato) -> "Lettore":
        if tracciato.formato is Formato.JSON:
            return cls(tracciato)
        return cls(tracciato, *placed(mappa_di(tracciato), tracciato.intestazione))

    def celle(self, riga: Riga) -> Celle:
        return Celle(self.posizioni or {}, riga.celle)

    def pendenza(self, riga: Riga) -> dict[str, Any]:
        """Give the pendenza of a row, as the body of a POST.

        :raises Sintassi: with all that is wrong with its cells, and with the body they make
        """
        body, errors = self.read(riga)
        if not errors:
            return body
        wrong = {error.campo for error in errors}
        raise Sintassi([*errors, *(e for e in _errors_of(body) if e.campo not in wrong)])

    def read(self, riga: Riga) -> tuple[dict[str, Any], list[FieldError]]:
        """Give the pendenza of a row as far as it can be read, and what is wrong with its cells."""
        body: dict[str, Any] = dict(riga.contenuto or {})
        errors: list[FieldError] = []
        if self.mappa is not None:
            body, errors = applied(self.mappa.campi, self.celle(riga))
        if self.tracciato.id_dominio and not body.get("idDominio"):
            body["idDominio"] = self.tracciato.id_dominio
        if not body.get("idTipoPendenza") and (tipo := self._tipo()):
            body["idTipoPendenza"] = tipo
        return body, errors

    def _tipo(self) -> str | None:
        """Give the tipo of a row that names none: that of the tracciato; LIBERO is what the layout of CSV says."""
        is_standard = self.mappa is not None and self.mappa.is_standard
        return self.tracciato.id_tipo_pendenza or (LIBERO if is_standard else None)

    def richiesta(self, riga: Riga) -> dict[str, Any]:
        """Give what a row asks for, as far as it can be read."""
        return self.annullamento(riga) if riga.operazione is Operazione.DEL else self.read(riga)[0]

    def annullamento(self, riga: Riga) -> dict[str, Any]:
        """Give the annullamento of a row."""
        body = dict(riga.contenuto or {})
        if self.mappa is None:
            return body
        return {**body, "motivoAnnullamento": MOTIVO_CSV.format(nome=self.tracciato.nome)}


def _errors_of(body: Mapping[str, Any]) -> Iterator[FieldError]:
    """Give what else is wrong: with a field that could not be read, also that it is missing is found."""
    try:
        post_from_json(body)
    except Sintassi as refused:
        yield from refused.errors
