"""What the documents have in common: addresses, ways in, errors, headers, pages."""

from collections.abc import Collection
from typing import Any

from chalicelib.rest.auth import API_ID_HEADER, API_KEY_HEADER
from chalicelib.rest.operation import ID_TRANSAZIONE, JSON, Api
from chalicelib.settings import ProxyHeaders

_TITOLI = {
    Api.PAGAMENTO: ("API Pagamento", "Per i portali: avvisi, carrelli, pagamenti e ricevute di chi paga."),
    Api.PENDENZE: ("API Pendenze", "Per i gestionali: caricano pendenze, ne stampano gli avvisi, ne seguono lo stato."),
    Api.RAGIONERIA: (
        "API Ragioneria",
        "Per la contabilità: flussi, riscossioni, incassi, giornale di cassa. Anche all'indirizzo `riconciliazione`.",
    ),
    Api.BACKOFFICE: ("API Backoffice", "Per gli operatori: anagrafica, pendenze, pagamenti, giornale degli eventi."),
}
_GENERALE = (
    "Gli importi sono numeri con due decimali, esatti al centesimo. Gli errori hanno il corpo `FaultBean`. "
    "Ogni risposta porta `X-Govpay-IdTransazione`, con cui l'assistenza ritrova la richiesta. "
    "Un client deve ignorare i campi che non conosce. Prima dell'applicazione possono rispondere, con lo stesso corpo, "
    "anche 413 (richiesta troppo grande), 429 (troppe richieste) e 504 (risposta troppo lenta)."
)
_RADICI = {
    Api.PAGAMENTO: ("/govpay/frontend/api/pagamento",),
    Api.PENDENZE: ("/govpay/backend/api/pendenze",),
    Api.RAGIONERIA: ("/govpay/backend/api/ragioneria", "/govpay/backend/api/riconciliazione"),
    Api.BACKOFFICE: ("/govpay/backend/api/backoffice",),
}
ESITI = {
    200: "Eseguita",
    201: "Creata",
    202: "Presa in carico",
    204: "Eseguita, senza contenuto",
    303: "Il contenuto è all'indirizzo dell'intestazione Location",
}
_RIFIUTI = {
    304: "Non è cambiata da quella che il client ha già (If-None-Match)",
    400: "Corpo non valido, campo per campo nel dettaglio; o Accept che non ammette il tipo della risposta",
    401: "Credenziali assenti o errate",
    403: "Operazione o risorsa non permessa a chi chiama",
    404: "Non esiste, o è di altri",
    406: "Non è disponibile nel formato chiesto",
    409: "In conflitto con ciò che è in corso: riprovare",
    410: "Non è più disponibile",
    412: "Cambiata da quando è stata letta (If-Match), o già esistente (If-None-Match)",
    413: "Richiesta troppo grande",
    415: "Content-Type non ammesso",
    422: "Parametro non valido, o richiesta che le regole non consentono",
    500: "Errore interno",
    502: "Errore di pagoPA o dell'applicazione dell'ente",
    503: "Servizio momentaneamente non disponibile",
}
_FAULT = {
    "type": "object",
    "required": ["categoria", "codice", "descrizione"],
    "properties": {
        "categoria": {
            "type": "string",
            "enum": ["AUTORIZZAZIONE", "RICHIESTA", "OPERAZIONE", "PAGOPA", "EC", "INTERNO"],
        },
        "codice": {"type": "string"},
        "descrizione": {"type": "string"},
        "dettaglio": {"type": "string"},
        "id": {"type": "string", "description": "Di ciò che esiste benché rifiutato (502 di un pagamento avviato)"},
        "location": {"type": "string", "description": "Dove leggerlo"},
    },
}
SCHEMAS: dict[str, Any] = {"FaultBean": _FAULT}
HEADERS: dict[str, Any] = {
    ID_TRANSAZIONE: {"description": "Identificativo della richiesta", "schema": {"type": "string"}},
    "ETag": {"description": "Versione di ciò che si è letto o scritto, per If-Match", "schema": {"type": "string"}},
    "Location": {"description": "Dove prelevare il contenuto", "schema": {"type": "string"}},
}
PARAMETERS: dict[str, Any] = {
    name: {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
    for name, text in {
        "If-Match": "Scrive solo se la versione è ancora quella letta, data da ETag",
        "If-None-Match": "`*`: scrive solo se non esiste ancora",
        "Idempotency-Key": "Chiave scelta dal client: ripetere la richiesta non ripete l'effetto",
    }.items()
}
RESPONSES: dict[str, Any] = {
    str(status): {"description": text, "headers": {ID_TRANSAZIONE: {"$ref": f"#/components/headers/{ID_TRANSAZIONE}"}}}
    | ({"content": {JSON: {"schema": {"$ref": "#/components/schemas/FaultBean"}}}} if status >= 400 else {})  # noqa: PLR2004
    for status, text in _RIFIUTI.items()
}
PARAMETRI = {
    "abilitato": "Solo quelli abilitati, o solo gli altri",
    "campi": "I soli campi da restituire di ogni elemento, separati da virgole",
    "cursore": "Da dove continua l'elenco: è in `prossimiRisultati`",
    "dataAvvisatura": "Quando notificare l'avviso al debitore: un giorno (aaaa-mm-gg), o MAI",
    "dataDa": "Dal giorno o dall'istante: `aaaa-mm-gg` o `aaaa-mm-ggThh:mm:ss`, ora italiana se senza fuso",
    "dataA": "Fino al giorno compreso, o all'istante",
    "gRecaptchaResponse": "La risposta del captcha, dove `hardening` lo chiede a chi è anonimo",
    "maxRisultati": "Se fermare i conteggi a 10.000",
    "metadatiPaginazione": "Se restituire i conteggi",
    "ordinamento": "Campi separati da virgole, ognuno con + o - davanti",
    "pagina": "Numero della pagina; per gli elenchi lunghi seguire `prossimiRisultati`",
    "risPerPagina": "Come `risultatiPerPagina`",
    "risultatiPerPagina": "Elementi per pagina",
    "stampaAvviso": "Se restituire il PDF dell'avviso, in Base64",
}


def info(api: Api) -> dict[str, Any]:
    titolo, testo = _TITOLI[api]
    return {"title": f"GovPay - {titolo}", "version": "1", "description": f"{testo} {_GENERALE}"}


def servers(api: Api, varianti: Collection[str]) -> list[dict[str, Any]]:
    auth = {"default": "basic", "enum": sorted(varianti), "description": "Come si presenta chi chiama"}
    return [{"url": f"{radice}/rs/{{auth}}/v1", "variables": {"auth": auth}} for radice in _RADICI[api]]


def schemes(varianti: Collection[str]) -> dict[str, Any]:
    names = ProxyHeaders()
    known: dict[str, dict[str, Any]] = {
        "basic": {"type": "http", "scheme": "basic", "description": "Varianti `basic` e `form`"},
        "ssl": {"type": "mutualTLS", "description": "Variante `ssl`: certificato client"},
        "apikeyId": {"type": "apiKey", "in": "header", "name": API_ID_HEADER, "description": "Variante `apikey`"},
        "apikey": {"type": "apiKey", "in": "header", "name": API_KEY_HEADER, "description": "Variante `apikey`"},
        "header": _by_proxy("header", names.principal, "chi chiama"),
        "sslheader": _by_proxy("sslheader", names.subject, "il soggetto del certificato"),
        "spid": _by_proxy("spid", names.codice_fiscale, "il codice fiscale del cittadino"),
    }
    return {name: scheme for name, scheme in known.items() if name == "apikeyId" or name in varianti}


def _by_proxy(variante: str, name: str, what: str) -> dict[str, Any]:
    text = f"Variante `{variante}`: l'intestazione in cui un proxy fidato nomina {what}"
    return {"type": "apiKey", "in": "header", "name": name, "description": text}


def security(varianti: Collection[str]) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = [
        {"basic": []},
        {"ssl": []},
        {"apikeyId": [], "apikey": []},
        {"header": []},
        {"sslheader": []},
        {"spid": []},
    ]
    return [way for way in ways if set(way) - {"apikeyId"} <= set(varianti)]


def page_of(item: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a page of a list; what counts is there only where it is asked for."""
    number = {"type": "integer"}
    return {
        "type": "object",
        "required": ["risultati"],
        "properties": {
            "numRisultati": number,
            "numPagine": number,
            "risultatiPerPagina": number,
            "pagina": number,
            "prossimiRisultati": {"type": "string"},
            "maxRisultati": number,
            "risultati": {"type": "array", "items": item},
        },
    }
