"""What the Nodo answers when GovPay calls it: sending of RPT and carts, questions about RPT, RT and flows (classic)."""

import re
from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.intestazione_ppt import IntestazioneCarrelloPpt, IntestazionePpt
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRt, NodoChiediCopiaRtRisposta
from chalicelib.nodo.messages.nodo_chiedi_lista_pendenti_rpt import (
    ListaRptPendenti,
    NodoChiediListaPendentiRpt,
    NodoChiediListaPendentiRptRisposta,
    RptPendente,
)
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import (
    EsitoChiediStatoRpt,
    NodoChiediStatoRpt,
    NodoChiediStatoRptRisposta,
    StoricoRpt,
)
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import (
    ElementoListaRpt,
    NodoInviaCarrelloRpt,
    NodoInviaCarrelloRptRisposta,
)
from chalicelib.nodo.messages.nodo_invia_rpt import NodoInviaRpt, NodoInviaRptRisposta
from chalicelib.nodo.messages.richiesta_nodo import ChiaveRpt, RispostaNodo
from chalicelib.nodo.messages.rpt import Rpt, read_rpt
from chalicelib.nodo.sintassi import SintassiErrata
from sandbox.fdr import servizi as flussi
from sandbox.nodo.accesso import autorizza, stazione_of
from sandbox.nodo.archivio import Chiave, RptTenuta
from sandbox.nodo.carrelli import PSP_WISP, CarrelloRpt
from sandbox.nodo.model import Rifiuto
from sandbox.nodo.nodo import Nodo

ID_NODO = "NodoDeiPagamentiSPC"
_DUPLICATA = ("PPT_RPT_DUPLICATA", "La RPT con questi dominio, IUV e CCP è già stata ricevuta.")
# The states an RPT goes through at once: at the WISP no PSP has it before the payer chooses.
_AL_NODO = ("RPT_RICEVUTA_NODO", "RPT_ACCETTATA_NODO")
_AL_PSP = (*_AL_NODO, "RPT_INVIATA_A_PSP", "RPT_ACCETTATA_PSP")
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


def fault_of(rifiuto: Rifiuto, *, serial: int | None = None) -> FaultBean:
    return FaultBean(fault_code=rifiuto.codice, fault_string=rifiuto.descrizione, id=ID_NODO, serial=serial)


# -- nodoInviaRPT ----------------------------------------------------------------------------------------------------


def _invia_rpt(nodo: Nodo, header: etree._Element | None, corpo: etree._Element) -> NodoInviaRptRisposta:
    testa = binding.read(IntestazionePpt, _intestazione(header))
    richiesta = binding.read(NodoInviaRpt, corpo)
    autorizza(
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
    rpt = _controllata(nodo, chiave, richiesta.rpt)
    if richiesta.identificativo_psp != PSP_WISP:
        _tiene(nodo, {chiave: rpt}, _AL_PSP)
        return NodoInviaRptRisposta(esito="OK", redirect=0)
    _tiene(nodo, {chiave: rpt}, _AL_NODO)
    carrello = nodo.carrelli.apre(
        id_carrello="",
        id_stazione=testa.identificativo_stazione_intermediario_pa,
        chiavi=(chiave,),
        now=nodo.now(),
        id_dominio=testa.identificativo_dominio,
    )
    return NodoInviaRptRisposta(esito="OK", redirect=1, url=_al_wisp(nodo, carrello))


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


def _tiene(nodo: Nodo, rpts: Mapping[Chiave, Rpt], stati: Sequence[str]) -> None:
    """Keep all of them, or none."""
    now = nodo.now()
    tenute = {chiave: RptTenuta(rpt=rpt, stati=[(now, stato) for stato in stati]) for chiave, rpt in rpts.items()}
    if not nodo.archivio.accoglie(tenute):
        raise Rifiuto(*_DUPLICATA)


def _nuova(nodo: Nodo, chiave: Chiave) -> None:
    if nodo.archivio.una(chiave) is not None:
        raise Rifiuto(*_DUPLICATA)


def _al_wisp(nodo: Nodo, carrello: CarrelloRpt) -> str:
    """Give where the payer goes, and let every RPT of the cart know it."""
    base = nodo.url_wisp or f"{nodo.url}/wisp"
    url = f"{base}?idSession={carrello.id_session}"
    for chiave in carrello.chiavi:
        tenuta = nodo.archivio.una(chiave)
        if tenuta is not None:
            tenuta.url = url
    return url


# -- nodoInviaCarrelloRPT --------------------------------------------------------------------------------------------


def _invia_carrello(nodo: Nodo, header: etree._Element | None, corpo: etree._Element) -> NodoInviaCarrelloRptRisposta:
    """Check and keep the RPTs of a cart, all or none."""
    testa = binding.read(IntestazioneCarrelloPpt, _intestazione(header))
    richiesta = binding.read(NodoInviaCarrelloRpt, corpo)
    if nodo.carrelli.ha(testa.identificativo_carrello):
        raise Rifiuto("PPT_ID_CARRELLO_DUPLICATO", "Un carrello con questo identificativo è già stato ricevuto.")
    if richiesta.multi_beneficiario:
        _multibeneficiario(testa.identificativo_carrello, richiesta.lista_rpt)
    rpts: dict[Chiave, Rpt] = {}
    errori: list[FaultBean] = []
    for serial, one in enumerate(richiesta.lista_rpt, start=1):
        chiave = (one.identificativo_dominio, one.identificativo_univoco_versamento, one.codice_contesto_pagamento)
        try:
            autorizza(
                nodo,
                testa.identificativo_intermediario_pa,
                testa.identificativo_stazione_intermediario_pa,
                richiesta.password,
                one.identificativo_dominio,
            )
            rpts[chiave] = _controllata(nodo, chiave, one.rpt)
            _nuova(nodo, chiave)
        except Rifiuto as rifiuto:
            errori.append(fault_of(rifiuto, serial=serial))
    if errori:
        return NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="KO", lista_errori_rpt=tuple(errori))
    _tiene(nodo, rpts, _AL_NODO)
    carrello = nodo.carrelli.apre(
        id_carrello=testa.identificativo_carrello,
        id_stazione=testa.identificativo_stazione_intermediario_pa,
        chiavi=tuple(rpts),
        now=nodo.now(),
    )
    return NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="OK", url=_al_wisp(nodo, carrello))


_NOME_MULTIBENEFICIARIO = re.compile(r"\d{11}\d{18}-\d{5}")


def _multibeneficiario(nome: str, elementi: Sequence[ElementoListaRpt]) -> None:
    """Check a cart of one notice that two enti share (SANP 2.x).

    :raises Rifiuto: PPT_MULTI_BENEFICIARIO
    """
    versamenti = [read_rpt(one.rpt).dati_versamento for one in elementi]
    singoli = [versamento.dati_singolo_versamento for versamento in versamenti]
    checks = {
        "Il nome del carrello non è dominio, numero avviso e progressivo.": _NOME_MULTIBENEFICIARIO.fullmatch(nome),
        "Il CCP delle RPT non è il nome del carrello.": {one.codice_contesto_pagamento for one in elementi} == {nome},
        "Lo IUV delle RPT non è uno.": len({one.identificativo_univoco_versamento for one in elementi}) == 1,
        "Le RPT non sono due, di enti diversi.": len({one.identificativo_dominio for one in elementi}) == 2
        and len(elementi) == 2,
        "La seconda RPT non ha un solo versamento.": len(singoli[-1]) == 1,
        "I versamenti sono più di cinque.": sum(map(len, singoli)) <= 5,
        "Le RPT non si pagano lo stesso giorno.": len({one.data_esecuzione_pagamento for one in versamenti}) == 1,
        "C'è una marca da bollo.": not any(s.dati_marca_bollo_digitale for own in singoli for s in own),
    }
    for words, holds in checks.items():
        if not holds:
            raise Rifiuto("PPT_MULTI_BENEFICIARIO", words)


def carrello_rifiutato() -> NodoInviaCarrelloRptRisposta:
    """Refuse a cart for its first RPT, whatever is in it."""
    fault = fault_of(Rifiuto("PPT_SEMANTICA", "Guasto simulato del Nodo."), serial=1)
    return NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="KO", lista_errori_rpt=(fault,))


# -- nodoChiediStatoRPT, nodoChiediCopiaRT ---------------------------------------------------------------------------


def _chiedi_stato(nodo: Nodo, _header: etree._Element | None, corpo: etree._Element) -> NodoChiediStatoRptRisposta:
    tenuta = _cerca(nodo, binding.read(NodoChiediStatoRpt, corpo), "PPT_RPT_SCONOSCIUTA")
    storico = tuple(
        StoricoRpt(data=quando, stato=stato, descrizione=stato.replace("_", " ").lower())
        for quando, stato in tenuta.stati
    )
    esito = EsitoChiediStatoRpt(
        stato=tenuta.stati[-1][1],
        redirect=0 if tenuta.url is None else 1,
        url=tenuta.url,
        elemento_storico_rpt=storico,
    )
    return NodoChiediStatoRptRisposta(esito=esito)


def _chiedi_copia(nodo: Nodo, _header: etree._Element | None, corpo: etree._Element) -> NodoChiediCopiaRtRisposta:
    tenuta = _cerca(nodo, binding.read(NodoChiediCopiaRt, corpo), "PPT_RT_SCONOSCIUTA")
    if tenuta.rt is None:
        raise Rifiuto("PPT_RT_NONDISPONIBILE", "La RT non è ancora disponibile.")
    return NodoChiediCopiaRtRisposta(tipo_firma="0", rt=tenuta.rt)


def _lista_pendenti(
    nodo: Nodo, _header: etree._Element | None, corpo: etree._Element
) -> NodoChiediListaPendentiRptRisposta:
    """List the RPT of the stazione without RT, oldest first, no more than asked."""
    chiesta = binding.read(NodoChiediListaPendentiRpt, corpo)
    stazione_of(
        nodo,
        chiesta.identificativo_intermediario_pa,
        chiesta.identificativo_stazione_intermediario_pa,
        chiesta.password,
    )
    pendenti = [
        RptPendente(
            identificativo_dominio=dominio,
            identificativo_univoco_versamento=iuv,
            codice_contesto_pagamento=ccp,
            stato=tenuta.stati[-1][1],
        )
        for (dominio, iuv, ccp), tenuta in nodo.archivio.tutte().items()
        if tenuta.rt is None and _chiesta(chiesta, tenuta)
    ][: chiesta.dimensione_lista]
    lista = ListaRptPendenti(tot_restituiti=len(pendenti), rpt_pendente=tuple(pendenti))
    return NodoChiediListaPendentiRptRisposta(lista_rpt_pendenti=lista)


def _chiesta(chiesta: NodoChiediListaPendentiRpt, tenuta: RptTenuta) -> bool:
    dominio, quando = tenuta.rpt.dominio, tenuta.stati[0][0]
    if dominio.identificativo_stazione_richiedente not in (None, chiesta.identificativo_stazione_intermediario_pa):
        return False
    if chiesta.identificativo_dominio not in (None, dominio.identificativo_dominio):
        return False
    da, a = chiesta.range_da or quando, chiesta.range_a or quando
    return da <= quando <= a


def _cerca(nodo: Nodo, chiave: ChiaveRpt, sconosciuta: str) -> RptTenuta:
    autorizza(
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


# -- what several of them need ---------------------------------------------------------------------------------------


def _intestazione(header: etree._Element | None) -> etree._Element:
    first = None if header is None else next(header.iterchildren("*"), None)
    if first is None:
        raise Rifiuto("PPT_SINTASSI_EXTRAXSD", "Manca l'intestazione della richiesta.")
    return first


def _rpt_ko(fault: FaultBean) -> object:
    return NodoInviaRptRisposta(fault=fault, esito="KO")


def _carrello_ko(fault: FaultBean) -> object:
    return NodoInviaCarrelloRptRisposta(fault=fault, esito_complessivo_operazione="KO")


def _stato_ko(fault: FaultBean) -> RispostaNodo:
    return NodoChiediStatoRptRisposta(fault=fault)


def _copia_ko(fault: FaultBean) -> RispostaNodo:
    return NodoChiediCopiaRtRisposta(fault=fault)


def _lista_ko(fault: FaultBean) -> RispostaNodo:
    return NodoChiediListaPendentiRptRisposta(fault=fault)


SERVIZI: dict[str, tuple[Servizio, Callable[[FaultBean], object]]] = {
    "nodoInviaRPT": (_invia_rpt, _rpt_ko),
    "nodoInviaCarrelloRPT": (_invia_carrello, _carrello_ko),
    "nodoChiediStatoRPT": (_chiedi_stato, _stato_ko),
    "nodoChiediCopiaRT": (_chiedi_copia, _copia_ko),
    "nodoChiediListaPendentiRPT": (_lista_pendenti, _lista_ko),
    "nodoChiediElencoFlussiRendicontazione": (flussi.elenco, flussi.elenco_ko),
    "nodoChiediFlussoRendicontazione": (flussi.uno, flussi.uno_ko),
}
