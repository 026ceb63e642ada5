"""The codes of an avviso as text: QR, DataMatrix of the bollettino, GS1-128. Pure: drawing them is `disegno`'s business."""

import re
import unicodedata

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Unprocessable

ANONIMO = "ANONIMO"

# The widths of the fields, in characters, as the specification of the bollettino postale PA fixes them.
DATAMATRIX_LENGTH = 256
CONTO_LENGTH = 12
CENTS_DATAMATRIX = 10
CENTS_QR = 11
NOME_LENGTH = 40
CAUSALE_LENGTH = 110
CF_LENGTH = 16
TIPO_DOCUMENTO = "896"

# What NFKD leaves outside ASCII and people do write.
_ASCII = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‐": "-",
        "‑": "-", "−": "-", "€": "EUR", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ẞ": "SS", "ø": "o",
        "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "⁄": "/",
    }
)  # fmt: skip


class CodiceNonStampabile(Unprocessable):
    """A value that does not fit into the code that should carry it."""


def qr_text(*, numero_avviso: str, id_dominio: str, importo: Importo) -> str:
    """Return the text of the QR code: `PAGOPA|002|numero avviso|codice fiscale ente|cents`, at least two digits of cents.

    :raises CodiceNonStampabile: if a value has not the form the code needs
    """
    _require_digits(numero_avviso, 18, "numero avviso")
    _require_digits(id_dominio, 11, "codice fiscale dell'ente")
    return f"PAGOPA|002|{numero_avviso}|{id_dominio}|{_cents(importo, CENTS_QR).zfill(2)}"


def datamatrix_text(
    *,
    numero_avviso: str,
    id_dominio: str,
    conto_postale: str,
    importo: Importo,
    codice_fiscale: str,
    nome: str,
    causale: str,
) -> str:
    """Return the 256 ASCII characters of the bollettino's DataMatrix: the code line, then who owes and why.

    Texts are upper case without accents, cut to their fields; a debtor without codice fiscale is ANONIMO.

    :raises CodiceNonStampabile: if a value has not the form the code needs
    """
    _require_digits(numero_avviso, 18, "numero avviso")
    _require_digits(id_dominio, 11, "codice fiscale dell'ente")
    conto = conto_postale.zfill(CONTO_LENGTH)
    _require_digits(conto, CONTO_LENGTH, "conto corrente postale")
    cents = _cents(importo, CENTS_DATAMATRIX).zfill(CENTS_DATAMATRIX)
    code_line = f"18{numero_avviso}12{conto}10{cents}3{TIPO_DOCUMENTO}"
    debitore = _field(codice_fiscale or ANONIMO, CF_LENGTH) + _field(nome, NOME_LENGTH)
    text = f"codfase=NBPA;{code_line}1P1{id_dominio}{debitore}{_field(causale, CAUSALE_LENGTH)}"
    return text.ljust(DATAMATRIX_LENGTH - 1) + "A"


def barcode_gs1(*, gln: str, numero_avviso: str, importo: Importo) -> str:
    """Return the GS1-128 text of the notices before 2018, which old readers still ask for: 415, 8020, 3902.

    :raises CodiceNonStampabile: if a value has not the form the code needs
    """
    _require_digits(gln, 13, "GLN")
    _require_digits(numero_avviso, 18, "numero avviso")
    return f"415{gln}8020{numero_avviso}3902{_cents(importo, CENTS_QR).zfill(2)}"


def nav_a_gruppi(numero_avviso: str) -> str:
    """Return the numero avviso as it is printed, 4-4-4-4-2."""
    return " ".join(numero_avviso[i : i + 4] for i in range(0, len(numero_avviso), 4))


def ascii_text(text: str) -> str:
    """Return the text in ASCII: accents dropped, ligatures spelled out, anything else a space."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_ASCII)).translate(_ASCII)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^\x20-\x7e]", " ", bare)


def _field(text: str, length: int) -> str:
    return ascii_text(text).upper()[:length].ljust(length)


def _cents(importo: Importo, digits: int) -> str:
    if not 0 < importo.cents < 10**digits:
        raise CodiceNonStampabile(f"importo {importo}: deve essere positivo e di al più {digits} cifre in centesimi")
    return str(importo.cents)


def _require_digits(value: str, length: int, nome: str) -> None:
    if re.fullmatch(rf"[0-9]{{{length}}}", value) is None:
        raise CodiceNonStampabile(f"{nome} non stampabile nel codice: sono attese {length} cifre")
