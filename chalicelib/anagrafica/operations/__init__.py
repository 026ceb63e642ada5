"""What a caller may register. Every `put_…` tells whether it created (True) or replaced (False)."""

from chalicelib.anagrafica.operations.catalogo import put_tipo_entrata, put_tipo_pendenza
from chalicelib.anagrafica.operations.configurazione import change_configurazione
from chalicelib.anagrafica.operations.domini import (
    put_conto,
    put_dominio,
    put_entrata,
    put_tipo_pendenza_dominio,
    put_unita,
)
from chalicelib.anagrafica.operations.pagopa import put_intermediario, put_stazione
from chalicelib.anagrafica.operations.registration import MASK
from chalicelib.anagrafica.operations.seeding import seed
from chalicelib.anagrafica.operations.utenze import (
    PrincipalInUso,
    patch_applicazione,
    patch_operatore,
    patch_ruolo,
    put_applicazione,
    put_operatore,
    put_ruolo,
)

__all__ = [
    "MASK",
    "PrincipalInUso",
    "change_configurazione",
    "patch_applicazione",
    "patch_operatore",
    "patch_ruolo",
    "put_applicazione",
    "put_conto",
    "put_dominio",
    "put_entrata",
    "put_intermediario",
    "put_operatore",
    "put_ruolo",
    "put_stazione",
    "put_tipo_entrata",
    "put_tipo_pendenza",
    "put_tipo_pendenza_dominio",
    "put_unita",
    "seed",
]
