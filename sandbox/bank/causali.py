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


SPIEGAZIONI = {
    Sporco.MISTO: "misto: a ogni movimento il difetto successivo",
    Sporco.NESSUNO: "nessuno: la causale è quella del PSP",
    Sporco.SPAZI: "spazi: al posto delle barre",
    Sporco.MINUSCOLE: "minuscole",
    Sporco.PREFISSO: "prefisso: la banca scrive prima le sue parole",
    Sporco.A_CAPO: "a capo: la causale è spezzata ogni 35 caratteri",
    Sporco.ETICHETTE: "etichette: la causale è fra i tag della banca",
}
_GIRO = (
    Sporco.NESSUNO,
    Sporco.PREFISSO,
    Sporco.SPAZI,
    Sporco.A_CAPO,
    Sporco.MINUSCOLE,
    Sporco.ETICHETTE,
)
_MODI: dict[Sporco, Callable[[str], str]] = {
    Sporco.NESSUNO: str,
    Sporco.SPAZI: lambda testo: testo.replace("/", " ").strip(),
    Sporco.MINUSCOLE: str.lower,
    Sporco.PREFISSO: lambda testo: f"BONIFICO A VOSTRO FAVORE DA BANCA SANDBOX SPA RI/ {testo}",
    Sporco.A_CAPO: lambda testo: "\n".join(testo[place : place + _RIGA] for place in range(0, len(testo), _RIGA)),
    Sporco.ETICHETTE: lambda testo: f":RI1:{testo} :SEC:",
}


def causale_of(flusso: Flusso) -> str:
    """Give the causale that the PSP writes on its credit transfer (AT-05, SACI 2)."""
    return f"/PUR/LGPE-RIVERSAMENTO/TXT/0/URI/{flusso.id_flusso}"


def sporca(causale: str, sporco: Sporco, *, posto: int) -> str:
    """Give the causale as the bank would; `posto` is the place of the movement, from 0."""
    return _MODI[_GIRO[posto % len(_GIRO)] if sporco is Sporco.MISTO else sporco](causale)
