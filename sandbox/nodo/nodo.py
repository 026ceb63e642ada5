"""The Nodo as a PSP sees it: verify, begin, close a payment; and the delivery of receipts."""

import threading
import uuid
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from sandbox.fdr.archivio import Rendicontazione
from sandbox.fdr.pagati import pagati_of
from sandbox.nodo import classico, corrente, guasti
from sandbox.nodo.archivio import ArchivioRpt, Chiave, RptTenuta
from sandbox.nodo.carrelli import Carrelli
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.consegne import Consegne
from sandbox.nodo.guasti import Guasti
from sandbox.nodo.model import (
    Anagrafica,
    Posizione,
    Protocollo,
    Psp,
    Ricevuta,
    Rifiuto,
    StatoTentativo,
    Stazione,
    Tentativo,
)
from sandbox.nodo.registro import Registro
from sandbox.nodo.supplenza import posizione_stand_in

VITA_TOKEN = timedelta(minutes=30)
# The RPT of modello 3 comes by itself after paaAttivaRPT; a PSP does not wait for ever.
SECONDI_RPT = 20.0


def _utc() -> datetime:
    return datetime.now(UTC)


class Nodo:
    """Knows the stazioni of `anagrafica`, and speaks to GovPay through `govpay`."""

    def __init__(
        self,
        *,
        anagrafica: Anagrafica,
        govpay: GovPayClient,
        registro: Registro,
        psp: Sequence[Psp] = (Psp(),),
        now: Callable[[], datetime] = _utc,
        secondi_rpt: float = SECONDI_RPT,
    ) -> None:
        self.anagrafica = anagrafica
        self.registro = registro
        self.guasti = Guasti()
        self.archivio = ArchivioRpt()
        self.consegne = Consegne()
        self.carrelli = Carrelli()
        self.now = now
        self.rendicontazione = Rendicontazione(lambda: pagati_of(self), now=now)
        self.url = ""  # where its own services are, set by the server
        self.url_wisp = ""  # where the payer of a cart chooses, set by the server of the WISP
        self._govpay = govpay
        self._psp = psp
        self._secondi_rpt = secondi_rpt
        self._tentativi: dict[str, Tentativo] = {}
        self._lock = threading.Lock()

    def psp_of(self, iuv: str) -> Psp:
        """Give by which PSP a notice is paid: of several, always the same."""
        return self._psp[zlib.crc32(iuv.encode()) % len(self._psp)]

    def psp_named(self, id_psp: str) -> Psp:
        return next((one for one in self._psp if one.id_psp == id_psp), self._psp[0])

    # -- what a PSP asks ---------------------------------------------------------------------------------------------

    def verifica(self, *, id_dominio: str, numero_avviso: str, protocollo: Protocollo) -> Posizione:
        """Ask the ente whether a notice may be paid; nothing changes by asking.

        :raises Rifiuto:
        """
        stazione, iuv = self._stazione(id_dominio, protocollo), iuv_of(numero_avviso)
        if protocollo is not Protocollo.CLASSICO:
            dove = corrente.Indirizzo(id_dominio=id_dominio, stazione=stazione)
            return corrente.verifica(self._govpay, dove, numero_avviso, iuv, protocollo)
        testa = classico.intestazione(stazione, id_dominio=id_dominio, iuv=iuv, ccp=nuovo_token())
        dati = classico.verifica(self._govpay, testa, self.psp_of(iuv))
        beneficiario = dati.ente_beneficiario
        return Posizione(
            id_dominio=id_dominio,
            numero_avviso=numero_avviso,
            iuv=iuv,
            protocollo=protocollo,
            importo=dati.importo_singolo_versamento,
            causale=classico.causale(dati),
            ente=beneficiario.denominazione_beneficiario if beneficiario else id_dominio,
            ufficio=beneficiario.denom_unit_oper_beneficiario if beneficiario else None,
        )

    def attiva(
        self,
        *,
        id_dominio: str,
        numero_avviso: str,
        protocollo: Protocollo,
        importo: Importo = ZERO,
        nota: str | None = None,
    ) -> Tentativo:
        """Begin a payment. While it is open no other may begin: the Nodo refuses, the ente is not asked.

        `nota` is the paymentNote: the idCart where the notice is in a cart of Checkout.

        :raises Rifiuto: PPT_PAGAMENTO_IN_CORSO, and what the ente answers
        """
        self._stazione(id_dominio, protocollo)
        tentativo = Tentativo(
            token=nuovo_token(),
            id_dominio=id_dominio,
            numero_avviso=numero_avviso,
            iuv=iuv_of(numero_avviso),
            protocollo=protocollo,
            importo=importo,
            aperto_il=self.now(),
            nota=nota,
        )
        self._prenota(tentativo)
        try:
            self._chiede_dati(tentativo)
        except Rifiuto:
            with self._lock:
                del self._tentativi[tentativo.token]
            raise
        return tentativo

    def scade(self, token: str) -> None:
        """Let the time of a payment run out: another may begin, and this one may still turn out to be paid."""
        self._uno(token).stato = StatoTentativo.SCADUTO

    def paga(self, token: str, *, versione: Protocollo | None = None, consegna: bool = True) -> Ricevuta:
        """Close a payment as made and deliver its receipt once. Legal after a KO: the PSP may have been late.

        `versione` V2 sends a paSendRTV2 though the payment began with a paGetPayment of version 1. Without `consegna`
        the receipt is kept, to be sent by `consegna_ora` or by hand.

        :raises Rifiuto: no RPT has come (classic)
        """
        tentativo = self._uno(token)
        try:
            if tentativo.protocollo is Protocollo.CLASSICO:
                chiave = (tentativo.id_dominio, tentativo.iuv, token)
                ricevuta = self.esita_rpt(chiave, positiva=True, consegna=consegna)
            else:
                versione = versione or tentativo.protocollo
                ricevuta = self._ricevuta(tentativo, versione, stand_in=False, consegna=consegna)
        except Rifiuto:
            # Without the RPT the PSP takes no money, and another may try.
            tentativo.stato = StatoTentativo.NON_PAGATO
            raise
        tentativo.stato = StatoTentativo.PAGATO
        return ricevuta

    def annulla(self, token: str) -> Ricevuta | None:
        """Close a payment as not made: an RT with esito 1 in the classic protocol, silence in the current one.

        :raises Rifiuto: no RPT has come (classic)
        """
        tentativo = self._uno(token)
        tentativo.stato = StatoTentativo.NON_PAGATO
        if tentativo.protocollo is Protocollo.CLASSICO:
            return self.esita_rpt((tentativo.id_dominio, tentativo.iuv, token), positiva=False)
        return None

    def esita_rpt(self, chiave: Chiave, *, positiva: bool, consegna: bool = True) -> Ricevuta:
        """Answer the RPT of (dominio, IUV, ccp) with an RT, delivered once; wait for the RPT if it has not come yet.

        :raises Rifiuto: PPT_RPT_SCONOSCIUTA
        """
        tenuta = self.archivio.attendi(chiave, self._secondi_rpt)
        if tenuta is None:
            raise Rifiuto("PPT_RPT_SCONOSCIUTA", "GovPay non ha inviato la RPT di questo pagamento.")
        ricevuta = self._rt(chiave, tenuta, positiva=positiva)
        return self._consegna_o_tiene(ricevuta, consegna=consegna)

    def consegna_ora(self, ricevuta: Ricevuta) -> None:
        """Deliver a receipt, unless the fault `ricevuta-persa` is on: then it is kept."""
        if self.guasti.prossimo(ricevuta.operazione) == guasti.RICEVUTA_PERSA:
            self.consegne.tiene(ricevuta)
        else:
            self.consegne.consegna(ricevuta)

    def stand_in(self, *, id_dominio: str, numero_avviso: str, importo: Importo, causale: str) -> Ricevuta:
        """Pay without asking the ente, as the Nodo does when it does not answer (SANP 3: Stand-In).

        :raises Rifiuto:
        """
        self._stazione(id_dominio, Protocollo.V2)
        ente = self.anagrafica.enti[id_dominio]
        tentativo = Tentativo(
            token=nuovo_token(),
            id_dominio=id_dominio,
            numero_avviso=numero_avviso,
            iuv=iuv_of(numero_avviso),
            protocollo=Protocollo.V2,
            importo=importo,
            aperto_il=self.now(),
            stato=StatoTentativo.PAGATO,
            stand_in=True,
        )
        tentativo.dati = posizione_stand_in(ente, tentativo, causale, oggi=self.now())
        with self._lock:
            self._tentativi[tentativo.token] = tentativo
        return self._ricevuta(tentativo, Protocollo.V2, stand_in=True, consegna=True)

    def tentativi(self, *, id_dominio: str | None = None, numero_avviso: str | None = None) -> list[Tentativo]:
        with self._lock:
            return [
                one
                for one in self._tentativi.values()
                if id_dominio in (None, one.id_dominio) and numero_avviso in (None, one.numero_avviso)
            ]

    # -- inside ------------------------------------------------------------------------------------------------------

    def _prenota(self, tentativo: Tentativo) -> None:
        limite = self.now() - VITA_TOKEN
        with self._lock:
            for altro in self._tentativi.values():
                if altro.stato is StatoTentativo.ATTIVO and altro.aperto_il < limite:
                    altro.stato = StatoTentativo.SCADUTO
                same = (altro.id_dominio, altro.numero_avviso) == (tentativo.id_dominio, tentativo.numero_avviso)
                if same and altro.stato is StatoTentativo.ATTIVO:
                    raise Rifiuto("PPT_PAGAMENTO_IN_CORSO", "Un altro pagamento di questo avviso è in corso.")
            self._tentativi[tentativo.token] = tentativo

    def _chiede_dati(self, tentativo: Tentativo) -> None:
        stazione = self._stazione(tentativo.id_dominio, tentativo.protocollo)
        if tentativo.protocollo is Protocollo.CLASSICO:
            testa = classico.intestazione(
                stazione, id_dominio=tentativo.id_dominio, iuv=tentativo.iuv, ccp=tentativo.token
            )
            pagamento = classico.attiva(self._govpay, testa, self.psp_of(tentativo.iuv), tentativo.importo)
            tentativo.importo = pagamento.importo_singolo_versamento
            return
        dove = corrente.Indirizzo(id_dominio=tentativo.id_dominio, stazione=stazione)
        tentativo.dati = corrente.attiva(
            self._govpay, dove, tentativo.numero_avviso, tentativo.protocollo, tentativo.importo, nota=tentativo.nota
        )
        tentativo.importo = tentativo.dati.payment_amount

    def _ricevuta(self, tentativo: Tentativo, versione: Protocollo, *, stand_in: bool, consegna: bool) -> Ricevuta:
        if tentativo.dati is None:
            raise Rifiuto("PPT_TOKEN_SCONOSCIUTO", "Il pagamento non è stato attivato.")
        dove = corrente.Indirizzo(
            id_dominio=tentativo.id_dominio, stazione=self._stazione(tentativo.id_dominio, versione)
        )
        messaggio = corrente.ricevuta_of(
            tentativo,
            tentativo.dati,
            dove,
            self.psp_of(tentativo.iuv),
            versione=versione,
            stand_in=stand_in,
            now=self.now(),
        )
        ricevuta = Ricevuta(
            id_ricevuta=tentativo.token,
            token=tentativo.token,
            id_dominio=tentativo.id_dominio,
            iuv=tentativo.iuv,
            operazione="paSendRT" if versione is Protocollo.V1 else "paSendRTV2",
            positiva=True,
            importo=tentativo.importo,
            consegna=lambda: corrente.invia_ricevuta(self._govpay, messaggio),
        )
        return self._consegna_o_tiene(ricevuta, consegna=consegna)

    def _rt(self, chiave: Chiave, tenuta: RptTenuta, *, positiva: bool) -> Ricevuta:
        id_dominio, iuv, ccp = chiave
        rt = classico.rt_of(tenuta.rpt, self.psp_of(iuv), positiva=positiva, now=self.now())
        tenuta.rt = rt
        tenuta.segna("RT_ACCETTATA_NODO", self.now())
        testa = classico.intestazione(
            self._stazione(id_dominio, Protocollo.CLASSICO), id_dominio=id_dominio, iuv=iuv, ccp=ccp
        )

        def invia() -> None:
            # Until GovPay has taken it, nobody knows (SANP 2: RT_ESITO_SCONOSCIUTO_PA).
            tenuta.segna("RT_ESITO_SCONOSCIUTO_PA", self.now())
            classico.invia_rt(self._govpay, testa, rt)
            tenuta.segna("RT_ACCETTATA_PA", self.now())

        return Ricevuta(
            id_ricevuta=uuid.uuid4().hex,
            token=ccp,
            id_dominio=id_dominio,
            iuv=iuv,
            operazione="paaInviaRT",
            positiva=positiva,
            importo=tenuta.rpt.dati_versamento.importo_totale_da_versare if positiva else ZERO,
            consegna=invia,
        )

    def _consegna_o_tiene(self, ricevuta: Ricevuta, *, consegna: bool) -> Ricevuta:
        if consegna:
            self.consegna_ora(ricevuta)
        else:
            self.consegne.tiene(ricevuta)
        return ricevuta

    def _stazione(self, id_dominio: str, protocollo: Protocollo) -> Stazione:
        ente = self.anagrafica.enti.get(id_dominio)
        if ente is None:
            raise Rifiuto("PPT_DOMINIO_SCONOSCIUTO", f"L'ente {id_dominio[:11]} non è registrato presso il Nodo.")
        if protocollo not in ente.stazioni:
            raise Rifiuto("PPT_AUTORIZZAZIONE", f"L'ente non ha una stazione per il protocollo {protocollo}.")
        return self.anagrafica.stazioni[ente.stazioni[protocollo]]

    def _uno(self, token: str) -> Tentativo:
        with self._lock:
            if token not in self._tentativi:
                raise Rifiuto("PPT_TOKEN_SCONOSCIUTO", "Il pagamento non esiste.")
            return self._tentativi[token]


def nuovo_token() -> str:
    return uuid.uuid4().hex


def iuv_of(numero_avviso: str) -> str:
    try:
        return parse_numero_avviso(numero_avviso).iuv
    except NumeroAvvisoNonValido:
        raise Rifiuto("PPT_SINTASSI_EXTRAXSD", "Il numero avviso deve essere di 18 cifre.") from None
