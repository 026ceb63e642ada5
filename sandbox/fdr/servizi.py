"""Flows by SOAP: nodoChiediElencoFlussiRendicontazione, nodoChiediFlussoRendicontazione (classic)."""

from typing import TYPE_CHECKING

from lxml import etree

from chalicelib.nodo import binding
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.flusso_riversamento import (
    DatiSingoliPagamenti,
    FlussoRiversamento,
    IdentificativoMittente,
    IdentificativoRicevente,
    IstitutoMittente,
    IstitutoRicevente,
    write_flusso,
)
from chalicelib.nodo.messages.nodo_chiedi_elenco_flussi_rendicontazione import (
    ElencoFlussiRendicontazione,
    IdRendicontazione,
    NodoChiediElencoFlussiRendicontazione,
    NodoChiediElencoFlussiRendicontazioneRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_flusso_rendicontazione import (
    NodoChiediFlussoRendicontazione,
    NodoChiediFlussoRendicontazioneRisposta,
)
from sandbox.fdr.archivio import Flusso, FlussoSconosciuto
from sandbox.nodo.accesso import autorizza, stazione_of
from sandbox.nodo.model import Rifiuto

if TYPE_CHECKING:
    from sandbox.nodo.nodo import Nodo


def elenco(
    nodo: "Nodo", _header: etree._Element | None, corpo: etree._Element
) -> NodoChiediElencoFlussiRendicontazioneRisposta:
    """List the flows of an ente, the latest revision of each; of all the enti where none is named."""
    chiesto = binding.read(NodoChiediElencoFlussiRendicontazione, corpo)
    _chi(nodo, chiesto)
    flussi = [
        one
        for one in nodo.rendicontazione.pubblicati(chiesto.identificativo_dominio)
        if chiesto.identificativo_psp in (None, one.id_psp)
    ]
    righe = tuple(
        IdRendicontazione(identificativo_flusso=one.id_flusso, data_ora_flusso=one.data_ora) for one in flussi
    )
    return NodoChiediElencoFlussiRendicontazioneRisposta(
        elenco_flussi_rendicontazione=ElencoFlussiRendicontazione(tot_restituiti=len(righe), id_rendicontazione=righe)
    )


def uno(nodo: "Nodo", _header: etree._Element | None, corpo: etree._Element) -> NodoChiediFlussoRendicontazioneRisposta:
    """Give the latest revision of a flow."""
    chiesto = binding.read(NodoChiediFlussoRendicontazione, corpo)
    _chi(nodo, chiesto)
    try:
        flusso = nodo.rendicontazione.pubblicata(chiesto.identificativo_flusso)
    except FlussoSconosciuto as error:
        raise Rifiuto("PPT_ID_FLUSSO_SCONOSCIUTO", str(error)) from None
    if chiesto.identificativo_dominio not in (None, flusso.id_dominio):
        raise Rifiuto("PPT_ID_FLUSSO_SCONOSCIUTO", "Il flusso non è di questo ente.")
    return NodoChiediFlussoRendicontazioneRisposta(xml_rendicontazione=flusso_xml(nodo, flusso))


def flusso_xml(nodo: "Nodo", flusso: Flusso) -> bytes:
    """Write a flow as its PSP sends it."""
    ente = nodo.anagrafica.enti.get(flusso.id_dominio)
    return write_flusso(
        FlussoRiversamento(
            versione_oggetto="1.0",
            identificativo_flusso=flusso.id_flusso,
            data_ora_flusso=flusso.data_ora,
            identificativo_univoco_regolamento=flusso.trn,
            data_regolamento=flusso.data_regolamento,
            istituto_mittente=IstitutoMittente(
                identificativo_univoco_mittente=IdentificativoMittente(
                    tipo_identificativo_univoco="B", codice_identificativo_univoco=flusso.id_psp
                ),
                denominazione_mittente=flusso.ragione_sociale,
            ),
            istituto_ricevente=IstitutoRicevente(
                identificativo_univoco_ricevente=IdentificativoRicevente(
                    tipo_identificativo_univoco="G", codice_identificativo_univoco=flusso.id_dominio
                ),
                denominazione_ricevente=None if ente is None else ente.denominazione,
            ),
            numero_totale_pagamenti=flusso.numero,
            importo_totale_pagamenti=flusso.importo,
            dati_singoli_pagamenti=tuple(
                DatiSingoliPagamenti(
                    identificativo_univoco_versamento=riga.iuv,
                    identificativo_univoco_riscossione=riga.iur,
                    indice_dati_singolo_pagamento=riga.indice,
                    singolo_importo_pagato=riga.importo,
                    codice_esito_singolo_pagamento=riga.esito,
                    data_esito_singolo_pagamento=riga.data,
                )
                for riga in flusso.righe
            ),
        )
    )


def elenco_ko(fault: FaultBean) -> object:
    return NodoChiediElencoFlussiRendicontazioneRisposta(fault=fault)


def uno_ko(fault: FaultBean) -> object:
    return NodoChiediFlussoRendicontazioneRisposta(fault=fault)


def _chi(nodo: "Nodo", chiesto: NodoChiediElencoFlussiRendicontazione | NodoChiediFlussoRendicontazione) -> None:
    chi = (
        nodo,
        chiesto.identificativo_intermediario_pa,
        chiesto.identificativo_stazione_intermediario_pa,
        chiesto.password,
    )
    if chiesto.identificativo_dominio is None:
        stazione_of(*chi)
    else:
        autorizza(*chi, chiesto.identificativo_dominio)
