"""Tracciati: by the API or dropped in the bucket, in JSON or CSV, with rows that are good, wrong, double, or cancel."""

import csv
import io
from typing import Any

from chalicelib.tracciati.mappa.standard import COLONNE
from sandbox import sample
from sandbox.simulatore.mondo import Api
from sandbox.simulatore.passi.gestionale import Gestionale
from sandbox.simulatore.passi.scena import Caricata, Consegnato
from sandbox.web import json_text

_MASSIMO = 5


class Tracciati(Gestionale):
    def tracciato(self) -> None:
        """Hand a file over, or drop it; and then let it be worked on a little."""
        formato = self.caso.choice(["json", "csv"])
        id_dominio = self.caso.choice(sorted(sample.ENTI))
        nome = f"T-{self.passo}"
        righe, attese, nuove = self._righe(nome, id_dominio)
        if formato == "json":
            attese = self._ordinate(righe, attese)
        dati = _json(nome, id_dominio, righe) if formato == "json" else _csv(righe)
        stampa = self.caso.random() < 0.3
        per_api = self.caso.random() < 0.5

        def manda() -> bool:
            if per_api:
                return self._per_api(nome, id_dominio, dati, formato, stampa=stampa)
            return self._nel_bucket(nome, id_dominio, dati, formato)

        consegnato = Consegnato(nome, id_dominio, attese, nuove, manda)
        self.tracciati.append(consegnato)
        self.pendenze += nuove
        consegnato.accolto = manda()
        self.code()

    def ancora_il_tracciato(self) -> None:
        """Hand the same file over again: by the API it is the same tracciato."""
        if self.tracciati:
            consegnato = self.caso.choice(self.tracciati)
            for nuova in consegnato.nuove:
                nuova.toccata = True  # what was loaded from it and changed since is as in the file again
            consegnato.accolto |= consegnato.manda()

    def ritira_esiti(self) -> None:
        """Learn the notices of the rows that were loaded."""
        for caricata in self.pendenze:
            if caricata.numero_avviso is None:
                stato, letta = self.api().chiama("GET", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}")
                if stato == 200 and letta.get("numeroAvviso"):
                    caricata.numero_avviso = str(letta["numeroAvviso"])

    # -- the rows

    def _righe(self, nome: str, id_dominio: str) -> tuple[list[dict[str, Any]], list[bool | None], list[Caricata]]:
        righe: list[dict[str, Any]] = []
        attese: list[bool | None] = []
        nuove: list[Caricata] = []
        for numero in range(1, self.caso.randint(1, _MASSIMO) + 1):
            come = self.caso.choice(["nuova", "nuova", "nuova", "nota", "annulla", "sbagliata", "doppia"])
            note = [una for una in self.pendenze if una.certa and una.dati["idDominio"] == id_dominio]
            if come in {"nota", "annulla"} and note:
                vecchia = self.caso.choice(note)
                vecchia.toccata = True
                if come == "nota":
                    righe.append(self._riga(vecchia.id_pendenza, self.con_altro_importo(vecchia.dati)))
                else:
                    righe.append({"idA2A": sample.ID_A2A, "idPendenza": vecchia.id_pendenza, "motivoAnnullamento": "X"})
                attese.append(None)
            elif come == "doppia" and righe:
                righe.append(self.caso.choice(righe))
                attese.append(False)
            else:
                caricata = Caricata(f"{nome}-{numero}", self.pendenza(f"{nome} riga {numero}", id_dominio=id_dominio))
                righe.append(self._riga(caricata.id_pendenza, caricata.dati))
                attese.append(come != "sbagliata")
                if come == "sbagliata":
                    righe[-1]["voci"] = [
                        {**righe[-1]["voci"][0], "importo": righe[-1]["importo"] + righe[-1]["importo"]}
                    ]
                else:
                    nuove.append(caricata)
        # What stands twice was refused the second time only if the first names the same operation on the same pendenza.
        viste: set[tuple[str, bool]] = set()
        for posto, riga in enumerate(righe):
            chiave = (riga["idPendenza"], "motivoAnnullamento" in riga)
            if chiave in viste:
                attese[posto] = False
            viste.add(chiave)
        return righe, attese, nuove

    def _riga(self, id_pendenza: str, dati: dict[str, Any]) -> dict[str, Any]:
        return {"idA2A": sample.ID_A2A, "idPendenza": id_pendenza, **dati}

    def _ordinate(self, righe: list[dict[str, Any]], attese: list[bool | None]) -> list[bool | None]:
        """Give what is expected in the order of a JSON: all that is loaded, then all that is cancelled."""
        zipped = list(zip(righe, attese, strict=True))
        prime = [attesa for riga, attesa in zipped if "motivoAnnullamento" not in riga]
        return prime + [attesa for riga, attesa in zipped if "motivoAnnullamento" in riga]

    # -- how they go

    def _per_api(self, nome: str, id_dominio: str, dati: bytes, formato: str, *, stampa: bool) -> bool:
        query = f"?stampaAvvisi={str(stampa).lower()}"
        if formato == "csv":
            query = f"/{id_dominio}{query}&nomeFile={nome}.csv"
        api: Api = self.backoffice()
        tipo = "application/json" if formato == "json" else "text/csv"
        stato, _ = api.manda("POST", f"/pendenze/tracciati{query}", dati, tipo)
        return stato == 201

    def _nel_bucket(self, nome: str, id_dominio: str, dati: bytes, formato: str) -> bool:
        self.deposita("tracciati", f"tracciati/{id_dominio}/in/{nome}.{formato}", dati)
        return True


def _json(nome: str, id_dominio: str, righe: list[dict[str, Any]]) -> bytes:
    annulla = [riga for riga in righe if "motivoAnnullamento" in riga]
    inserisce = [riga for riga in righe if "motivoAnnullamento" not in riga]
    corpo: dict[str, Any] = {"idTracciato": nome, "idDominio": id_dominio}
    if inserisce:
        corpo["inserimenti"] = inserisce
    if annulla:
        corpo["annullamenti"] = annulla
    return json_text.dumps(corpo).encode()


def _csv(righe: list[dict[str, Any]]) -> bytes:
    testo = io.StringIO()
    scrive = csv.DictWriter(testo, COLONNE, restval="")
    scrive.writeheader()
    for riga in righe:
        scrive.writerow(_celle(riga))
    return testo.getvalue().encode()


def _celle(riga: dict[str, Any]) -> dict[str, str]:
    celle = {"idA2A": riga["idA2A"], "idPendenza": riga["idPendenza"]}
    if "motivoAnnullamento" in riga:
        return celle | {"importo": "0"}
    soggetto = riga["soggettoPagatore"]
    celle |= {
        "idDominio": riga["idDominio"],
        "tipoPendenza": riga["voci"][0]["codEntrata"],
        "causale": riga["causale"],
        "importo": str(riga["importo"]),
        "dataScadenza": riga.get("dataScadenza", ""),
        "annoRiferimento": str(riga.get("annoRiferimento", "")),
    }
    for nome, valore in soggetto.items():
        celle[f"{nome}Pagatore" if nome != "tipo" else "tipoSoggettoPagatore"] = str(valore)
    for posto, voce in enumerate(riga["voci"], 1):
        celle |= {
            f"idVoce{posto}": voce["idVocePendenza"],
            f"importoVoce{posto}": str(voce["importo"]),
            f"descrizioneVoce{posto}": voce["descrizione"],
            f"tipoEntrataVoce{posto}": voce["codEntrata"],
        }
    return {nome: valore for nome, valore in celle.items() if nome in COLONNE}
