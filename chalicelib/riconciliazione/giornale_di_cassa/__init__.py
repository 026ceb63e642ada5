"""The giornale di cassa: what the bank says came in, read from whatever file the treasurer gives.

`open_giornale` decides by content (OPI, camt.053, MT940, CSV, zip), `Giornale.check` reads the whole file without
keeping it, and iterating gives its rows again. Nothing is applied here.
"""

from chalicelib.riconciliazione.giornale_di_cassa.apertura import Giornale, open_giornale
from chalicelib.riconciliazione.giornale_di_cassa.errori import (
    Codifica,
    ColonnaMancante,
    CsvNonChiuso,
    Doctype,
    GiornaleIllegibile,
    NonGiornale,
    SenzaMovimenti,
    Troncato,
    TroppoGrande,
    XmlMalformato,
    ZipPericoloso,
)
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    Avvertenza,
    CodiceAvvertenza,
    Controllo,
    Formato,
    Movimento,
    Riga,
    RigaIllegibile,
    SaldoConto,
    Sospeso,
    Testata,
)

__all__ = [
    "Avvertenza",
    "CodiceAvvertenza",
    "Codifica",
    "ColonnaMancante",
    "Controllo",
    "CsvNonChiuso",
    "Doctype",
    "Formato",
    "Giornale",
    "GiornaleIllegibile",
    "Movimento",
    "NonGiornale",
    "Riga",
    "RigaIllegibile",
    "SaldoConto",
    "SenzaMovimenti",
    "Sospeso",
    "Testata",
    "Troncato",
    "TroppoGrande",
    "XmlMalformato",
    "ZipPericoloso",
    "open_giornale",
]
