"""The domini, tipi pendenza and ruoli that an utenza names, as the contract shows them."""

from typing import Any

from chalicelib.anagrafica import concessioni, repository, rules
from chalicelib.anagrafica.model import Abilitazioni, RuoloUtenza, TipoEntrata, TipoPendenza
from chalicelib.anagrafica.schemas.catalogo import ALL_TIPI, tipo_entrata_json, tipo_pendenza_json
from chalicelib.anagrafica.schemas.domini import ALL_DOMINI, dominio_index_json
from chalicelib.anagrafica.schemas.utenze import ruolo_json
from chalicelib.kernel.utenze import Ambito, Utenza


def resolved(abilitazioni: Abilitazioni, chi: Utenza) -> dict[str, Any]:
    """Give `domini`, `tipiPendenza` and `ruoli` of an applicazione or an operatore: of the domini, those of who asks."""
    tipi = set(abilitazioni.tipi_pendenza)
    things = repository.partition(repository.RUOLI) if abilitazioni.ruoli else []
    ruoli = [ruolo for ruolo in things if isinstance(ruolo, RuoloUtenza) and ruolo.id_ruolo in abilitazioni.ruoli]
    shown_tipi = tipi_json(rules.ambito_of(tipi))
    if rules.AUTODETERMINAZIONE in tipi:
        shown_tipi.append(
            {**ALL_TIPI, "idTipoPendenza": rules.AUTODETERMINAZIONE, "descrizione": "Scelto dall'applicazione"}
        )
    return {
        "domini": domini_json(concessioni.seen_domini(chi, abilitazioni)),
        "tipiPendenza": shown_tipi,
        "ruoli": [ruolo_json(ruolo) for ruolo in ruoli],
    }


def domini_json(domini: Ambito) -> list[dict[str, Any]]:
    """Give domini by ragione sociale; all of them are one entry with id `*`."""
    if domini.tutti:
        return [ALL_DOMINI]
    found = repository.sorted_by(list(repository.domini_of(domini.ids).values()))
    return [dominio_index_json(dominio) for dominio in found]


def tipi_json(tipi: Ambito) -> list[dict[str, Any]]:
    """Give tipi pendenza by id; all of them are one entry with id `*`."""
    if tipi.tutti:
        return [ALL_TIPI]
    if not tipi.ids:
        return []
    things = repository.partition(repository.CATALOGO)
    return [tipo_pendenza_json(t) for t in things if isinstance(t, TipoPendenza) and t.id_tipo_pendenza in tipi.ids]


def entrate_json(tipi: Ambito) -> list[dict[str, Any]]:
    """Give the entrate of the catalogue that have the names of these tipi pendenza, by id."""
    things = repository.partition(repository.CATALOGO) if tipi.tutti or tipi.ids else []
    return [tipo_entrata_json(t) for t in things if isinstance(t, TipoEntrata) and t.id_entrata in tipi]
