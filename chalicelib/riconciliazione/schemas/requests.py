"""The body of POST /incassi (GovPay 3.1 API 3.3): causale, iuv and idFlusso in both contracts, as the program takes them."""

from typing import Annotated

from pydantic import Field

from chalicelib.rest.schema import Body, DateField, ImportoField, SenzaControlli
from chalicelib.riconciliazione.model import Accredito


class IncassoBody(Body):
    importo: ImportoField
    causale: Annotated[str, SenzaControlli] | None = None
    iuv: Annotated[str, SenzaControlli] | None = None
    id_flusso: Annotated[str, SenzaControlli] | None = Field(default=None, alias="idFlusso")
    sct: Annotated[str, SenzaControlli] | None = None
    data_valuta: DateField | None = Field(default=None, alias="dataValuta")
    data_contabile: DateField | None = Field(default=None, alias="dataContabile")
    iban_accredito: str | None = Field(default=None, alias="ibanAccredito")

    def to_model(self, id_dominio: str) -> Accredito:
        return Accredito(
            id_dominio=id_dominio,
            importo=self.importo,
            causale=self.causale or None,
            iuv=self.iuv or None,
            id_flusso=self.id_flusso or None,
            sct=self.sct or None,
            data_valuta=self.data_valuta,
            data_contabile=self.data_contabile,
            iban_accredito=self.iban_accredito or None,
        )
