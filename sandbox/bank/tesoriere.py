"""The treasurer: credits flows, and closes the day of an ente with its giornale di cassa."""

import threading
from collections.abc import Iterator
from datetime import datetime

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from sandbox.bank.causali import Sporco, causale_of, sporca
from sandbox.bank.imprevisti import due_giorni
from sandbox.bank.opi import Giornale, Movimento
from sandbox.fdr.archivio import Flusso
from sandbox.nodo.nodo import Nodo

_SALDO = Importo.parse("250000.00")
_SCT = "SEPA CREDIT TRANSFER"


class EnteSconosciuto(LookupError):
    """`str()` is Italian."""

    def __init__(self) -> None:
        super().__init__("idDominio: l'ente non è registrato presso il Nodo.")


class Tesoriere:
    """Keeps the account of each ente of a Nodo."""

    def __init__(self, nodo: Nodo) -> None:
        self.nodo = nodo
        self._accreditati: set[str] = set()
        self._giornali: list[Giornale] = []
        self._movimenti = 0
        self._lock = threading.Lock()

    def da_accreditare(self, id_dominio: str | None = None) -> list[Flusso]:
        """Give the flows whose money is on its way."""
        return [one for one in self.nodo.rendicontazione.flussi(id_dominio) if one.trn not in self._accreditati]

    def chiudi(self, id_dominio: str, *, sporco: Sporco = Sporco.MISTO, altri: bool = True) -> Giornale:
        """Credit what is on its way to an ente, and close its day; `altri` adds movements pagoPA has no part in.

        The money is the sum of the rows of a flow, whatever its head says.

        :raises EnteSconosciuto:
        """
        if id_dominio not in self.nodo.anagrafica.enti:
            raise EnteSconosciuto
        now = self.nodo.now()
        with self._lock:
            flussi = self.da_accreditare(id_dominio)
            self._accreditati |= {one.trn for one in flussi}
            movimenti = tuple(self._accrediti(flussi, sporco)) + (tuple(self._altri()) if altri else ())
            return self._chiuso(id_dominio, movimenti, now)

    def chiudi_due_giorni(self, id_dominio: str, *, seme: int) -> list[Giornale]:
        """Close two days in which things go wrong, by a seed (`imprevisti`): the movements say what is to be made of them.

        :raises EnteSconosciuto:
        """
        if id_dominio not in self.nodo.anagrafica.enti:
            raise EnteSconosciuto
        now = self.nodo.now()
        with self._lock:
            flussi = self.da_accreditare(id_dominio)
            self._accreditati |= {one.trn for one in flussi}
            giorni = due_giorni(flussi, seme=seme, dopo=self._movimenti)
            self._movimenti = max(one.numero for one in (*giorni.primo, *giorni.secondo))
            return [self._chiuso(id_dominio, movimenti, now) for movimenti in (giorni.primo, giorni.secondo)]

    def _chiuso(self, id_dominio: str, movimenti: tuple[Movimento, ...], now: datetime) -> Giornale:
        precedenti = [one for one in self._giornali if one.id_dominio == id_dominio]
        ultimo = precedenti[-1] if precedenti else None
        giornale = Giornale(
            numero=len(self._giornali) + 1,
            id_dominio=id_dominio,
            denominazione=self.nodo.anagrafica.enti[id_dominio].denominazione,
            giorno=rome_day(now),
            chiuso_il=now,
            saldo=_SALDO if ultimo is None else ultimo.saldo + ultimo.entrate - ultimo.uscite,
            movimenti=movimenti,
        )
        self._giornali.append(giornale)
        return giornale

    def giornali(self) -> list[Giornale]:
        with self._lock:
            return list(self._giornali)

    def _accrediti(self, flussi: list[Flusso], sporco: Sporco) -> Iterator[Movimento]:
        for posto, flusso in enumerate(flussi):
            yield Movimento(
                numero=self._prossimo(),
                entrata=True,
                importo=flusso.accreditato,
                causale=sporca(causale_of(flusso), sporco, posto=posto),
                cliente=flusso.ragione_sociale,
                tipo_esecuzione=_SCT,
                trn=flusso.trn,
            )

    def _altri(self) -> Iterator[Movimento]:
        yield Movimento(
            numero=self._prossimo(),
            entrata=True,
            importo=Importo.parse("15320.00"),
            causale="TRASFERIMENTI ERARIALI 2026 ACCONTO",
            cliente="MINISTERO DELL'INTERNO",
            tipo_esecuzione="ACCREDITO BANCA D'ITALIA",
        )
        yield Movimento(
            numero=self._prossimo(),
            entrata=False,
            importo=Importo.parse("1840.55"),
            causale="FORNITURA ENERGIA ELETTRICA OTTOBRE 2026",
            cliente="ENERGIA SANDBOX SPA",
            tipo_esecuzione=_SCT,
        )

    def _prossimo(self) -> int:
        self._movimenti += 1
        return self._movimenti
