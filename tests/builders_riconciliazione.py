"""Flows and credits of the comune: valid by default, one row of a payment that is known."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.flusso_riversamento import (
    DatiSingoliPagamenti,
    FlussoRiversamento,
    IdentificativoMittente,
    IdentificativoRicevente,
    IstitutoMittente,
    IstitutoRicevente,
    read_flusso,
    write_flusso,
)
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository as archivio
from chalicelib.pendenze import repository as pendenze
from chalicelib.riconciliazione import operations
from chalicelib.riconciliazione.model import Accredito, ChiaveFlusso, Formato, Riga
from chalicelib.riconciliazione.operations import messaggi
from chalicelib.riconciliazione.ports import Annunciato, Elenco, FlussoAssente
from tests.builders_pagamenti import DOMINIO, NOW, STAZIONE, TOKEN, a_pendenza, a_receipt

ID_FLUSSO = "2026-11-23BCITITMM-0000000001"
PSP = "BCITITMM"
DATA_ORA = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
TRN = "TRN2026112300000001"
IUV = "01000000000000112"
IMPORTO = Importo(10050)


def iuv(number: int) -> str:
    """Give an IUV of DOMINIO: aux digit 3, segregation code 01."""
    return f"01{number:015d}"


def a_chiave(**other: Any) -> ChiaveFlusso:
    return ChiaveFlusso(
        **{
            "id_dominio": DOMINIO,
            "id_flusso": ID_FLUSSO,
            "id_psp": PSP,
            "data_ora": DATA_ORA,
            "revisione": 0,
            **other,
        }
    )


def a_riga(**other: Any) -> Riga:
    return Riga(
        **{
            "progressivo": 1,
            "iuv": IUV,
            "iur": TOKEN,
            "importo": IMPORTO,
            "esito": "0",
            "data": date(2026, 11, 23),
            "indice": 1,
            **other,
        }
    )


def a_flow(*righe: Riga, **head: Any) -> bytes:
    """Give the XML of a flow; its figures are those of the rows."""
    rows = righe or (a_riga(),)
    return write_flusso(
        FlussoRiversamento(
            **{
                "versione_oggetto": "1.1",
                "identificativo_flusso": ID_FLUSSO,
                "data_ora_flusso": DATA_ORA,
                "identificativo_univoco_regolamento": TRN,
                "data_regolamento": date(2026, 11, 23),
                "istituto_mittente": IstitutoMittente(
                    identificativo_univoco_mittente=IdentificativoMittente(
                        tipo_identificativo_univoco="B", codice_identificativo_univoco=PSP
                    ),
                    denominazione_mittente="Banca di Esempio",
                ),
                "codice_bic_banca_di_riversamento": "BCITITMMXXX",
                "istituto_ricevente": receiver(DOMINIO),
                "numero_totale_pagamenti": len(rows),
                "importo_totale_pagamenti": Importo(sum(r.importo.cents for r in rows)),
                "dati_singoli_pagamenti": tuple(_singolo(riga) for riga in rows),
                **head,
            }
        )
    )


def receiver(id_dominio: str) -> IstitutoRicevente:
    return IstitutoRicevente(
        identificativo_univoco_ricevente=IdentificativoRicevente(
            tipo_identificativo_univoco="G", codice_identificativo_univoco=id_dominio
        ),
        denominazione_ricevente="Comune di Esempio",
    )


def _singolo(riga: Riga) -> DatiSingoliPagamenti:
    return DatiSingoliPagamenti(
        identificativo_univoco_versamento=riga.iuv,
        identificativo_univoco_riscossione=riga.iur,
        indice_dati_singolo_pagamento=riga.indice,
        singolo_importo_pagato=riga.importo,
        codice_esito_singolo_pagamento=riga.esito,
        data_esito_singolo_pagamento=riga.data,
    )


@dataclass
class FonteFinta:
    """Has the flows it was given, as the Nodo gives them; each in one part."""

    flussi: dict[ChiaveFlusso, bytes] = field(default_factory=dict)
    content_type: str = "application/xml"
    asked: list[str] = field(default_factory=list)

    def elenca(self, *, id_stazione: str, id_dominio: str, pagina: int, now: Any) -> Elenco:
        self.asked.append(f"elenco {id_dominio}")
        found = tuple(Annunciato(chiave=chiave) for chiave in self.flussi if chiave.id_dominio == id_dominio)
        return Elenco(flussi=found)

    def scarica(self, chiave: ChiaveFlusso, *, id_stazione: str, parte: int, into: Any, now: Any) -> bool:
        self.asked.append(f"flusso {chiave.id_flusso}")
        if chiave not in self.flussi:
            raise FlussoAssente(chiave.id_flusso)
        into.write(self.flussi[chiave])
        return True

    def leggi(self, part: Any, *, chiave: ChiaveFlusso, parte: int, dopo: int) -> Any:
        return read_flusso(part, after=dopo)


def a_message(chiave: ChiaveFlusso | None = None, **other: Any) -> dict[str, Any]:
    """Give the message of the queue that asks for a flow."""
    chiave = chiave or a_chiave()
    return {
        "passo": messaggi.Passo.FLUSSO,
        "idDominio": chiave.id_dominio,
        "idFlusso": chiave.id_flusso,
        "idPsp": chiave.id_psp,
        "dataOra": chiave.data_ora.isoformat(),
        "revisione": chiave.revisione,
        "pubblicato": None,
        "idStazione": STAZIONE,
        "formato": Formato.SOAP,
        **other,
    }


def acquired(fonte: FonteFinta, xml: bytes, chiave: ChiaveFlusso | None = None, *, now: datetime = NOW) -> None:
    """Acquire a flow as the queue's consumer does."""
    chiave = chiave or a_chiave()
    fonte.flussi[chiave] = xml
    operations.acquire_step(a_message(chiave), now=now)


def paid(iuv: str = IUV, *, token: str = TOKEN, importo: Importo = IMPORTO, **other: Any) -> None:
    """Load a pendenza of that IUV, and acquire its receipt."""
    pendenza = loaded(iuv, importo=importo, **other)
    pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza, token=token, iuv=iuv, numero_avviso="3" + iuv), now=NOW)


def loaded(iuv: str = IUV, *, importo: Importo = IMPORTO, **other: Any) -> Any:
    base = a_pendenza(id_pendenza=f"P-{iuv}", iuv=iuv, numero_avviso="3" + iuv)
    voce = replace(base.voci[0], importo=importo)
    pendenza = replace(base, **{"voci": (voce,), "importo": importo, **other})
    return pendenze.save(None, replace(pendenza, versione=0))


def riscossione(iuv: str = IUV, id_dominio: str = DOMINIO) -> Any:
    """Give the one riscossione of an IUV."""
    (found,) = archivio.load(id_dominio, iuv).riscossioni
    return found


def posizione(iuv: str = IUV) -> Any:
    return archivio.load(DOMINIO, iuv).posizione


def an_accredito(**other: Any) -> Accredito:
    causale = None if {"iuv", "id_flusso"} & other.keys() else f"/PUR/LGPE-RIVERSAMENTO/URI/{ID_FLUSSO}"
    return Accredito(**{"id_dominio": DOMINIO, "importo": IMPORTO, "causale": causale, **other})
