"""What a tipo pendenza configures for forms and tracciati, read when it is registered and not at its first use."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.kernel.refusals import FieldError
from chalicelib.pendenze.spontanee import validazione
from chalicelib.pendenze.spontanee.faccia import BACKOFFICE, PORTALE
from chalicelib.tracciati.lettura.errori import TracciatoIllegibile
from chalicelib.tracciati.mappa.dichiarata import mappa_of


def wrong_dettagli(id_tipo: str, dettagli: Mapping[str, Any]) -> Iterator[FieldError]:
    """Tell which JSON Schema of a form, and whether the layout of tracciati, could not be used, and why."""
    for field in ("validazione", f"{BACKOFFICE}.validazione", f"{PORTALE}.validazione"):
        schema = _at(dettagli, field)
        if not schema:
            continue
        try:
            validazione.check_schema(schema, id_tipo=id_tipo)
        except validazione.SchemaNonValido as error:
            yield FieldError(field, error.dettaglio)
    try:
        mappa_of(dettagli)
    except TracciatoIllegibile as error:
        yield FieldError("tracciatoCsv", str(error))


def _at(dettagli: Mapping[str, Any], field: str) -> Any:
    value: Any = dettagli
    for part in field.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
