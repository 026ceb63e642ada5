"""FlussoRiversamento: the flow that a PSP sends for the money it transfers; read as it streams, row by row.

Read leniently: any outcome code, negative amounts, no index (before 2015), elements that a later edition adds. What
stays out is what cannot be a flow: no XML, a DOCTYPE, no amount, no key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, BinaryIO, TypeVar
from xml.parsers import expat

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.binding import PAGAMENTI, complex_type, many, message, write
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    AnyAmount,
    IsoDate,
    IsoDateTime,
    Text35,
    Text140,
)
from chalicelib.nodo.scalars import Date, DateTime, Integer, Text
from chalicelib.nodo.soap import write_document
from chalicelib.riconciliazione.model import Riga, Testata
from chalicelib.riconciliazione.ports import FlussoIllegibile

T = TypeVar("T")

# -- as it is written (1.0.4, with the outcomes of all editions)

_Denominazione = Annotated[str, Text(least=3, most=70)]
_IdFlusso = Annotated[str, Text(pattern=r"[a-zA-Z0-9\-_]{1,35}")]
_Numero = Annotated[int, Integer(least=1, most=10**15 - 1)]
_Indice = Annotated[int, Integer(least=1, most=5)]


@complex_type(ns=PAGAMENTI)
class IdentificativoMittente:
    tipo_identificativo_univoco: Annotated[str, Text(choices=("G", "A", "B"))]
    codice_identificativo_univoco: Text35


@complex_type(ns=PAGAMENTI)
class IdentificativoRicevente:
    tipo_identificativo_univoco: Annotated[str, Text(choices=("G",))]
    codice_identificativo_univoco: Text35


@complex_type(ns=PAGAMENTI)
class IstitutoMittente:
    identificativo_univoco_mittente: IdentificativoMittente
    denominazione_mittente: _Denominazione | None = None


@complex_type(ns=PAGAMENTI)
class IstitutoRicevente:
    identificativo_univoco_ricevente: IdentificativoRicevente
    denominazione_ricevente: Text140 | None = None


@complex_type(ns=PAGAMENTI)
class DatiSingoliPagamenti:
    identificativo_univoco_versamento: Text35
    identificativo_univoco_riscossione: Text35
    indice_dati_singolo_pagamento: _Indice | None = None
    singolo_importo_pagato: AmountNotZero
    codice_esito_singolo_pagamento: Annotated[str, Text(choices=("0", "3", "4", "8", "9"))]
    data_esito_singolo_pagamento: IsoDate


@message("FlussoRiversamento", ns=PAGAMENTI, qualified=True, prefix=False)
class FlussoRiversamento:
    versione_oggetto: Annotated[str, Text(choices=("1.0", "1.1"))]
    identificativo_flusso: _IdFlusso
    data_ora_flusso: IsoDateTime
    identificativo_univoco_regolamento: Text35
    data_regolamento: IsoDate
    istituto_mittente: IstitutoMittente
    codice_bic_banca_di_riversamento: Text35 | None = None
    istituto_ricevente: IstitutoRicevente
    numero_totale_pagamenti: _Numero
    importo_totale_pagamenti: AnyAmount
    dati_singoli_pagamenti: tuple[DatiSingoliPagamenti, ...] = many(1, None)


def write_flusso(flusso: FlussoRiversamento) -> bytes:
    """Write a flow.

    :raises SintassiErrata: it does not fit the XSD
    """
    return write_document(write(flusso))


# -- as it is read

_CHUNK = 65_536
_TEXT_MAX = 300
_ROOT, _ROW = "FlussoRiversamento", "datiSingoliPagamenti"
_ROW_FIELDS = {
    "identificativoUnivocoVersamento",
    "identificativoUnivocoRiscossione",
    "indiceDatiSingoloPagamento",
    "singoloImportoPagato",
    "codiceEsitoSingoloPagamento",
    "dataEsitoSingoloPagamento",
}
# By path below the root: the code of who sends and that of who receives have one name.
_HEAD_FIELDS = {
    "identificativoFlusso",
    "dataOraFlusso",
    "identificativoUnivocoRegolamento",
    "dataRegolamento",
    "istitutoMittente/identificativoUnivocoMittente/codiceIdentificativoUnivoco",
    "istitutoMittente/denominazioneMittente",
    "codiceBicBancaDiRiversamento",
    "istitutoRicevente/identificativoUnivocoRicevente/codiceIdentificativoUnivoco",
    "numeroTotalePagamenti",
    "importoTotalePagamenti",
}


def read_flusso(stream: BinaryIO, *, after: int = 0) -> Iterator[Testata | Riga]:
    """Read a flow as it streams: the head, then the rows, numbered from `after` + 1; memory does not grow with them.

    :raises FlussoIllegibile: where it stops being a flow
    """
    reader = _Reader(progressivo=after)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    while True:
        chunk = stream.read(_CHUNK)
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise FlussoIllegibile(
                f"Il flusso non è XML ben formato (riga {error.lineno}, colonna {error.offset})."
            ) from None
        except (ValueError, LookupError) as error:
            if isinstance(error, FlussoIllegibile):
                raise
            raise FlussoIllegibile("La codifica dei caratteri del flusso non è ammessa.") from None
        yield from reader.taken()
        if not chunk:
            return


def _refuse_doctype(*_: Any) -> None:
    raise FlussoIllegibile("Il flusso contiene una dichiarazione DOCTYPE, che non è ammessa.")


@dataclass(slots=True)
class _Reader:
    """What the parser tells, put together; what is whole is taken away after every chunk."""

    progressivo: int
    path: list[str] = field(default_factory=list)
    head: dict[str, str] = field(default_factory=dict)
    row: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    length: int = 0
    found: list[Testata | Riga] = field(default_factory=list)
    head_given: bool = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if not self.path and local != _ROOT:
            raise FlussoIllegibile(f"L'elemento radice non è {_ROOT}.")
        self.path.append(local)
        self.words, self.length = [], 0
        if len(self.path) == 2 and local == _ROW:  # noqa: PLR2004 - right below the root
            self._give_head()
            self.row = {}

    def text(self, data: str) -> None:
        self.length += len(data)
        if self.length <= _TEXT_MAX:
            self.words.append(data)

    def end(self, _name: str) -> None:
        value = "".join(self.words).strip()
        too_long = self.length > _TEXT_MAX
        local, where = self.path[-1], "/".join(self.path[1:])
        if where.startswith(f"{_ROW}/") and local in _ROW_FIELDS:
            self.row[local] = self._checked(local, value, too_long)
        elif where in _HEAD_FIELDS:
            self.head[where] = self._checked(local, value, too_long)
        elif where == _ROW:
            self.progressivo += 1
            self.found.append(_riga(self.row, self.progressivo))
        self.path.pop()
        self.words, self.length = [], 0
        if not self.path:
            self._give_head()

    def _checked(self, name: str, value: str, too_long: bool) -> str:
        if too_long:
            raise FlussoIllegibile(f"{name}: il testo è troppo lungo.")
        return value

    def _give_head(self) -> None:
        if not self.head_given:
            self.head_given = True
            self.found.append(_testata(self.head))

    def taken(self) -> list[Testata | Riga]:
        found, self.found = self.found, []
        return found


def _testata(head: dict[str, str]) -> Testata:
    instant, day = DateTime().parse, Date().parse
    sender = "istitutoMittente/identificativoUnivocoMittente/codiceIdentificativoUnivoco"
    receiver = "istitutoRicevente/identificativoUnivocoRicevente/codiceIdentificativoUnivoco"
    data_ora = _field(head, "dataOraFlusso", instant)
    return Testata(
        id_flusso=_field(head, "identificativoFlusso", _key),
        trn=_field(head, "identificativoUnivocoRegolamento", _key),
        data_ora=data_ora,
        data_regolamento=_field(head, "dataRegolamento", day) if head.get("dataRegolamento") else rome_day(data_ora),
        id_psp=_field(head, sender, _key),
        id_dominio=_field(head, receiver, _key),
        numero=_field(head, "numeroTotalePagamenti", _number),
        importo=_field(head, "importoTotalePagamenti", Importo.parse),
        ragione_sociale_psp=head.get("istitutoMittente/denominazioneMittente") or None,
        bic=head.get("codiceBicBancaDiRiversamento") or None,
    )


def _riga(row: dict[str, str], progressivo: int) -> Riga:
    def at(name: str, parse: Callable[[str], T]) -> T:
        return _field(row, name, parse, where=f"Riga {progressivo}, ")

    indice = row.get("indiceDatiSingoloPagamento")
    data: date = at("dataEsitoSingoloPagamento", Date().parse)
    return Riga(
        progressivo=progressivo,
        iuv=at("identificativoUnivocoVersamento", _key),
        iur=at("identificativoUnivocoRiscossione", _key),
        importo=at("singoloImportoPagato", Importo.parse),
        esito=at("codiceEsitoSingoloPagamento", _key),
        data=data,
        indice=at("indiceDatiSingoloPagamento", _number) if indice else None,
    )


def _field(values: dict[str, str], name: str, parse: Callable[[str], T], *, where: str = "") -> T:
    text = values.get(name)
    local = name.rpartition("/")[2]
    if not text:
        raise FlussoIllegibile(f"{where}{local}: è obbligatorio.")
    try:
        return parse(text)
    except ValueError:
        raise FlussoIllegibile(f"{where}{local}: non è un valore valido.") from None


def _key(text: str) -> str:
    # It becomes part of a key: what separates keys, or cannot be printed, is no identifier.
    if len(text) > 70 or "#" in text or not text.isprintable():  # noqa: PLR2004 - twice stText35
        raise ValueError(text)
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):  # noqa: PLR2004 - stNumeroTotalePagamenti
        raise ValueError(text)
    return int(text)
