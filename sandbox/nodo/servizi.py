"""What the Nodo answers when GovPay calls it: nodoInviaRPT, nodoInviaCarrelloRPT, nodoChiediStatoRPT, nodoChiediCopiaRT."""

import secrets
import uuid
from collections.abc import Callable

from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.intestazione_ppt import IntestazioneCarrelloPpt, IntestazionePpt
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRt, NodoChiediCopiaRtRisposta
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import (
    EsitoChiediStatoRpt,
    NodoChiediStatoRpt,
    NodoChiediStatoRptRisposta,
    StoricoRpt,
)
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import NodoInviaCarrelloRpt, NodoInviaCarrelloRptRisposta
from chalicelib.nodo.messages.nodo_invia_rpt import NodoInviaRpt, NodoInviaRptRisposta
from chalicelib.nodo.messages.richiesta_nodo import ChiaveRpt, RispostaNodo
from chalicelib.nodo.messages.rpt import Rpt, read_rpt
from chalicelib.nodo.sintassi import SintassiErrata
from sandbox.nodo.archivio import Chiave, RptTenuta
from sandbox.nodo.model import Rifiuto
from sandbox.nodo.nodo import Nodo

ID_NODO = "NodoDeiPagamentiSPC"
Servizio = Callable[[Nodo, etree._Element | None, etree._Element], object]


def risponde(nodo: Nodo, operazione: str, busta: soap.Envelope) -> tuple[object, str]:
    """Serve one operation: give the answer, and OK or the fault code.

    :raises KeyError: an operation the Nodo does not have
    """
    servizio, errata = SERVIZI[operazione]
    try:
        return servizio(nodo, busta.header, busta.operation), "OK"
    except SintassiErrata as error:
        rifiuto = Rifiuto("PPT_SINTASSI_XSD", str(error))
    except Rifiuto as error:
        rifiuto = error
    return errata(fault_of(rifiuto)), rifiuto.codice


def guasta(operazione: str, codice: str) -> object:
    """Give the answer of an operation that a fault has spoiled."""
    return SERVIZI[operazione][1](fault_of(Rifiuto(codice, "Guasto simulato del Nodo.")))


def fault_of(rifiuto: Rifiuto) -> FaultBean:
    return FaultBean(fault_code=rifiuto.codice, fault_string=rifiuto.descrizione, id=ID_NODO)


# -- nodoInviaRPT ----------------------------------------------------------------------------------------------------


def _invia_rpt(nodo: Nodo, header: etree._Element | None, corpo: etree._Element) -> NodoInviaRptRisposta:
    testa = binding.read(IntestazionePpt, _intestazione(header))
    richiesta = binding.read(NodoInviaRpt, corpo)
    _autorizza(
        nodo,
        testa.identificativo_intermediario_pa,
        testa.identificativo_stazione_intermediario_pa,
        richiesta.password,
        testa.identificativo_dominio,
    )
    chiave = (
        testa.identificativo_dominio,
        testa.identificativo_univoco_versamento,
        testa.codice_contesto_pagamento,
    )
    _tiene(nodo, chiave, _controllata(nodo, chiave, richiesta.rpt))
    return NodoInviaRptRisposta(esito="OK", redirect=0)


def _controllata(nodo: Nodo, chiave: Chiave, documento: bytes) -> Rpt:
    try:
        rpt = read_rpt(documento)
    except (soap.MessaggioIllegibile, SintassiErrata) as error:
        raise Rifiuto("PPT_SINTASSI_XSD", f"La RPT non rispetta lo schema: {error}") from error
    versamento = rpt.dati_versamento
    dentro = (
        rpt.dominio.identificativo_dominio,
        versamento.identificativo_univoco_versamento,
        versamento.codice_contesto_pagamento,
    )
    if dentro != chiave:
        raise Rifiuto("PPT_SEMANTICA", "Dominio, IUV o CCP della RPT non sono quelli dell'intestazione.")
    singoli = versamento.dati_singolo_versamento
    if Importo.total(one.importo_singolo_versamento for one in singoli) != versamento.importo_totale_da_versare:
        raise Rifiuto("PPT_SEMANTICA", "L'importo totale della RPT non è la somma dei versamenti.")
    registrati = nodo.anagrafica.enti[chiave[0]].iban
    for one in singoli:
        if (one.iban_accredito is None) is (one.dati_marca_bollo_digitale is None):
            raise Rifiuto("PPT_SEMANTICA", "Ogni versamento ha un IBAN oppure una marca da bollo.")
        if registrati and one.iban_accredito is not None and one.iban_accredito not in registrati:
            raise Rifiuto("PPT_IBAN_NON_CENSITO", "L'IBAN di accredito non è registrato per questo ente.")
    return rpt


def _tiene(nodo: Nodo, chiave: Chiave, rpt: Rpt) -> None:
    now = nodo.now()
    stati = [(now, stato) for stato in ("RPT_RICEVUTA_NODO", "RPT_ACCETTATA_NODO", "RPT_ACCETTATA_PSP")]
    if not nodo.archivio.accoglie(chiave, RptTenuta(rpt=rpt, stati=stati)):
        raise Rifiuto("PPT_RPT_DUPLICATA", "La RPT con questi dominio, IUV e CCP è già stata ricevuta.")


# -- nodoInviaCarrelloRPT --------------------------------------------------------------------------------------------


def _invia_carrello(nodo: Nodo, header: etree._Element | None, corpo: etree._Element) -> NodoInviaCarrelloRptRisposta:
    """Check and keep the RPTs of a cart, all or none."""
    testa = binding.read(IntestazioneCarrelloPpt, _intestazione(header))
    richiesta = binding.read(NodoInviaCarrelloRpt, corpo)
    rpts: dict[Chiave, Rpt] = {}
    errori: list[FaultBean] = []
    for serial, one in enumerate(richiesta.lista_rpt, start=1):
        chiave = (one.identificativo_dominio, one.identificativo_univoco_versamento, one.codice_contesto_pagamento)
        try:
            _autorizza(
                nodo,
                testa.identificativo_intermediario_pa,
                testa.identificativo_stazione_intermediario_pa,
                richiesta.password,
                one.identificativo_dominio,
            )
            rpts[chiave] = _controllata(nodo, chiave, one.rpt)
        except Rifiuto as rifiuto:
            fault = FaultBean(fault_code=rifiuto.codice, fault_string=rifiuto.descrizione, id=ID_NODO, serial=serial)
            errori.append(fault)
    if errori:
        return NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="KO", lista_errori_rpt=tuple(errori))
    for chiave, rpt in rpts.items():
        _tiene(nodo, chiave, rpt)
    return NodoInviaCarrelloRptRisposta(
        esito_complessivo_operazione="OK", url=f"{nodo.url}/wisp?idSession={uuid.uuid4()}"
    )


# -- nodoChiediStatoRPT, nodoChiediCopiaRT ---------------------------------------------------------------------------


def _chiedi_stato(nodo: Nodo, _header: etree._Element | None, corpo: etree._Element) -> NodoChiediStatoRptRisposta:
    tenuta = _cerca(nodo, binding.read(NodoChiediStatoRpt, corpo), "PPT_RPT_SCONOSCIUTA")
    storico = tuple(
        StoricoRpt(data=quando, stato=stato, descrizione=stato.replace("_", " ").lower())
        for quando, stato in tenuta.stati
    )
    esito = EsitoChiediStatoRpt(stato=tenuta.stati[-1][1], redirect=0, elemento_storico_rpt=storico)
    return NodoChiediStatoRptRisposta(esito=esito)


def _chiedi_copia(nodo: Nodo, _header: etree._Element | None, corpo: etree._Element) -> NodoChiediCopiaRtRisposta:
    tenuta = _cerca(nodo, binding.read(NodoChiediCopiaRt, corpo), "PPT_RT_SCONOSCIUTA")
    if tenuta.rt is None:
        raise Rifiuto("PPT_RT_NONDISPONIBILE", "La RT non è ancora disponibile.")
    return NodoChiediCopiaRtRisposta(tipo_firma="0", rt=tenuta.rt)


def _cerca(nodo: Nodo, chiave: ChiaveRpt, sconosciuta: str) -> RptTenuta:
    _autorizza(
        nodo,
        chiave.identificativo_intermediario_pa,
        chiave.identificativo_stazione_intermediario_pa,
        chiave.password,
        chiave.identificativo_dominio,
    )
    tenuta = nodo.archivio.una(
        (chiave.identificativo_dominio, chiave.identificativo_univoco_versamento, chiave.codice_contesto_pagamento)
    )
    if tenuta is None:
        raise Rifiuto(sconosciuta, "La RPT indicata non è nota al Nodo.")
    return tenuta


# -- who asks --------------------------------------------------------------------------------------------------------


def _intestazione(header: etree._Element | None) -> etree._Element:
    first = None if header is None else next(header.iterchildren("*"), None)
    if first is None:
        raise Rifiuto("PPT_SINTASSI_EXTRAXSD", "Manca l'intestazione della richiesta.")
    return first


def _autorizza(nodo: Nodo, intermediario: str, id_stazione: str, password: str, id_dominio: str) -> None:
    stazioni = nodo.anagrafica.stazioni
    if intermediario not in {one.id_intermediario for one in stazioni.values()}:
        raise Rifiuto("PPT_INTERMEDIARIO_PA_SCONOSCIUTO", "L'intermediario non è registrato presso il Nodo.")
    stazione = stazioni.get(id_stazione)
    if stazione is None or stazione.id_intermediario != intermediario:
        raise Rifiuto("PPT_STAZIONE_INT_PA_SCONOSCIUTA", "La stazione non è registrata presso il Nodo.")
    if not secrets.compare_digest(stazione.password.encode(), password.encode()):
        raise Rifiuto("PPT_AUTENTICAZIONE", "La password della stazione è errata.")
    ente = nodo.anagrafica.enti.get(id_dominio)
    if ente is None:
        raise Rifiuto("PPT_DOMINIO_SCONOSCIUTO", "L'ente non è registrato presso il Nodo.")
    if id_stazione not in ente.stazioni.values():
        raise Rifiuto("PPT_AUTORIZZAZIONE", "La stazione non è configurata per questo ente.")


def _rpt_ko(fault: FaultBean) -> object:
    return NodoInviaRptRisposta(fault=fault, esito="KO")


def _carrello_ko(fault: FaultBean) -> object:
    return NodoInviaCarrelloRptRisposta(fault=fault, esito_complessivo_operazione="KO")


def _stato_ko(fault: FaultBean) -> RispostaNodo:
    return NodoChiediStatoRptRisposta(fault=fault)


def _copia_ko(fault: FaultBean) -> RispostaNodo:
    return NodoChiediCopiaRtRisposta(fault=fault)


SERVIZI: dict[str, tuple[Servizio, Callable[[FaultBean], object]]] = {
    "nodoInviaRPT": (_invia_rpt, _rpt_ko),
    "nodoInviaCarrelloRPT": (_invia_carrello, _carrello_ko),
    "nodoChiediStatoRPT": (_chiedi_stato, _stato_ko),
    "nodoChiediCopiaRT": (_chiedi_copia, _copia_ko),
}
