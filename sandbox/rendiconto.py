"""The last chapter of the demo: flows of rendicontazione, giornale di cassa, and every payment found in the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from chalicelib.kernel.importo import Importo
from sandbox.attesa import finche
from sandbox.racconto import Racconto
from sandbox.sample import ENTI, ID_A2A, SCUOLA
from sandbox.web import json_text
from sandbox.world import World

_SECONDI_FLUSSI, _SECONDI_GIORNALE = 25.0, 20.0
_RICONCILIATO = "RICONCILIATO"
_FORMATI = ("json", "csv", "pdf")
_CAUSALE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Posato:
    """A giornale in the folder: the provvisori that PSPs credited, and the reports that must come of it."""

    id_dominio: str
    file: Path
    accrediti: frozenset[str]
    report: tuple[Path, ...]


def racconta(world: World, racconto: Racconto, cassetto: Path, pagate: Mapping[str, Importo]) -> None:
    """Report, credit and reconcile `pagate`, by id of the pendenza: all that was paid, and nothing else was."""
    enti = dict.fromkeys(str(one["idDominio"]) for one in _acquisisce(world, racconto))
    riconciliato = Importo(0)
    for posato in [_posa(world, cassetto / id_dominio, id_dominio) for id_dominio in enti]:
        racconto.passo(f"Giornale di cassa: {ENTI[posato.id_dominio]}")
        riconciliato += _riconcilia(racconto, posato)
    racconto.passo("Dal pagamento all'incasso (API Backoffice)")
    _guarda(world, racconto, pagate)
    racconto.uguale(riconciliato, Importo.total(pagate.values()), "Riconciliato quanto è stato pagato")


# -- the flows


def _acquisisce(world: World, racconto: Racconto) -> list[dict[str, Any]]:
    racconto.passo("Flussi di rendicontazione dei PSP (FdR; SOAP per la scuola)")
    fatti: list[dict[str, Any]] = _post(f"{world.url['fdr']}/api/rendiconta", {})
    avviata = world.backoffice().get("/operazioni/acquisizioneRendicontazioni")
    racconto.fatto("Operazione", avviata["esito"])
    attesi = {str(one["idFlusso"]) for one in fatti}
    visti: dict[str, dict[str, Any]] = {}

    def acquisiti() -> bool:
        lista = world.backoffice().get("/flussiRendicontazione", risultatiPerPagina="100")
        visti.update({str(one["idFlusso"]): one for one in lista["risultati"]})
        return attesi <= set(visti)

    finche(acquisiti, secondi=_SECONDI_FLUSSI)
    racconto.tabella(
        ["Flusso", "Ente", "Via", "Pagamenti", "Euro", "Stato"],
        [
            [
                id_flusso,
                str(one["idDominio"]),
                _via(one),
                str(one["numeroPagamenti"]),
                _euro(one["importoTotale"]),
                one["stato"],
            ]
            for id_flusso, one in sorted(visti.items())
        ],
    )
    racconto.uguale(set(visti), attesi, "Acquisiti i flussi pubblicati")
    racconto.uguale({one["stato"] for one in visti.values()}, {"Acquisito"}, "Stato dei flussi")
    return fatti


def _via(flusso: Mapping[str, Any]) -> str:
    return "SOAP" if flusso["idDominio"] == SCUOLA.id_dominio else "FdR"


# -- the giornale di cassa


def _posa(world: World, cartella: Path, id_dominio: str) -> Posato:
    """Have the treasurer close the day of an ente, and drop its giornale into the folder."""
    giornale = _post(f"{world.url['banca']}/api/giornali", {"idDominio": id_dominio})
    response = requests.get(f"{world.url['banca']}{giornale['url']}", timeout=60)
    response.raise_for_status()
    nome = str(giornale["nome"])
    report = tuple(cartella / "esiti" / f"{nome}.{formato}" for formato in _FORMATI)
    for vecchio in report:  # of a demo before this one, that had the same folder
        vecchio.unlink(missing_ok=True)
    file = cartella / "in" / nome
    file.write_bytes(response.content)
    accrediti = frozenset(str(one["provvisorio"]) for one in giornale["movimenti"] if one["trn"])
    return Posato(id_dominio=id_dominio, file=file, accrediti=accrediti, report=report)


def _riconcilia(racconto: Racconto, posato: Posato) -> Importo:
    """Wait for the reports of a giornale, and give the money that they share out among capitoli: that of the payments."""
    racconto.fatto("Posato in", posato.file)
    ci_sono = finche(lambda: all(_is_whole(one) for one in posato.report), secondi=_SECONDI_GIORNALE)
    if not racconto.attesa(ci_sono, f"Arrivano i report {', '.join(_FORMATI)}"):
        return Importo(0)
    letto = json_text.loads(posato.report[0].read_bytes())
    racconto.uguale(letto["stato"], "CONCLUSO", "Stato del giornale")
    movimenti: list[dict[str, Any]] = letto["movimenti"]
    racconto.tabella(
        ["Provvisorio", "Euro", "Causale della banca", "Flusso riconosciuto", "Esito"],
        [_riga(one) for one in movimenti],
    )
    for file in posato.report:
        racconto.fatto("Report", file)
    trovati = [one for one in movimenti if one.get("esito") == _RICONCILIATO]
    racconto.uguale({one["provvisorio"] for one in trovati}, posato.accrediti, "Riconciliati gli accrediti dei PSP")
    altri = {str(one.get("esito")) for one in movimenti} - {_RICONCILIATO}
    racconto.uguale(altri, {"NON_PAGOPA", "IGNORATO"}, "Gli altri movimenti")
    return Importo.total(Importo.parse(str(quota["importo"])) for one in trovati for quota in one["ripartizione"])


def _is_whole(path: Path) -> bool:
    """Tell a report from one that is still being copied."""
    if not path.is_file():
        return False
    fine = {".json": b"]}", ".csv": b"\n", ".pdf": b"%%EOF"}[path.suffix]
    content = path.read_bytes()
    return fine == content[-1:] or content.rstrip().endswith(fine)


def _riga(movimento: Mapping[str, Any]) -> list[str]:
    causale = " ".join(str(movimento.get("causale", "")).split())
    return [
        str(movimento.get("provvisorio", "")),
        _euro(movimento["importo"]),
        causale if len(causale) <= _CAUSALE else causale[: _CAUSALE - 3] + "...",
        str(movimento.get("riferimento", "")),
        str(movimento.get("esito", "")),
    ]


# -- what was paid


def _guarda(world: World, racconto: Racconto, pagate: Mapping[str, Importo]) -> None:
    visti: dict[str, str] = {}

    def incassate() -> bool:
        for id_pendenza in pagate:
            if visti.get(id_pendenza) != "INCASSATA":
                visti[id_pendenza] = str(world.backoffice().get(f"/pendenze/{ID_A2A}/{id_pendenza}")["stato"])
        return set(visti.values()) <= {"INCASSATA"}

    finche(incassate)
    racconto.tabella(
        ["Pendenza", "Euro", "Stato"],
        [[id_pendenza, importo.italian(), visti[id_pendenza]] for id_pendenza, importo in pagate.items()],
    )
    racconto.uguale(set(visti.values()), {"INCASSATA"}, "Stato di ogni pendenza pagata")


def _euro(importo: object) -> str:
    return Importo.parse(str(importo)).italian()


def _post(url: str, corpo: Mapping[str, object]) -> Any:
    response = requests.post(url, json=corpo, timeout=60)
    response.raise_for_status()
    return json_text.loads(response.content)
