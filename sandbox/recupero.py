"""The chapter of the demo on what gets lost: RTs that never arrive, asked for at the Nodo and acquired."""

from typing import Any

from sandbox.attesa import finche
from sandbox.racconto import Racconto
from sandbox.world import World

_VERIFICA = [{"op": "REPLACE", "path": "/verifica", "value": True}]


def racconta(world: World, racconto: Racconto, id_pagamento: str) -> None:
    """Show that a payment whose RTs were lost is open, have the Nodo asked, and see that it was paid."""
    pagamento = world.backoffice().get(f"/pagamenti/{id_pagamento}")
    racconto.uguale(pagamento["stato"], "IN_CORSO", "Le RT si sono perse: stato del pagamento")
    for rpp in pagamento["rpp"]:
        world.backoffice().post(_path(rpp), _VERIFICA)
    visto: dict[str, Any] = {}

    def recuperato() -> bool:
        visto.update(world.backoffice().get(f"/pagamenti/{id_pagamento}"))
        return bool(visto["stato"] != "IN_CORSO")

    finche(recuperato)
    racconto.uguale(visto["stato"], "ESEGUITO", "Chieste al Nodo (nodoChiediStatoRPT, nodoChiediCopiaRT)")


def _path(rpp: dict[str, Any]) -> str:
    rpt = rpp["rpt"]
    versamento = rpt["datiVersamento"]
    iuv, ccp = versamento["identificativoUnivocoVersamento"], versamento["codiceContestoPagamento"]
    return f"/rpp/{rpt['dominio']['identificativoDominio']}/{iuv}/{ccp}"
