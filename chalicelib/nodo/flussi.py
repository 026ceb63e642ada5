"""Flows by SOAP: implements riconciliazione.ports.Fonte. A flow comes whole, in Base64, and is never whole in memory."""

import tempfile
import time
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from xml.parsers import expat

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore
from chalicelib.connettori import credenziali
from chalicelib.connettori.credenziali import CredenzialiMancanti
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.nodo import dispatch
from chalicelib.nodo.binding import read
from chalicelib.nodo.client import SUBSCRIPTION_KEY
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
from chalicelib.nodo.messages.nodo_chiedi_elenco_flussi_rendicontazione import (
    NodoChiediElencoFlussiRendicontazione,
    NodoChiediElencoFlussiRendicontazioneRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_flusso_rendicontazione import NodoChiediFlussoRendicontazione
from chalicelib.nodo.sintassi import SintassiErrata
from chalicelib.nodo.soap import MessaggioIllegibile, read_envelope
from chalicelib.riconciliazione.model import ChiaveFlusso, Riga, Testata
from chalicelib.riconciliazione.ports import Annunciato, Elenco, FlussoAssente, FlussoIllegibile, FonteNonDisponibile
from chalicelib.riconciliazione.rules.flusso import psp_of

ELENCO_SECONDS = 30.0
FLUSSO_SECONDS = 120.0
ELENCO_MAX = 16 * 1024 * 1024  # the list has no pages: some sixty thousand flows
FLUSSO_MAX = 200 * 1024 * 1024  # in Base64: some three hundred thousand rows
_CHUNK = 65_536
_IN_MEMORY = 2_000_000
_CODE_MAX = 64
_OK = 200
# What the Nodo says of a flow that it does not have.
_ASSENTE = frozenset({"PPT_ID_FLUSSO_SCONOSCIUTO"})


class FlussiSoap:
    """Asks the Nodo at the address of the intermediario; every exchange is handed to the recorder, without the flow."""

    content_type = "application/xml"

    def __init__(self, *, recorder: Recorder | None = None) -> None:
        self._recorder = recorder

    def elenca(self, *, id_stazione: str, id_dominio: str, pagina: int, now: datetime) -> Elenco:  # noqa: ARG002 - one page
        """List all there is: this protocol has no pages.

        :raises FonteNonDisponibile:
        """
        connettore, id_intermediario, password = _stazione(id_stazione)
        request = NodoChiediElencoFlussiRendicontazione(
            identificativo_intermediario_pa=id_intermediario,
            identificativo_stazione_intermediario_pa=id_stazione,
            password=password,
            identificativo_dominio=id_dominio,
        )
        with _spool() as answer, self._recorded("nodoChiediElencoFlussiRendicontazione", id_dominio, connettore, now):
            _exchange(connettore, request, "nodoChiediElencoFlussiRendicontazione", answer, ELENCO_SECONDS, ELENCO_MAX)
            answer.seek(0)
            return Elenco(flussi=tuple(_elenco(answer.read(), id_dominio)))

    def scarica(self, chiave: ChiaveFlusso, *, id_stazione: str, parte: int, into: BinaryIO, now: datetime) -> bool:  # noqa: ARG002 - one part
        """Write the flow; it is the only part.

        :raises FonteNonDisponibile:
        :raises FlussoAssente:
        :raises FlussoIllegibile:
        """
        connettore, id_intermediario, password = _stazione(id_stazione)
        request = NodoChiediFlussoRendicontazione(
            identificativo_intermediario_pa=id_intermediario,
            identificativo_stazione_intermediario_pa=id_stazione,
            password=password,
            identificativo_dominio=chiave.id_dominio,
            identificativo_psp=chiave.id_psp or None,
            identificativo_flusso=chiave.id_flusso,
        )
        name = "nodoChiediFlussoRendicontazione"
        with _spool() as answer, self._recorded(name, chiave.id_dominio, connettore, now):
            _exchange(connettore, request, name, answer, FLUSSO_SECONDS, FLUSSO_MAX)
            answer.seek(0)
            _unwrap(answer, into)
        return True

    def leggi(self, part: BinaryIO, *, chiave: ChiaveFlusso, parte: int, dopo: int) -> Iterator[Testata | Riga]:  # noqa: ARG002
        """Read the flow as it streams.

        :raises FlussoIllegibile:
        """
        return read_flusso(part, after=dopo)

    def _recorded(self, name: str, id_dominio: str, connettore: Connettore, now: datetime) -> "_Recorded":
        return _Recorded(self._recorder, name, id_dominio, connettore.url, now)


def _stazione(id_stazione: str) -> tuple[Connettore, str, str]:
    stazione = anagrafica.stazione(id_stazione)
    intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
    if stazione is None or intermediario is None or stazione.password is None:
        raise FonteNonDisponibile(f"la stazione {id_stazione} non è censita, o è senza password")
    return intermediario.servizio_pagopa, intermediario.id_intermediario, stazione.password


def _spool() -> Any:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def _exchange(  # noqa: PLR0917
    connettore: Connettore, request: Any, action: str, into: BinaryIO, seconds: float, max_bytes: int
) -> None:
    from chalicelib.connettori import trasporto

    auth = connettore.auth
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept-Encoding": "identity"}
    if connettore.subscription_key:
        headers[SUBSCRIPTION_KEY] = connettore.subscription_key
    try:
        richiesta = trasporto.Richiesta(
            metodo="POST",
            url=connettore.url,
            headers={**headers, **credenziali.headers_of(auth, seconds=seconds)},
            body=dispatch.write_message(request),
            ca=credenziali.ca_of(auth),
            cert=credenziali.certificate_of(auth),
        )
        risposta = trasporto.download(richiesta, seconds=seconds, into=into, max_bytes=max_bytes)
    except (CredenzialiMancanti, trasporto.Guasto) as error:
        raise FonteNonDisponibile(error.motivo) from error
    if risposta.stato != _OK:
        raise FonteNonDisponibile(f"il Nodo ha risposto {risposta.stato}")


def _elenco(body: bytes, id_dominio: str) -> Iterator[Annunciato]:
    try:
        operation = read_envelope(body, max_bytes=ELENCO_MAX).operation
        answer = read(NodoChiediElencoFlussiRendicontazioneRisposta, operation)
    except (MessaggioIllegibile, SintassiErrata) as error:
        raise FonteNonDisponibile(f"il Nodo ha risposto con un elenco non valido: {error}") from error
    if answer.fault is not None:
        raise FonteNonDisponibile(f"il Nodo ha risposto {answer.fault.fault_code}")
    elenco = answer.elenco_flussi_rendicontazione
    for flusso in () if elenco is None else elenco.id_rendicontazione:
        id_flusso = flusso.identificativo_flusso
        yield Annunciato(
            chiave=ChiaveFlusso(
                id_dominio=id_dominio,
                id_flusso=id_flusso,
                id_psp=psp_of(id_flusso),
                data_ora=flusso.data_ora_flusso,
                revisione=0,
            )
        )


# -- the flow out of its envelope, as it streams


def _unwrap(answer: BinaryIO, into: BinaryIO) -> None:
    """Write what xmlRendicontazione holds.

    :raises FlussoAssente: the Nodo does not know the flow
    :raises FonteNonDisponibile: a fault, or no answer that can be read
    :raises FlussoIllegibile: what it holds is empty or no Base64
    """
    unwrapper = _Unwrapper(into)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = unwrapper.start
    parser.EndElementHandler = unwrapper.end
    parser.CharacterDataHandler = unwrapper.text
    try:
        while chunk := answer.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FonteNonDisponibile("il Nodo ha risposto con un messaggio che non è XML ben formato") from error
    unwrapper.conclude()


def _refuse_doctype(*_: Any) -> None:
    raise FonteNonDisponibile("il Nodo ha risposto con un DOCTYPE, che non è ammesso")


@dataclass(slots=True)
class _Unwrapper:
    into: BinaryIO
    where: str = ""
    fault_code: str = ""
    left: str = ""
    written: int = 0
    is_answer: bool = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.where = name.rpartition(" ")[2]
        # Not the names themselves: an answer may be of as many elements as its size allows.
        self.is_answer = self.is_answer or self.where == "nodoChiediFlussoRendicontazioneRisposta"

    def end(self, _name: str) -> None:
        self.where = ""

    def text(self, data: str) -> None:
        if self.where in {"faultCode", "faultcode"}:
            self.fault_code = (self.fault_code + data)[:_CODE_MAX]
        elif self.where == "xmlRendicontazione":
            self._decode(data)

    def _decode(self, data: str) -> None:
        """Decode as many whole groups of four as there are."""
        text = self.left + "".join(data.split())
        whole = len(text) - len(text) % 4
        self.left = text[whole:]
        try:
            self.written += self.into.write(a2b_base64(text[:whole], strict_mode=True)) if whole else 0
        except (Base64Error, ValueError):
            raise FlussoIllegibile("Il contenuto di xmlRendicontazione non è Base64 valido.") from None

    def conclude(self) -> None:
        code = self.fault_code.strip()
        if code in _ASSENTE:
            raise FlussoAssente(code)
        if code or not self.is_answer:
            raise FonteNonDisponibile(f"il Nodo ha risposto {code or 'con un messaggio non previsto'}")
        if self.left or not self.written:
            raise FlussoIllegibile(
                "Il Nodo non ha dato il contenuto del flusso: verificare che l'ente non lo riceva via SFTP."
            )


# -- the XML of a flow that came by REST


class FlussoSenzaXml(Unprocessable):
    """The flow holds what the schema of the XML has no form for: a new outcome code, a negative amount."""

    codice = "SEMANTICA"


def flusso_xml(testata: Testata, righe: Sequence[Riga]) -> bytes:
    """Write a flow as its PSP would have sent it by SOAP.

    :raises FlussoSenzaXml:
    """
    ricevente = IdentificativoRicevente(
        tipo_identificativo_univoco="G", codice_identificativo_univoco=testata.id_dominio
    )
    mittente = IdentificativoMittente(tipo_identificativo_univoco="B", codice_identificativo_univoco=testata.id_psp)
    flusso = FlussoRiversamento(
        versione_oggetto="1.1",
        identificativo_flusso=testata.id_flusso,
        data_ora_flusso=testata.data_ora,
        identificativo_univoco_regolamento=testata.trn,
        data_regolamento=testata.data_regolamento,
        istituto_mittente=IstitutoMittente(
            identificativo_univoco_mittente=mittente, denominazione_mittente=testata.ragione_sociale_psp
        ),
        codice_bic_banca_di_riversamento=testata.bic,
        istituto_ricevente=IstitutoRicevente(identificativo_univoco_ricevente=ricevente),
        numero_totale_pagamenti=testata.numero,
        importo_totale_pagamenti=testata.importo,
        dati_singoli_pagamenti=tuple(_singolo(riga) for riga in righe),
    )
    try:
        return write_flusso(flusso)
    except SintassiErrata as error:
        raise FlussoSenzaXml(f"Il flusso non ha una forma XML ({error}): richiederlo in JSON.") from error


def _singolo(riga: Riga) -> DatiSingoliPagamenti:
    return DatiSingoliPagamenti(
        identificativo_univoco_versamento=riga.iuv,
        identificativo_univoco_riscossione=riga.iur,
        indice_dati_singolo_pagamento=riga.indice,
        singolo_importo_pagato=riga.importo,
        codice_esito_singolo_pagamento=riga.esito,
        data_esito_singolo_pagamento=riga.data,
    )


# -- the record of an exchange


class _Recorded:
    """Hands an exchange to the recorder when it ends, however it ends. The request holds a password: it is left out."""

    def __init__(self, recorder: Recorder | None, name: str, id_dominio: str, url: str, now: datetime) -> None:
        self._recorder, self._name, self._id_dominio, self._url, self._now = recorder, name, id_dominio, url, now
        self._started = time.monotonic()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if self._recorder is None or (kind is not None and not issubclass(kind, Exception)):
            return
        self._recorder(
            Exchange(
                componente=Componente.API_PAGOPA,
                ruolo=Ruolo.CLIENT,
                tipo_evento=self._name,
                esito=Esito.OK if error is None else Esito.FAIL,
                data=self._now,
                durata_ms=int((time.monotonic() - self._started) * 1000),
                id_transazione=new_uuid(),
                dettaglio_esito=None if error is None else str(error),
                about=About(id_dominio=self._id_dominio),
                dati_pagopa={"idDominio": self._id_dominio},
                richiesta=Message(metodo="POST", url=self._url),
            )
        )
