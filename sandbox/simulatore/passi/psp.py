"""What PSPs do, and the Nodo with the receipts of what was paid."""

from sandbox import sample
from sandbox.nodo.model import Protocollo, Ricevuta, StatoTentativo, Tentativo
from sandbox.simulatore.passi.scena import Caricata, Scena

PROTOCOLLI = {
    sample.DOMINIO: (Protocollo.CLASSICO, Protocollo.V1, Protocollo.V2),
    sample.UNIONE.id_dominio: (Protocollo.V2,),
    sample.SCUOLA.id_dominio: (Protocollo.CLASSICO, Protocollo.V1),
}


class Psp(Scena):
    def verifica(self) -> None:
        caricata = self.una()
        if caricata is not None:
            self.prova(
                lambda: self.mondo.nodo.verifica(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    protocollo=self._protocollo(caricata),
                )
            )

    def _protocollo(self, caricata: Caricata) -> Protocollo:
        return self.caso.choice(PROTOCOLLI[caricata.dati["idDominio"]])

    def attiva(self) -> None:
        caricata = self.una()
        if caricata is not None:
            self.prova(
                lambda: self.mondo.nodo.attiva(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    protocollo=self._protocollo(caricata),
                    importo=caricata.dati["importo"],
                )
            )
            if self.caso.random() < 0.6:
                self.code()  # the RPT of the classic protocol goes at once, as a rule

    def _attivi(self, *stati: StatoTentativo) -> list[Tentativo]:
        return [uno for uno in self.mondo.nodo.tentativi() if uno.stato in stati and not uno.nota]

    def scade(self) -> None:
        """Let a token end, so that another PSP may begin; the first may still turn out to have been paid."""
        attivi = self._attivi(StatoTentativo.ATTIVO)
        if attivi:
            self.mondo.nodo.scade(self.caso.choice(attivi).token)

    def paga(self) -> None:
        """Pay, after a time-out or a KO too; the receipt goes now, later, or is lost for good."""
        self._paga(self.caso.choice(["subito", "subito", "subito", "dopo", "dopo", "persa"]))

    def paga_dopo(self) -> None:
        """Pay, and keep the receipt for later."""
        self._paga("dopo")

    def _paga(self, quando: str) -> None:
        aperti = self._attivi(StatoTentativo.ATTIVO, StatoTentativo.SCADUTO, StatoTentativo.NON_PAGATO)
        if not aperti:
            return
        tentativo = self.caso.choice(aperti)
        versione = None
        if tentativo.protocollo is Protocollo.V1 and tentativo.id_dominio == sample.DOMINIO:
            versione = self.caso.choice([Protocollo.V1, Protocollo.V2])
        # Paid first, and only then told: no other PSP pays an attempt whose receipt is on its way.
        ricevuta = self.prova(lambda: self.mondo.nodo.paga(tentativo.token, versione=versione, consegna=False))
        if ricevuta is not None and quando == "subito":
            self.prova(lambda: self.mondo.nodo.consegna_ora(ricevuta))
        self.parte(ricevuta, quando)

    def rinuncia(self) -> None:
        """Close a payment as not made: a KO of the classic protocol."""
        attivi = self._attivi(StatoTentativo.ATTIVO)
        if attivi:
            tentativo = self.caso.choice(attivi)
            self.prova(lambda: self.mondo.nodo.annulla(tentativo.token))

    def parte(self, ricevuta: Ricevuta | None, quando: str) -> None:
        if ricevuta is None:
            return
        if quando == "dopo":
            self.da_consegnare.append(ricevuta)
        elif quando == "persa":
            self.perse.add(id(ricevuta))

    def consegna(self) -> None:
        """Deliver what was kept, in any order."""
        if self.da_consegnare:
            ricevuta = self.da_consegnare.pop(self.caso.randrange(len(self.da_consegnare)))
            self.mondo.nodo.consegne.consegna(ricevuta)

    def riconsegna(self) -> None:
        """Deliver again what has gone already, or what did not arrive."""
        tutte = [una for una in self.mondo.nodo.consegne.tutte() if una.invii and id(una) not in self.perse]
        if tutte:
            self.mondo.nodo.consegne.consegna(self.caso.choice(tutte))

    def stand_in(self) -> None:
        caricata = self.una()
        if caricata is not None and Protocollo.V2 in PROTOCOLLI[caricata.dati["idDominio"]]:
            self.prova(
                lambda: self.mondo.nodo.stand_in(
                    id_dominio=caricata.dati["idDominio"],
                    numero_avviso=str(caricata.numero_avviso),
                    importo=caricata.dati["importo"],
                    causale="Stand-In",
                )
            )
