"""What banks make of a causale on its way to the giornale di cassa."""

from collections.abc import Callable
from enum import StrEnum

from sandbox.fdr.archivio import Flusso

_RIGA = 35


class Sporco(StrEnum):
    """One kind of dirt; MISTO gives each movement the next kind, NESSUNO leaves the causale as the PSP wrote it."""

    MISTO = "misto"
    NESSUNO = "nessuno"
    SPAZI = "spazi"
    MINUSCOLE = "minuscole"
    PREFISSO = "prefisso"
    A_CAPO = "a-capo"
    ETICHETTE = "etichette"
    TRATTINI = "trattini"
    SPAZI_DURI = "spazi-duri"
    CUMULATIVO = "cumulativo"


SPIEGAZIONI = {
    Sporco.MISTO: "misto: a ogni movimento il difetto successivo",
    Sporco.NESSUNO: "nessuno: la causale è quella del PSP",
    Sporco.SPAZI: "spazi: al posto delle barre",
    Sporco.MINUSCOLE: "minuscole",
    Sporco.PREFISSO: "prefisso: la banca scrive prima le sue parole",
    Sporco.A_CAPO: "a capo: la causale è spezzata ogni 35 caratteri",
    Sporco.ETICHETTE: "etichette: la causale è fra i tag della banca",
    Sporco.TRATTINI: "trattini: tipografici, come da un programma di scrittura",
    Sporco.SPAZI_DURI: "spazi duri: non separabili, al posto delle barre e intorno",
    Sporco.CUMULATIVO: "cumulativo: la dicitura lunga di SACI 1.4, con la data",
}
_GIRO = (
    Sporco.NESSUNO,
    Sporco.PREFISSO,
    Sporco.SPAZI,
    Sporco.A_CAPO,
    Sporco.MINUSCOLE,
    Sporco.ETICHETTE,
    Sporco.TRATTINI,
    Sporco.SPAZI_DURI,
    Sporco.CUMULATIVO,
)
_TRATTINO, _SPAZIO_DURO = "\N{EN DASH}", "\N{NO-BREAK SPACE}"
_MODI: dict[Sporco, Callable[[str], str]] = {
    Sporco.NESSUNO: str,
    Sporco.SPAZI: lambda testo: testo.replace("/", " ").strip(),
    Sporco.MINUSCOLE: str.lower,
    Sporco.PREFISSO: lambda testo: f"BONIFICO A VOSTRO FAVORE DA BANCA SANDBOX SPA RI/ {testo}",
    Sporco.A_CAPO: lambda testo: "\n".join(testo[place : place + _RIGA] for place in range(0, len(testo), _RIGA)),
    Sporco.ETICHETTE: lambda testo: f":RI1:{testo} :SEC:",
    Sporco.TRATTINI: lambda testo: testo.replace("-", _TRATTINO),
    Sporco.SPAZI_DURI: lambda testo: f"{_SPAZIO_DURO}{testo.replace('/', _SPAZIO_DURO)}{_SPAZIO_DURO}",
    Sporco.CUMULATIVO: lambda testo: testo.replace(
        "LGPE-RIVERSAMENTO/TXT/0/", "LGPE-RIVERSAMENTO Cumulativo pagamenti del 20261123/"
    ),
}


def causale_of(flusso: Flusso) -> str:
    """Give the causale that the PSP writes on its credit transfer (AT-05, SACI 2)."""
    return f"/PUR/LGPE-RIVERSAMENTO/TXT/0/URI/{flusso.id_flusso}"


def sporca(causale: str, sporco: Sporco, *, posto: int) -> str:
    """Give the causale as the bank would; `posto` is the place of the movement, from 0."""
    return _MODI[_GIRO[posto % len(_GIRO)] if sporco is Sporco.MISTO else sporco](causale)
