"""What becomes of the money: flows of PSPs, credits and storni of the bank."""

from sandbox import sample
from sandbox.bank.opi import write_giornale
from sandbox.fdr.archivio import Totali
from sandbox.simulatore.passi.scena import Scena


class Denaro(Scena):
    def rendiconta(self) -> None:
        totali = self.caso.choice([Totali.GIUSTI] * 8 + [Totali.IMPORTO_ERRATO, Totali.NUMERO_ERRATO])
        if self.mondo.nodo.rendicontazione.rendiconta(totali=totali) or self.caso.random() < 0.3:
            self.processo.programmata("acquisizione_flussi")

    def rivede(self) -> None:
        """Publish a revision of a flow, at times without one of its rows."""
        flussi = self.mondo.nodo.rendicontazione.flussi()
        if not flussi:
            return
        flusso = self.caso.choice(flussi)
        iuv = sorted({riga.iuv for riga in flusso.righe})
        togli = [self.caso.choice(iuv)] if len(iuv) > 1 and self.caso.random() < 0.4 else []
        self.mondo.nodo.rendicontazione.rivedi(flusso.id_flusso, togli=togli)
        if self.caso.random() < 0.7:
            self.processo.programmata("acquisizione_flussi")

    def banca(self) -> None:
        """Credit what is on its way, in the right way or as banks do; the file goes to its folder."""
        id_dominio = self.caso.choice(sorted(sample.ENTI))
        if not self.mondo.tesoriere.da_accreditare(id_dominio):
            return
        if self.caso.random() < 0.5:
            giornali = [self.mondo.tesoriere.chiudi(id_dominio)]
        else:
            giornali = self.mondo.tesoriere.chiudi_due_giorni(id_dominio, seme=self.caso.randrange(1000))
        for giornale in giornali:
            self.giornali.append((f"giornale-di-cassa/{id_dominio}/in/{giornale.nome}", write_giornale(giornale)))
            self.deposita("riconciliazione", *self.giornali[-1])

    def ancora_il_giornale(self) -> None:
        """Put the same file once more."""
        if self.giornali:
            self.deposita("riconciliazione", *self.caso.choice(self.giornali))
