"""The main job end to end: load, print, pay, notify, reconcile; every expectation checked.

Exits 0 when all is as expected, 1 saying what was not. What it makes is in demo-out/.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from govpay.testo import righe
from sandbox import carrelli, modulo, rendiconto, sample, tracciato
from sandbox.api_client import Api, ApiRifiuta
from sandbox.attesa import finche
from sandbox.lettore import leggi_qr
from sandbox.racconto import Racconto
from sandbox.sample import DOMINIO, ID_A2A, Caricata
from sandbox.web import json_text
from sandbox.world import World

OUT = Path("demo-out")
_CASSETTO = "cassetto"
_NUOVO_IMPORTO = Importo.parse("51.20")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visita:
    """One payment of the demo: which pendenza, how, for how much; `operazioni` are the events it must leave."""

    id_pendenza: str
    protocollo: str
    importo: Importo
    operazioni: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagata:
    visita: Visita
    caricata: Caricata
    iuv: str
    token: str


VISITE = (
    Visita(
        id_pendenza="MULTA-2026-0042",
        protocollo="classico",
        importo=Importo.parse("87.30"),
        operazioni=frozenset({"paaVerificaRPT", "paaAttivaRPT", "nodoInviaRPT", "paaInviaRT"}),
    ),
    Visita(
        id_pendenza="TARI-2026-0001",
        protocollo="V2",
        importo=Importo.parse("214.50"),
        operazioni=frozenset({"paVerifyPaymentNotice", "paGetPaymentV2", "paSendRTV2"}),
    ),
    Visita(
        id_pendenza="MENSA-2026-0007",
        protocollo="V1",
        importo=_NUOVO_IMPORTO,
        operazioni=frozenset({"paVerifyPaymentNotice", "verifyPendenza", "paGetPayment", "paSendRT"}),
    ),
)
RIFIUTATE = (
    ("TARI-2026-0001", "PAA_PAGAMENTO_DUPLICATO", "un avviso già pagato"),
    ("MENSA-2026-0008", "PAA_PAGAMENTO_SCADUTO", "un avviso scaduto"),
)


def main(out: Path = OUT) -> int:
    """Run the demo and give its exit status."""
    racconto = Racconto()
    racconto.riga("GovPay: dalla pendenza all'incasso")
    out.mkdir(exist_ok=True)
    try:
        racconto.passo("Avvio di AWS simulata, GovPay, Nodo, Checkout, WISP, PSP, gestionale e portale")
        with World.start(log_file=out / "govpay.log") as world:
            racconto.fatto("Pronti in", f"{racconto.secondi:.1f} s".replace(".", ","))
            world.open_cassetto(out / _CASSETTO)
            _demo(world, racconto, out)
    except (ApiRifiuta, requests.RequestException, TimeoutError) as error:
        racconto.attesa(False, f"La dimostrazione si è interrotta: {error}")
    racconto.riga()
    racconto.fatto("Documenti e log", f"{out}/")
    return racconto.conclude()


def _demo(world: World, racconto: Racconto, out: Path) -> None:
    racconto.passo("Censimento dell'ente (API Backoffice)")
    world.load_anagrafica()
    racconto.fatto("Ente", f"{sample.DENOMINAZIONE} ({DOMINIO})")
    racconto.fatto("Stazioni", f"{sample.STAZIONE_V1} (V1), {sample.STAZIONE_V2} (V2)")
    racconto.fatto("Tipi pendenza", ", ".join(tipo.codice for tipo in sample.TIPI))
    caricate = _carica(world, racconto, out)
    pagate = _paga(world, racconto, caricate)
    _prova_i_rifiuti(world, racconto, caricate)
    _aspetta_notifiche(world, racconto, pagate)
    _guarda_le_pendenze(world, racconto, pagate)
    _salva_le_ricevute(world, racconto, pagate, out)
    _racconta_gli_eventi(world, racconto, pagate)
    carrelli.racconta(world, racconto)
    rendiconto.racconta(world, racconto, out / _CASSETTO, _tutte_le_pagate(pagate, caricate))
    _alla_fine(world, racconto, pagate)
    tracciato.racconta(world, racconto, out)
    modulo.racconta(world, racconto, out, _al_psp)


# -- the steps -------------------------------------------------------------------------------------------------------


def _carica(world: World, racconto: Racconto, out: Path) -> dict[str, Caricata]:
    racconto.passo("Caricamento delle pendenze e stampa degli avvisi (API Pendenze)")
    oggi = rome_day(datetime.now(UTC))
    caricate = sample.carica_pendenze(world.pendenze(), world.api_gestionale(), oggi=oggi)
    racconto.tabella(
        ["Pendenza", "Numero avviso", "Euro", "Causale"],
        [
            [one.id_pendenza, one.numero_avviso, one.importo.italian(), str(one.dati["causale"])]
            for one in caricate.values()
        ],
    )
    for visita in VISITE:
        _stampa(caricate[visita.id_pendenza], racconto, out)
    world.api_gestionale().put(
        "/api/copioni/MENSA-2026-0007",
        {"verifica": "IMPORTO", "importo": _NUOVO_IMPORTO, "dataValidita": oggi + timedelta(days=15)},
    )
    racconto.fatto("Dal gestionale, mensa di novembre", f"48,00 € diventano {_NUOVO_IMPORTO.italian()} €")
    return caricate


def _stampa(caricata: Caricata, racconto: Racconto, out: Path) -> None:
    pdf = base64.b64decode(caricata.pdf or "")
    if not racconto.attesa(pdf.startswith(b"%PDF-"), f"{caricata.id_pendenza}: l'avviso è un PDF", "niente"):
        return
    (out / f"avviso-{caricata.id_pendenza}.pdf").write_bytes(pdf)
    letto = leggi_qr(pdf)
    racconto.attesa(
        letto == caricata.qr_code, f"{caricata.id_pendenza}: il QR stampato si legge, {caricata.qr_code}", letto
    )


def _paga(world: World, racconto: Racconto, caricate: dict[str, Caricata]) -> list[Pagata]:
    pagate = []
    for visita in VISITE:
        caricata = caricate[visita.id_pendenza]
        racconto.passo(f"Pagamento al PSP di {visita.id_pendenza}, protocollo {visita.protocollo}")
        esito = _al_psp(world, caricata.qr_code, visita.protocollo)
        racconto.fatto("Avviso", caricata.numero_avviso)
        racconto.fatto("Token o CCP", ", ".join(esito["token"]) or "nessuno")
        if not racconto.uguale(esito["esito"], "PAGATO", "Esito"):
            racconto.fatto("Rifiuto", esito["rifiuto"])
            continue
        racconto.uguale(Importo.parse(str(esito["importo"])), visita.importo, "Importo pagato")
        racconto.uguale(esito["risposte"], ["OK"], "GovPay accetta la ricevuta")
        pagate.append(Pagata(visita=visita, caricata=caricata, iuv=esito["iuv"], token=esito["token"][0]))
    return pagate


def _prova_i_rifiuti(world: World, racconto: Racconto, caricate: dict[str, Caricata]) -> None:
    racconto.passo("Quello che non si può pagare")
    for id_pendenza, codice, cosa in RIFIUTATE:
        esito = _al_psp(world, caricate[id_pendenza].qr_code, "V2")
        rifiuto = esito["rifiuto"] or {}
        racconto.uguale(rifiuto.get("codiceEnte") or rifiuto.get("codice") or "", codice, f"Rifiutato {cosa}")


def _aspetta_notifiche(world: World, racconto: Racconto, pagate: list[Pagata]) -> None:
    racconto.passo("Notifiche arrivate al gestionale (API Ente)")
    gestionale = world.api_gestionale()

    def ricevute() -> list[dict[str, Any]]:
        return [one for one in gestionale.get("/api/notifiche") if one["tipo"] == "RICEVUTA"]

    finche(lambda: {one["ccp"] for one in ricevute()} >= {pagata.token for pagata in pagate})
    tutte = gestionale.get("/api/notifiche")
    racconto.tabella(
        ["Tipo", "IUV", "CCP", "Euro", "Arrivi"],
        [[one["tipo"], one["iuv"], one["ccp"], _euro(one["importo"]), str(one["arrivi"])] for one in tutte],
    )
    for pagata in pagate:
        sue = [one for one in ricevute() if (one["iuv"], one["ccp"]) == (pagata.iuv, pagata.token)]
        if racconto.uguale(len(sue), 1, f"{pagata.visita.id_pendenza}: ricevute notificate"):
            importo = Importo.parse(str(sue[0]["importo"]))
            racconto.uguale(importo, pagata.visita.importo, f"{pagata.visita.id_pendenza}: importo notificato")
            corpo = sue[0]["corpo"]
            racconto.uguale(corpo.get("idPendenza"), pagata.visita.id_pendenza, "   idPendenza della notifica")
            stati = {riscossione.get("stato") for riscossione in corpo.get("riscossioni") or []}
            racconto.uguale(stati, {"RISCOSSA"}, "   riscossioni della notifica")


def _guarda_le_pendenze(world: World, racconto: Racconto, pagate: list[Pagata]) -> None:
    racconto.passo("Stato delle pendenze (API Pendenze)")
    for pagata in pagate:
        pendenza = world.pendenze().get(f"/pendenze/{ID_A2A}/{pagata.visita.id_pendenza}")
        racconto.uguale(pendenza["stato"], "ESEGUITA", f"{pagata.visita.id_pendenza}: stato")
        racconto.uguale(Importo.parse(str(pendenza["importo"])), pagata.visita.importo, "   importo in archivio")


def _salva_le_ricevute(world: World, racconto: Racconto, pagate: list[Pagata], out: Path) -> None:
    racconto.passo("Ricevute")
    for pagata in pagate:
        pdf = world.pendenze().file(f"/rpp/{DOMINIO}/{pagata.iuv}/{pagata.token}/rt", "application/pdf")
        racconto.attesa(pdf.startswith(b"%PDF-"), f"{pagata.visita.id_pendenza}: la ricevuta è un PDF", pdf[:20])
        nome = out / f"ricevuta-{pagata.visita.id_pendenza}.pdf"
        nome.write_bytes(pdf)
        racconto.fatto("   salvata in", nome)


def _racconta_gli_eventi(world: World, racconto: Racconto, pagate: list[Pagata]) -> None:
    for pagata in pagate:
        racconto.passo(f"Cronistoria di {pagata.visita.id_pendenza}, IUV {pagata.iuv} (API Backoffice)")
        attese = pagata.visita.operazioni
        storia = _cronistoria(world.backoffice(), pagata)
        for testo, _ in righe(storia):
            racconto.riga(f"   {testo}".rstrip())
        racconto.riga()
        mancano = attese - _operazioni(storia)
        racconto.attesa(not mancano, f"Ci sono {', '.join(sorted(attese))}", f"senza {', '.join(sorted(mancano))}")
        andati = {one["esito"] for one in storia["fatti"] if one.get("ccp") == pagata.token and "idEvento" in one}
        racconto.uguale(andati, {"OK"}, "Esito degli eventi di questo pagamento")
    racconto.fatto("La stessa, con make run accesa", ".venv/bin/python -m govpay cronistoria IUV --sandbox")


def _cronistoria(backoffice: Api, pagata: Pagata) -> dict[str, Any]:
    """Read the story of an IUV, once what is expected is in it: eventi are written off the path of the answers."""
    storia: dict[str, Any] = {}

    def racconta_tutto() -> bool:
        storia.update(backoffice.get("/eventi/cronistoria", idDominio=DOMINIO, iuv=pagata.iuv))
        return pagata.visita.operazioni <= _operazioni(storia)

    finche(racconta_tutto)
    return storia


def _operazioni(storia: dict[str, Any]) -> set[str]:
    """Give the operations that the facts of a story are of: the first word of their detail."""
    return {str(one["dettaglio"]).partition(":")[0] for one in storia["fatti"] if "idEvento" in one}


def _alla_fine(world: World, racconto: Racconto, pagate: list[Pagata]) -> None:
    racconto.passo("A che punto sono i pagamenti, dopo l'incasso (cronistoria)")
    for pagata in pagate:
        storia = world.backoffice().get("/eventi/cronistoria", idDominio=DOMINIO, iuv=pagata.iuv)
        racconto.uguale(storia["situazione"], "Pagata e incassata.", pagata.visita.id_pendenza)
        racconto.uguale([one["descrizione"] for one in storia["mancano"]], [], "   che cosa manca")


def _tutte_le_pagate(pagate: list[Pagata], caricate: dict[str, Caricata]) -> dict[str, Importo]:
    """Give what was paid at the PSP and in the carts, by id of the pendenza."""
    nei_carrelli = [one for carrello in carrelli.CARRELLI for one in carrello.pendenze]
    al_psp = {pagata.visita.id_pendenza: pagata.visita.importo for pagata in pagate}
    return al_psp | {one: caricate[one].importo for one in nei_carrelli}


def _euro(importo: object) -> str:
    return "-" if importo is None else Importo.parse(str(importo)).italian()


# -- small helps -----------------------------------------------------------------------------------------------------


def _al_psp(world: World, codice: str, protocollo: str) -> dict[str, Any]:
    response = requests.post(
        f"{world.url['psp']}/api/pagamenti", json={"codice": codice, "protocollo": protocollo}, timeout=60
    )
    response.raise_for_status()
    esito: dict[str, Any] = json_text.loads(response.content)
    return esito
