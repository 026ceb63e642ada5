"""JSON of giornali and movements: of the API, of the report, and the rows that CSV and PDF are made of."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import StringConstraints

from chalicelib.kernel.importo import Importo
from chalicelib.rest.schema import Body, Leggibile, SenzaControlli, formato
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa.modello import Movimento, Testata
from chalicelib.riconciliazione.importazione import rules
from chalicelib.riconciliazione.importazione.model import Giornale, MovimentoCassa, RigaGiornale, Totale

E = EsitoMovimento


class AnnuncioBody(Body):
    """A file that will be put where we say, because a request cannot carry it."""

    nome: Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=255)]


class PatchMovimentoBody(Body):
    """What a person says of a movement: exactly one of `conferma`, `idFlusso`, `iuv` and `visto`."""

    conferma: bool | None = None
    idFlusso: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None  # noqa: N815 - of the wire
    iuv: Annotated[str, formato(r"^[A-Za-z0-9]{1,35}$", "deve avere da 1 a 35 lettere e cifre")] | None = None
    visto: bool | None = None
    nota: Annotated[str, SenzaControlli, StringConstraints(max_length=500)] = ""


def giornale_json(giornale: Giornale) -> dict[str, Any]:
    return _some(
        {
            "id": giornale.id_giornale,
            "idDominio": giornale.id_dominio,
            "nome": giornale.nome,
            "stato": giornale.stato,
            "ricevuto": giornale.ricevuto,
            "concluso": giornale.concluso,
            "dimensione": giornale.dimensione,
            "righe": giornale.righe,
            "righeLette": giornale.lette,
            "righeElaborate": giornale.elaborate,
            "totaleEntrate": giornale.entrate,
            "totaleUscite": giornale.uscite,
            "codiceErrore": giornale.codice,
            "motivo": giornale.motivo,
            "rigaErrore": giornale.riga_errore,
            "testate": [testata_json(testata) for testata in giornale.testate],
            "avvertenze": [
                {"codice": avvertenza.codice, "testo": avvertenza.testo} for avvertenza in giornale.avvertenze
            ],
            "totali": [totale_json(totale) for totale in giornale.totali],
        }
    )


def testata_json(testata: Testata) -> dict[str, Any]:
    return _some(
        {
            "documento": testata.documento,
            "formato": testata.formato,
            "codiceFiscaleEnte": testata.codice_fiscale_ente,
            "ente": testata.denominazione_ente,
            "abi": testata.abi,
            "idFlusso": testata.id_flusso,
            "esercizio": testata.esercizio,
            "data": testata.data,
            "pagina": testata.pagina,
            "pagineTotali": testata.pagine_totali,
        }
    )


def totale_json(totale: Totale) -> dict[str, Any]:
    return {"esito": totale.esito, "quanti": totale.quanti, "entrate": totale.entrate, "uscite": totale.uscite}


def movimento_json(cassa: MovimentoCassa) -> dict[str, Any]:
    spiegazione = cassa.spiegazione
    return _some(
        {
            "id": cassa.id_movimento,
            "idGiornale": cassa.id_giornale,
            "file": cassa.nome_file,
            **_of_bank(cassa.movimento),
            "tipoRiferimento": cassa.tipo_riferimento,
            "riferimento": cassa.riferimento,
            "esito": cassa.esito,
            "etichetta": rules.etichetta(cassa),
            "codice": cassa.codice,
            "regola": spiegazione.regola if spiegazione else None,
            "motivo": spiegazione.evidenza if spiegazione else None,
            "prossimoPasso": spiegazione.prossimo_passo if spiegazione else None,
            "entro": spiegazione.entro if spiegazione else None,
            "atteso": cassa.atteso,
            "differenza": rules.differenza(cassa),
            "sommaPagamenti": cassa.pagato,
            "idRiconciliazione": cassa.id_incasso,
            "numeroPagamenti": cassa.pagamenti,
            "ripartizione": [
                _some({"tipoContabilita": q.tipo, "codiceContabilita": q.codice})
                | {"importo": q.importo, "pagamenti": q.pagamenti}
                for q in cassa.quote
            ],
            "iuv": list(cassa.iuv_pagati),
            "iuvDoppi": list(cassa.iuv_doppi),
            "originario": cassa.originario,
            "stornatoDa": cassa.stornato_da,
            "regolarizzatoDa": cassa.regolarizzato_da,
            "visto": None
            if cassa.visto is None
            else {"utente": cassa.visto.principal, "data": cassa.visto.quando, "nota": cassa.visto.nota},
        }
    )


def _of_bank(movimento: Movimento) -> dict[str, Any]:
    return {
        "documento": movimento.documento,
        "posizione": movimento.posizione,
        "riga": movimento.riga,
        "esercizio": movimento.esercizio,
        "provvisorio": movimento.numero_provvisorio,
        "bolletta": movimento.numero_bolletta,
        "dataContabile": movimento.data_contabile,
        "dataValuta": movimento.data_valuta,
        "importo": movimento.importo,
        "tipoMovimento": movimento.tipo_movimento,
        "tipoDocumento": movimento.tipo_documento,
        "tipoOperazione": movimento.tipo_operazione,
        "cliente": movimento.cliente,
        "causale": movimento.causale,
        "sct": movimento.sct,
    }


def riga_json(riga: RigaGiornale, cassa: MovimentoCassa | None) -> dict[str, Any]:
    """Write a row of the report: its movement, or why it brought none; `numero` counts from 1 through the file."""
    if riga.gia is None and cassa is not None:
        return {"numero": riga.numero, **movimento_json(cassa)}
    esito = riga.gia or E.ILLEGGIBILE
    movimento = riga.movimento or (cassa.movimento if cassa is not None else None)
    motivo = riga.motivo
    if esito is E.GIA_ACQUISITO and cassa is not None:
        motivo = f"già acquisito con {cassa.nome_file}, allora {cassa.esito or 'in elaborazione'}"
    regola, passo = rules.REGOLE[esito]
    where = {"documento": riga.documento, "posizione": riga.posizione, "riga": riga.riga}
    return _some(
        {
            "numero": riga.numero,
            "id": riga.id_movimento,
            "provvisorio": riga.numero_provvisorio,
            **(_of_bank(movimento) if movimento is not None else {}),
            **where,
            "esito": esito,
            "regola": regola,
            "motivo": motivo,
            "prossimoPasso": passo,
        }
    )


def _some(body: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not there; an amount of zero is there."""
    return {key: value for key, value in body.items() if value or isinstance(value, (Importo, int, date))}
