"""Bodies of pendenze: v1 of the contracts, with the fields that 3.9 added; limits of GovPay 3.1 API 4.5."""

from dataclasses import replace
from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from chalicelib.anagrafica.model import UO_ENTE
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.pendenze import model
from chalicelib.pendenze.rules.patch import PatchOp
from chalicelib.pendenze.schemas.fields import (
    CellulareField,
    IdentificativoField,
    Informativa,
    JsonField,
    TassonomiaAvvisoField,
    Testo16,
    Testo35,
    Testo70,
    Testo80,
    Testo140,
    Testo255,
)
from chalicelib.pendenze.schemas.voci import VoceBody
from chalicelib.rest.schema import (
    Body,
    DateField,
    EmailField,
    IdDominioField,
    IdField,
    IdPuntatoField,
    ImportoField,
    NazioneField,
    NumeroAvvisoField,
    parse_body,
)

MAX_VOCI = 5
MAX_PATCH = 20
MAI = "MAI"


class SoggettoBody(Body):
    tipo: Literal["G", "F"]
    identificativo: IdentificativoField
    anagrafica: Testo70
    indirizzo: Testo70 | None = None
    civico: Testo16 | None = None
    cap: Testo16 | None = None
    localita: Testo35 | None = None
    provincia: Testo35 | None = None
    nazione: NazioneField | None = None
    email: EmailField | None = None
    cellulare: CellulareField | None = None

    def to_model(self) -> model.Soggetto:
        return model.Soggetto(**self.model_dump())


class SogliaBody(Body):
    tipo: Literal["ENTRO", "OLTRE", "RIDOTTO", "SCONTATO"]
    giorni: int | None = Field(default=None, ge=1, le=9999)

    @model_validator(mode="after")
    def _has_giorni(self) -> "SogliaBody":
        if self.tipo in {"ENTRO", "OLTRE"} and self.giorni is None:
            raise ValueError(f"giorni: obbligatorio con {self.tipo}")
        return self

    def to_model(self) -> model.Vincolo:
        return model.Vincolo(tipo=model.TipoVincolo(self.tipo), giorni=self.giorni)


class DocumentoBody(Body):
    identificativo: Testo35
    descrizione: Testo80
    rata: int | None = Field(default=None, ge=1, le=9999)
    soglia: SogliaBody | None = None

    @model_validator(mode="after")
    def _is_one_part(self) -> "DocumentoBody":
        if self.rata is not None and self.soglia is not None:
            raise ValueError("indicare rata o soglia, non entrambe")
        return self

    def to_model(self) -> model.RiferimentoDocumento:
        return model.RiferimentoDocumento(
            identificativo=self.identificativo,
            descrizione=self.descrizione,
            rata=self.rata,
            vincolo=self.soglia.to_model() if self.soglia else None,
        )


class VoceDescrizioneImportoBody(Body):
    voce: Testo255
    importo: ImportoField


class ProprietaBody(Body):
    lingua_secondaria: Literal["false", "de", "en", "fr", "sl"] | None = Field(default=None, alias="linguaSecondaria")
    lingua_secondaria_causale: Testo140 | None = Field(default=None, alias="linguaSecondariaCausale")
    descrizione_importo: list[VoceDescrizioneImportoBody] = Field(
        default_factory=list, alias="descrizioneImporto", max_length=20
    )
    linea_testo_ricevuta1: Testo255 | None = Field(default=None, alias="lineaTestoRicevuta1")
    linea_testo_ricevuta2: Testo255 | None = Field(default=None, alias="lineaTestoRicevuta2")
    informativa_importo_avviso: Informativa | None = Field(default=None, alias="informativaImportoAvviso")
    lingua_secondaria_informativa_importo_avviso: Informativa | None = Field(
        default=None, alias="linguaSecondariaInformativaImportoAvviso"
    )
    # The published name has the slip of the pen.
    data_scadenza_avviso: DateField | None = Field(default=None, alias="dataScandenzaAvviso")

    def to_model(self) -> model.ProprietaPendenza:
        fields = dict(self)
        fields["descrizione_importo"] = tuple((riga.voce, riga.importo) for riga in self.descrizione_importo)
        return model.ProprietaPendenza(**fields)


class PendenzaBody(Body):
    """pendenzaPut of the contracts pendenze and backoffice; `idTipoPendenza` may be left out."""

    id_dominio: IdDominioField = Field(alias="idDominio")
    id_unita_operativa: IdField | None = Field(default=None, alias="idUnitaOperativa")
    id_tipo_pendenza: IdPuntatoField | None = Field(default=None, alias="idTipoPendenza")
    nome: Testo35 | None = None
    causale: Testo140
    soggetto_pagatore: SoggettoBody = Field(alias="soggettoPagatore")
    importo: ImportoField
    numero_avviso: NumeroAvvisoField | None = Field(default=None, alias="numeroAvviso")
    data_caricamento: DateField | None = Field(default=None, alias="dataCaricamento")
    data_validita: DateField | None = Field(default=None, alias="dataValidita")
    data_scadenza: DateField | None = Field(default=None, alias="dataScadenza")
    anno_riferimento: int | None = Field(default=None, alias="annoRiferimento", ge=1000, le=9999)
    cartella_pagamento: Testo35 | None = Field(default=None, alias="cartellaPagamento")
    dati_allegati: JsonField = Field(default=None, alias="datiAllegati")
    tassonomia: Testo35 | None = None
    tassonomia_avviso: TassonomiaAvvisoField | None = Field(default=None, alias="tassonomiaAvviso")
    direzione: Testo35 | None = None
    divisione: Testo35 | None = None
    documento: DocumentoBody | None = None
    proprieta: ProprietaBody | None = None
    data_notifica_avviso: DateField | None = Field(default=None, alias="dataNotificaAvviso")
    data_promemoria_scadenza: DateField | None = Field(default=None, alias="dataPromemoriaScadenza")
    # Of a row of a tracciato, which has no query to say it in.
    data_avvisatura: Literal["MAI"] | DateField | None = Field(default=None, alias="dataAvvisatura")
    voci: list[VoceBody] = Field(min_length=1, max_length=MAX_VOCI)

    def to_model(self) -> model.NuovaPendenza:
        own = {name: value for name, value in self if name in model.NuovaPendenza.__dataclass_fields__}
        own |= {
            "id_unita_operativa": self.id_unita_operativa or UO_ENTE,
            "soggetto_pagatore": self.soggetto_pagatore.to_model(),
            "documento": self.documento.to_model() if self.documento else None,
            "proprieta": self.proprieta.to_model() if self.proprieta else None,
            "voci": tuple(voce.to_model(indice) for indice, voce in enumerate(self.voci, 1)),
        }
        return with_avvisatura(model.NuovaPendenza(**own), self.data_avvisatura)


class PendenzaPostBody(PendenzaBody):
    """pendenzaPost: a pendenza that carries its own ids."""

    id_a2a: IdField = Field(alias="idA2A")
    id_pendenza: IdField = Field(alias="idPendenza")


def with_avvisatura(nuova: model.NuovaPendenza, quando: date | str | None) -> model.NuovaPendenza:
    """Give a pendenza with what `dataAvvisatura` says of its avviso: MAI, or the day, before that of the body."""
    if quando is None:
        return nuova
    if isinstance(quando, date):
        return replace(nuova, data_notifica_avviso=quando)
    return replace(nuova, data_notifica_avviso=None, mai_notificata=True)


def nuova_from_json(value: Any) -> model.NuovaPendenza:
    """Read the body of a PUT.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(PendenzaBody, value).to_model()


def nuova_from_verificata(value: Any) -> model.NuovaPendenza:
    """Read what the ente answers when it is asked for a pendenza (pendenzaVerificata NON_ESEGUITA, API Ente v1).

    Its `stato`, `idA2A` and `idPendenza` are the asker's to look at.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(PendenzaBody, value).to_model()


def post_from_json(value: Any) -> tuple[str, str, model.NuovaPendenza]:
    """Read a pendenza that carries its own ids: idA2A, idPendenza, the rest.

    :raises Sintassi: with all that is wrong, field by field
    """
    body = parse_body(PendenzaPostBody, value)
    return body.id_a2a, body.id_pendenza, body.to_model()


def put_from_json(value: Any, *, id_a2a: str, id_pendenza: str) -> model.NuovaPendenza:
    """Read the body of a PUT, and the ids of its path with it.

    :raises Sintassi: with all that is wrong, field by field
    """
    with_ids = {**value, "idA2A": id_a2a, "idPendenza": id_pendenza} if isinstance(value, dict) else value
    return parse_body(PendenzaPostBody, with_ids).to_model()


class _Ids(Body):
    id_a2a: IdField = Field(alias="idA2A")
    id_pendenza: IdField = Field(alias="idPendenza")


def check_ids(id_a2a: str, id_pendenza: str) -> None:
    """Check the ids of a pendenza by themselves.

    :raises Sintassi:
    """
    parse_body(_Ids, {"idA2A": id_a2a, "idPendenza": id_pendenza})


class _PatchOpBody(Body):
    op: Testo16
    path: Testo255
    value: Any = None


class _PatchBody(Body):
    ops: list[_PatchOpBody] = Field(min_length=1, max_length=MAX_PATCH)


def patch_from_json(value: Any) -> list[PatchOp]:
    """Read the body of a PATCH: a list of operations, `op` in upper or lower case.

    :raises Sintassi: with all that is wrong, as `[0].path`
    """
    try:
        body = parse_body(_PatchBody, {"ops": value})
    except Sintassi as refused:
        errors = [FieldError(e.campo.removeprefix("ops") or "corpo", e.motivo) for e in refused.errors]
        raise Sintassi(errors) from None
    return [PatchOp(op.op.upper(), op.path, op.value) for op in body.ops]
