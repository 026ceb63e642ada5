"""What was paid through a Nodo: by receipts of the current protocol, by positive RT of the classic one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages.rt import read_rt
from sandbox.fdr.archivio import Pagato
from sandbox.nodo.archivio import Chiave, RptTenuta
from sandbox.nodo.model import Protocollo, Psp, StatoRicevuta, StatoTentativo, Tentativo

if TYPE_CHECKING:
    from sandbox.nodo.nodo import Nodo

_ESEGUITO = "0"


def pagati_of(nodo: "Nodo") -> Iterator[Pagato]:
    """Give the money PSPs owe to enti. A marca da bollo is not among it: its money goes to the tax agency."""
    consegnate = {one.token for one in nodo.consegne.tutte() if one.stato is StatoRicevuta.CONSEGNATA}
    for tentativo in nodo.tentativi():
        if tentativo.protocollo is not Protocollo.CLASSICO and tentativo.stato is StatoTentativo.PAGATO:
            yield from _corrente(tentativo, nodo.psp_of(tentativo.iuv), is_nota=tentativo.token in consegnate)
    for chiave, tenuta in nodo.archivio.tutte().items():
        yield from _classico(chiave, tenuta, nodo.psp_of(chiave[1]))


def _corrente(tentativo: Tentativo, psp: Psp, *, is_nota: bool) -> Iterator[Pagato]:
    if tentativo.dati is None:
        return
    esito = ("4" if is_nota else "8") if tentativo.stand_in else "0"
    for one in tentativo.dati.transfer_list:
        if one.iban is not None:
            yield Pagato(
                id_psp=psp.id_psp,
                ragione_sociale=psp.ragione_sociale,
                id_dominio=one.fiscal_code_pa,
                iban=one.iban,
                iuv=tentativo.iuv,
                iur=tentativo.token,
                indice=one.id_transfer,
                importo=one.transfer_amount,
                esito=esito,
                data=rome_day(tentativo.aperto_il),
            )


def _classico(chiave: Chiave, tenuta: RptTenuta, psp: Psp) -> Iterator[Pagato]:
    if tenuta.rt is None:
        return
    id_dominio, iuv, _ccp = chiave
    pagamento = read_rt(tenuta.rt).dati_pagamento
    if pagamento.codice_esito_pagamento != _ESEGUITO:
        return
    versamenti = tenuta.rpt.dati_versamento.dati_singolo_versamento
    for indice, (pagato, versamento) in enumerate(
        zip(pagamento.dati_singolo_pagamento, versamenti, strict=True), start=1
    ):
        if versamento.iban_accredito is not None and pagato.singolo_importo_pagato:
            yield Pagato(
                id_psp=psp.id_psp,
                ragione_sociale=psp.ragione_sociale,
                id_dominio=id_dominio,
                iban=versamento.iban_accredito,
                iuv=iuv,
                iur=pagato.identificativo_univoco_riscossione,
                indice=indice,
                importo=pagato.singolo_importo_pagato,
                esito=_ESEGUITO,
                data=pagato.data_esito_singolo_pagamento,
            )
