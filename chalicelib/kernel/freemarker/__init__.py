"""The part of FreeMarker that templates of GovPay use, read and filled in: no class, no file, no endless work.

A template is trusted as little as the data it is filled with: it can read the data it is given and nothing else, its
steps and its text are bounded, and what comes out of the data is escaped for where it goes (JSON, HTML).
"""

from chalicelib.kernel.freemarker.definizione import Definizione, definizione_of
from chalicelib.kernel.freemarker.errori import ModelloFallito, ModelloNonValido
from chalicelib.kernel.freemarker.modello import Modello, Uscita, read
from chalicelib.kernel.freemarker.percorso import lettore_of

__all__ = [
    "Definizione",
    "Modello",
    "ModelloFallito",
    "ModelloNonValido",
    "Uscita",
    "definizione_of",
    "lettore_of",
    "read",
]
