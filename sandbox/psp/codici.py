"""What a person types or scans: a notice number, or the text of the QR code."""

import re
from dataclasses import dataclass

from chalicelib.kernel.importo import Importo

_QR = re.compile(r"PAGOPA\|002\|(?P<avviso>[0-3]\d{17})\|(?P<ente>\d{11})\|(?P<centesimi>\d{2,11})", re.ASCII)
_AVVISO = re.compile(r"[0-3]\d{17}", re.ASCII)
_ENTE = re.compile(r"\d{11}", re.ASCII)


class CodiceIllegibile(ValueError):
    """What was typed is no notice. `str()` says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codice:
    """A notice; `importo` is that of the QR code, None when it was typed or the code says 00."""

    numero_avviso: str
    id_dominio: str
    importo: Importo | None = None


def leggi(testo: str, ente: str = "") -> Codice:
    """Read a QR text, or a notice number with the codice fiscale of the ente. Blanks do not count.

    :raises CodiceIllegibile:
    """
    pulito = re.sub(r"\s+", "", testo)
    qr = _QR.fullmatch(pulito)
    if qr is not None:
        centesimi = int(qr["centesimi"])
        return Codice(
            numero_avviso=qr["avviso"], id_dominio=qr["ente"], importo=Importo(centesimi) if centesimi else None
        )
    ente = re.sub(r"\s+", "", ente)
    if not _AVVISO.fullmatch(pulito):
        raise CodiceIllegibile(
            "Il codice non è un avviso: inserire le 18 cifre del codice avviso, o il testo del QR (PAGOPA|002|...)."
        )
    if not _ENTE.fullmatch(ente):
        raise CodiceIllegibile("Manca il codice fiscale dell'ente: inserire le 11 cifre stampate sull'avviso.")
    return Codice(numero_avviso=pulito, id_dominio=ente)
