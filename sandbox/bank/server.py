"""The treasurer over HTTP.

GET /  the flows to credit, the giornali closed · POST /chiudi · GET /giornali/{numero}[?formato=opi|camt|csv]
POST /api/giornali {idDominio, sporco?, altri?} · POST /api/giornali/imprevisti {idDominio, seme} · GET /api/giornali
"""

from html import escape
from typing import Any

from sandbox.bank import formati
from sandbox.bank.causali import SPIEGAZIONI, Sporco
from sandbox.bank.formati import Formato
from sandbox.bank.opi import Giornale
from sandbox.bank.tesoriere import EnteSconosciuto, Tesoriere
from sandbox.web.page import form, heading, link, page, radios, table
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other


def server(tesoriere: Tesoriere, *, port: int = 0) -> HttpServer:
    """Give the server of a treasurer, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    _serve_api(routes, tesoriere)
    _serve_pages(routes, tesoriere)
    return HttpServer(routes, port=port)


def _serve_api(routes: Routes, tesoriere: Tesoriere) -> None:
    @routes.on("GET", "/api/giornali")
    def _giornali(_request: Request) -> Response:
        return as_json([giornale_json(one) for one in tesoriere.giornali()])

    @routes.on("POST", "/api/giornali")
    def _chiudi(request: Request) -> Response:
        dati = request.json()
        chiuso = _chiude(tesoriere, dati.get("idDominio"), dati.get("sporco"), altri=dati.get("altri") is not False)
        return as_json(giornale_json(chiuso), 201)

    @routes.on("POST", "/api/giornali/imprevisti")
    def _imprevisti(request: Request) -> Response:
        dati = request.json()
        seme = dati.get("seme", 0)
        if isinstance(seme, bool) or not isinstance(seme, int):
            raise HttpError(400, "seme: un numero intero.")
        try:
            chiusi = tesoriere.chiudi_due_giorni(str(dati.get("idDominio")), seme=seme)
        except EnteSconosciuto as error:
            raise HttpError(400, str(error)) from None
        return as_json([giornale_json(one) for one in chiusi], 201)

    @routes.on("GET", "/giornali/{numero}")
    def _file(request: Request, numero: str) -> Response:
        one = next((one for one in tesoriere.giornali() if str(one.numero) == numero), None)
        if one is None:
            raise HttpError(404, "Il giornale di cassa non esiste.")
        formato = _formato(request.query.get("formato"))
        return Response(
            body=formati.write(one, formato),
            content_type=formati.content_type_of(formato),
            headers={"Content-Disposition": f'attachment; filename="{formati.name_of(one, formato)}"'},
        )


def _serve_pages(routes: Routes, tesoriere: Tesoriere) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(_pagina(tesoriere))

    @routes.on("POST", "/chiudi")
    def _chiudi(request: Request) -> Response:
        campi = request.form()
        _chiude(tesoriere, campi.get("idDominio"), campi.get("sporco"), altri=True)
        return see_other("/")


def _chiude(tesoriere: Tesoriere, id_dominio: object, sporco: object, *, altri: bool) -> Giornale:
    try:
        return tesoriere.chiudi(str(id_dominio), sporco=Sporco(str(sporco or Sporco.MISTO)), altri=altri)
    except EnteSconosciuto as error:
        raise HttpError(400, str(error)) from None
    except ValueError:
        raise HttpError(400, f"sporco: uno fra {', '.join(Sporco)}.") from None


def _formato(testo: object) -> Formato:
    try:
        return Formato(str(testo or Formato.OPI))
    except ValueError:
        raise HttpError(400, f"formato: uno fra {', '.join(Formato)}.") from None


def giornale_json(one: Giornale) -> dict[str, Any]:
    return {
        "numero": one.numero,
        "nome": one.nome,
        "idDominio": one.id_dominio,
        "giorno": one.giorno,
        "entrate": one.entrate,
        "uscite": one.uscite,
        "url": f"/giornali/{one.numero}",
        "movimenti": [
            {
                "provvisorio": movimento.provvisorio,
                "tipo": "ENTRATA" if movimento.entrata else "USCITA",
                "importo": movimento.importo,
                "trn": movimento.trn,
                "causale": movimento.causale,
                "esitoAtteso": movimento.atteso,
            }
            for movimento in one.movimenti
        ],
    }


def _pagina(tesoriere: Tesoriere) -> str:
    enti = {one.id_dominio: one.denominazione for one in tesoriere.nodo.anagrafica.enti.values()}
    in_arrivo = [
        [escape(one.id_flusso), escape(enti.get(one.id_dominio, one.id_dominio)), escape(one.accreditato.italian())]
        for one in tesoriere.da_accreditare()
    ]
    chiusi = [
        [
            " ".join(
                link(
                    formato.upper() if formato is not Formato.OPI else one.nome,
                    f"/giornali/{one.numero}?formato={formato}",
                )
                for formato in Formato
            ),
            escape(one.denominazione),
            str(len(one.movimenti)),
            escape(one.entrate.italian()),
        ]
        for one in reversed(tesoriere.giornali())
    ]
    chiude = form(
        "/chiudi",
        radios("idDominio", "Ente", enti, chosen=next(iter(enti)))
        + radios("sporco", "Che cosa fa la banca delle causali", SPIEGAZIONI, chosen=Sporco.MISTO),
        "Chiudi la giornata",
    )
    arrivo = table("Flussi da accreditare", ["Flusso", "Ente", "Euro"], in_arrivo)
    storia = table("Giornali chiusi", ["Giornale", "Ente", "Movimenti", "Entrate"], chiusi)
    return page("Tesoriere", arrivo + chiude + heading("Giornali di cassa") + storia)
