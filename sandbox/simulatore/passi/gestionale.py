"""What the gestionale of the ente and its operators do to pendenze and attempts."""

from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import build_numero_avviso
from chalicelib.pagamenti.repository import RPP
from sandbox import sample
from sandbox.api_client import PAGAMENTO
from sandbox.nodo.model import Protocollo
from sandbox.simulatore.mondo import Api
from sandbox.simulatore.passi.scena import Caricata, Scena

_PERSONE = (
    sample.MARIA | {"email": "maria@cittadini.example"},
    sample.LUCA | {"email": "luca@cittadini.example"},
    sample.GIULIA,
)
_SCADENZE = ("2026-11-26", "2026-12-02", "2027-01-31", None, None)
_DI_UNIONE = next(tipo.codice for tipo in sample.TIPI if tipo.id_dominio == sample.UNIONE.id_dominio)
SPONTANEA = "mensa"


class Gestionale(Scena):
    def carica(self) -> None:
        """Load a pendenza; or the instalments of a documento; or one in which a voce is another ente's."""
        come = self.caso.choice(["una", "una", "una", "una", "rate", "due enti"])
        if come == "rate":
            quante = self.caso.choice([2, 3])
            for rata in range(1, quante + 1):
                documento = {"identificativo": f"D-{self.passo}", "descrizione": "A rate", "rata": rata}
                self._carica(f"P-{self.passo}-{rata}", documento=documento)
        elif come == "due enti":
            self._carica(f"P-{self.passo}", di_unione=True)
        else:
            self._carica(f"P-{self.passo}")

    def _carica(self, id_pendenza: str, *, di_unione: bool = False, **altro: Any) -> None:
        caricata = Caricata(id_pendenza, self.pendenza(f"Causale {id_pendenza}", di_unione=di_unione) | altro)
        self.pendenze.append(caricata)
        self.put(caricata)

    def pendenza(self, causale: str, *, di_unione: bool = False, id_dominio: str | None = None) -> dict[str, Any]:
        """Make the body of a pendenza of any tipo; `di_unione`: of the comune, and a voce of it of the unione."""
        id_dominio = sample.DOMINIO if di_unione else id_dominio
        tipo = self.caso.choice([tipo for tipo in sample.TIPI if id_dominio in {None, tipo.id_dominio}])
        importi = [Importo(self.caso.randint(1, 20_000)) for _ in range(self.caso.choice([1, 1, 1, 2, 3]))]
        voci = [self._voce(n, uno, tipo.codice) for n, uno in enumerate(importi, 1)]
        if di_unione:
            voci.append(self._voce(len(voci) + 1, Importo(self.caso.randint(1, 9_000)), _DI_UNIONE))
            voci[-1]["idDominio"] = sample.UNIONE.id_dominio
        dati = sample._pendenza(tipo.codice, causale, "1.00", self.caso.choice(_PERSONE))
        scadenza = self.caso.choice(_SCADENZE)
        if scadenza is not None:
            dati["dataScadenza"] = scadenza
        return dati | {"importo": Importo.total(voce["importo"] for voce in voci), "voci": voci}

    def _voce(self, n: int, importo: Importo, entrata: str) -> dict[str, Any]:
        return {"idVocePendenza": str(n), "importo": importo, "descrizione": f"Voce {n}", "codEntrata": entrata}

    def put(self, caricata: Caricata) -> None:
        stato, risposta = self.api().chiama("PUT", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}", caricata.dati)
        if stato in {200, 201}:
            caricata.certa = True
            caricata.numero_avviso = str(risposta["numeroAvviso"])

    def aggiorna(self) -> None:
        """Load anew, with another amount; now and then another due date."""
        caricata = self.una()
        if caricata is None:
            return
        caricata.toccata = True
        caricata.dati = self.con_altro_importo(caricata.dati)
        if self.caso.random() < 0.3:
            caricata.dati["dataScadenza"] = self.caso.choice(_SCADENZE[:3])
        self.put(caricata)

    def con_altro_importo(self, dati: dict[str, Any]) -> dict[str, Any]:
        voci = [dict(voce) for voce in dati["voci"]]
        voci[0]["importo"] = Importo(self.caso.randint(1, 20_000))
        return {**dati, "voci": voci, "importo": Importo.total(voce["importo"] for voce in voci)}

    def annulla_o_ripristina(self) -> None:
        caricata = self.una()
        if caricata is None:
            return
        caricata.toccata = True
        stato = "ANNULLATA" if not caricata.annullata else "NON_ESEGUITA"
        operazione = [{"op": "REPLACE", "path": "/stato", "value": stato}]
        esito, _ = self.api().chiama("PATCH", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}", operazione)
        if esito == 200:
            caricata.annullata = stato == "ANNULLATA"

    def spontanea(self) -> None:
        """Let a citizen fill in the form of the portal."""
        euro = self.caso.randint(1, 9_000)
        dati = {"importo": euro, "codiceFiscale": sample.LUCA["identificativo"]}
        api = Api(self.processo, PAGAMENTO, sample.PORTALE_PRINCIPAL, sample.PORTALE_PASSWORD)
        stato, risposta = api.chiama("POST", f"/pendenze/{sample.DOMINIO}/{SPONTANEA}", dati)
        if stato not in {200, 201}:
            return
        nuova = self.pendenza("Mensa", id_dominio=sample.DOMINIO)
        importo = Importo(euro * 100)
        nuova |= {"importo": importo, "voci": [self._voce(1, importo, SPONTANEA)]}
        self.pendenze.append(
            Caricata(risposta["idPendenza"], nuova, certa=True, numero_avviso=str(risposta["numeroAvviso"]))
        )

    def sconosciuta(self) -> None:
        """Let a PSP come with a notice that the ente printed by itself: GovPay asks the ente for it."""
        riferimento = f"99{self.passo:011d}"
        numero = build_numero_avviso(aux="3", codice=sample.SEGREGAZIONE, riferimento=riferimento).numero
        dati = self.pendenza(f"Dell'ente {self.passo}", id_dominio=sample.DOMINIO) | {"numeroAvviso": numero}
        caricata = Caricata(f"E-{self.passo}", dati, numero_avviso=numero)
        self.mondo.ente.sue[numero] = {"idA2A": sample.ID_A2A, "idPendenza": caricata.id_pendenza, **dati}
        self.pendenze.append(caricata)
        chiede = self.mondo.nodo.verifica if self.caso.random() < 0.5 else self.mondo.nodo.attiva
        protocollo = self.caso.choice(list(Protocollo))
        self.prova(lambda: chiede(id_dominio=sample.DOMINIO, numero_avviso=numero, protocollo=protocollo))

    # -- operators

    def sblocca(self) -> None:
        """Let an operator say that an attempt does not block others, or that it does."""
        items = self.nuvola.dynamodb.items_di("transazioni")
        trovati = sorted(
            (item["pk"]["S"], item["sk"]["S"][len(RPP) :]) for item in items if item["sk"]["S"].startswith(RPP)
        )
        if not trovati:
            return
        posto, ccp = self.caso.choice(trovati)
        operazione = [{"op": "REPLACE", "path": "/bloccante", "value": self.caso.random() < 0.3}]
        self.backoffice().chiama("PATCH", f"/rpp/{posto.replace('#', '/')}/{ccp}", operazione)

    def annota(self) -> None:
        """Let an operator leave a note on a pendenza."""
        caricata = self.una()
        if caricata is not None:
            caricata.toccata = True
            operazione = [{"op": "ADD", "path": "/nota", "value": {"testo": f"Nota {self.passo}", "oggetto": "Nota"}}]
            self.backoffice().chiama("PATCH", f"/pendenze/{sample.ID_A2A}/{caricata.id_pendenza}", operazione)

    def dimentica(self) -> None:
        """Take a person out of all that is closed, as they ask; what is money stays as it was."""
        codice = self.caso.choice(_PERSONE)["identificativo"]
        self.dimenticati.add(codice)
        self.processo.esegue("oblio", lambda: self.cancella(codice))

    def cancella(self, codice: str) -> None:
        from govpay.persona import erase

        erase(codice)
