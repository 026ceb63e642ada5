"""Fields that the bodies of pendenze share."""

import base64
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

from chalicelib.rest import json_text
from chalicelib.rest.schema import Leggibile, SenzaControlli, formato

# The ente's own JSON is stored in an item with all the rest, which has a limit of 400 kB.
_MAX_ALLEGATI = 32_000
TASSONOMIE_AVVISO = (
    "Cartelle esattoriali",
    "Diritti e concessioni",
    "Imposte e tasse",
    "IMU, TASI e altre tasse comunali",
    "Ingressi a mostre e musei",
    "Multe e sanzioni amministrative",
    "Previdenza e infortuni",
    "Servizi erogati dal comune",
    "Servizi erogati da altri enti",
    "Servizi scolastici",
    "Tassa automobilistica",
    "Ticket e prestazioni sanitarie",
    "Trasporti, mobilità e parcheggi",
)


def _json_text(value: Any) -> str | None:
    """Keep the ente's own JSON as text, digit by digit."""
    if value is None:
        return None
    text = json_text.write(value)
    if len(text.encode()) > _MAX_ALLEGATI:
        raise ValueError(f"deve essere al più {_MAX_ALLEGATI} byte")
    return text


def _tassonomia_avviso(value: Any) -> Any:
    if isinstance(value, str) and value not in TASSONOMIE_AVVISO:
        raise ValueError(f"deve essere uno fra {', '.join(TASSONOMIE_AVVISO)}")
    return value


def _identificativo(value: Any) -> Any:
    """Refuse what pagoPA cannot carry to the PSP: it takes two characters or more (stText of paForNode), printable."""
    if isinstance(value, str) and not (len(value) > 1 and value.isprintable() and value == value.strip()):
        raise ValueError("deve avere almeno 2 caratteri, stampabili e senza spazi iniziali o finali")
    return value


def _hash_documento(value: Any) -> Any:
    """Refuse what the request of a marca da bollo cannot carry: it is base64 there (paForNode, RPT 6.2)."""
    try:
        good = not isinstance(value, str) or bool(base64.b64decode(value, validate=True))
    except ValueError:
        good = False
    if not good:
        raise ValueError("deve essere l'impronta del documento in base64")
    return value


# Any JSON, kept as text.
JsonField = Annotated[str | None, BeforeValidator(_json_text, json_schema_input_type=Any)]
TassonomiaAvvisoField = Annotated[str, BeforeValidator(_tassonomia_avviso)]
Testo16 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=16)]
Testo35 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=35)]
IdentificativoField = Annotated[Testo35, BeforeValidator(_identificativo)]
Testo64 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=64)]
Testo70 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=70)]
HashDocumentoField = Annotated[Testo70, BeforeValidator(_hash_documento)]
Testo80 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=80)]
Testo140 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=140)]
Testo255 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=255)]
Informativa = Annotated[str, SenzaControlli, StringConstraints(max_length=255)]
CellulareField = Annotated[str, formato(r"^\+[0-9]{2} [0-9]{3}-[0-9]{7}$", "deve avere la forma +39 333-1234567")]
CodiceContabilitaField = Annotated[str, formato(r"^\S{3,138}$", "deve avere da 3 a 138 caratteri, senza spazi")]
ProvinciaField = Annotated[str, formato(r"^[A-Z]{2}$", "deve essere di due lettere maiuscole")]
