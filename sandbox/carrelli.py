"""The chapter of the demo on carts: what a portal pays at once, by Checkout and by the WISP, without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from chalicelib.kernel.importo import Importo
from sandbox import recupero
from sandbox.attesa import finche
from sandbox.racconto import Racconto
from sandbox.sample import ID_A2A
from sandbox.web import json_text
from sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrello:
    """A cart of the demo: which pendenze, and at which simulator; `api` is where it is paid by a program.

    With `perse` its RTs never arrive by themselves.
    """

    dove: str
    api: str
    pendenze: Sequence[str]
    totale: Importo
    perse: bool = False


CARRELLI = (
    Carrello(
        dove="checkout",
        api="/api/carrelli",
        pendenze=("TARI-2026-0002", "ASILO-2026-0101", "ASILO-2026-0102"),
        totale=Importo.parse("344.75"),
    ),
    Carrello(
        dove="wisp",
        api="/api/sessioni",
        pendenze=("GITA-2026-0301", "GITA-2026-0302"),
        totale=Importo.parse("64.50"),
        perse=True,
    ),
)
_NOMI = {"checkout": "Checkout, due enti", "wisp": "WISP, stazione V1, con le RT perse"}


def racconta(world: World, racconto: Racconto) -> None:
    """Pay each cart as a citizen would, and check what comes of it."""
    for carrello in CARRELLI:
        racconto.passo(f"Carrello di {len(carrello.pendenze)} pendenze dal portale ({_NOMI[carrello.dove]})")
        creato = world.pagamento().post(
            "/pagamenti",
            {
                "pendenze": [{"idA2A": ID_A2A, "idPendenza": one} for one in carrello.pendenze],
                "urlRitorno": f"{world.url['portale']}/esito",
            },
        )
        racconto.fatto("Il cittadino va a", creato["redirect"])
        pagato = _paga(world, carrello, str(creato["redirect"]))
        racconto.uguale(pagato["stato"], "PAGATO", "Stato del carrello")
        ritorno = _get(str(pagato["ritorno"])).headers.get("Location", "")
        racconto.attesa(
            ritorno.startswith(world.url["portale"]) and ritorno.endswith("esito=OK"), "Torna al portale", ritorno
        )
        if carrello.perse:
            recupero.racconta(world, racconto, str(creato["id"]))
        _guarda(world, racconto, carrello, str(creato["id"]))


def _paga(world: World, carrello: Carrello, redirect: str) -> dict[str, Any]:
    _get(redirect).raise_for_status()
    azione = {"azione": "paga", "ricevute": "perse" if carrello.perse else "subito"}
    chiave = redirect.rsplit("=" if carrello.dove == "wisp" else "/", 1)[-1]
    response = requests.post(f"{world.url[carrello.dove]}{carrello.api}/{chiave}", json=azione, timeout=60)
    response.raise_for_status()
    pagato: dict[str, Any] = json_text.loads(response.content)
    return pagato


def _guarda(world: World, racconto: Racconto, carrello: Carrello, id_pagamento: str) -> None:
    visto: dict[str, Any] = {}

    def concluso() -> bool:
        visto.update(world.pagamento().get(f"/pagamenti/{id_pagamento}"))
        return bool(visto["stato"] != "IN_CORSO")

    finche(concluso)
    racconto.uguale(visto["stato"], "ESEGUITO", "Stato del pagamento")
    racconto.uguale(Importo.parse(str(visto["importo"])), carrello.totale, "Importo del pagamento")
    racconto.tabella(
        ["Pendenza", "Ente", "Euro", "Stato"],
        [
            [
                one["idPendenza"],
                one["dominio"]["ragioneSociale"],
                Importo.parse(str(one["importo"])).italian(),
                one["stato"],
            ]
            for one in visto["pendenze"]
        ],
    )
    notificate: list[str] = []

    def tutte() -> bool:
        notificate[:] = [
            str(one["corpo"].get("idPendenza"))
            for one in world.api_gestionale().get("/api/notifiche")
            if one["tipo"] == "RICEVUTA" and one["corpo"].get("idPendenza") in carrello.pendenze
        ]
        return len(notificate) >= len(carrello.pendenze)

    finche(tutte)
    racconto.uguale(sorted(notificate), sorted(carrello.pendenze), "Una ricevuta notificata per pendenza")


def _get(url: str) -> requests.Response:
    return requests.get(url, timeout=60, allow_redirects=False)
