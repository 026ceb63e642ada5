"""The catalogue: tipi entrata and tipi pendenza, common to all domini."""

from chalicelib.anagrafica import repository
from chalicelib.anagrafica.model import TipoEntrata, TipoPendenza
from chalicelib.anagrafica.operations.registration import register


def put_tipo_entrata(*, tipo_entrata: TipoEntrata) -> bool:
    """Register a tipo entrata."""
    return register(tipo_entrata, partitions=[repository.CATALOGO])


def put_tipo_pendenza(*, tipo_pendenza: TipoPendenza) -> bool:
    """Register a tipo pendenza."""
    return register(tipo_pendenza, partitions=[repository.CATALOGO])
