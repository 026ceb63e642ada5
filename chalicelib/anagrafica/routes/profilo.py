"""Who the caller is, what is installed, the words of the contract: for whoever is authenticated."""

from chalice.app import Blueprint

from chalicelib.anagrafica.etichette import ETICHETTE
from chalicelib.anagrafica.routes.resolved import domini_json, entrate_json, tipi_json
from chalicelib.anagrafica.schemas.utenze import acl_of_profilo, acl_of_profilo_in_words
from chalicelib.kernel.exchange import Componente
from chalicelib.kernel.utenze import SERVIZI_ACL, Diritto
from chalicelib.rest.operation import (
    BACKOFFICE,
    PAGAMENTO,
    PENDENZE,
    RAGIONERIA,
    RICONCILIAZIONE,
    Answer,
    Api,
    Call,
    operation,
)
from chalicelib.settings import VERSIONE, settings

routes = Blueprint(__name__)
_VERSIONI_CONNETTORE = ("REST v1",)
_CAPITOLO_DI_PENDENZE_V1 = {"CAPITOLO": "ENTRATA"}


@routes.route(BACKOFFICE + "/profilo", methods=["GET"])
@operation("getProfilo", diritto=Diritto.LETTURA)
def get_profilo(call: Call) -> Answer:
    utenza = call.utenza
    return Answer(
        body={
            "nome": utenza.nome,
            "domini": domini_json(utenza.domini),
            "tipiPendenza": tipi_json(utenza.tipi_pendenza),
            "acl": acl_of_profilo(utenza.acl),
            "autenticazione": call.auth,
        }
    )


@routes.route(BACKOFFICE + "/logout", methods=["GET"])
@routes.route(PAGAMENTO + "/logout", methods=["GET"])
@operation("logout", diritto=Diritto.LETTURA, cittadino=True)
def logout(_call: Call) -> Answer:
    """Let a client of 3.9 leave: no session is kept here, so there is none to end."""
    return Answer()


@routes.route(PAGAMENTO + "/profilo", methods=["GET"])
@routes.route(PENDENZE + "/profilo", methods=["GET"])
@routes.route(RAGIONERIA + "/profilo", methods=["GET"])
@routes.route(RICONCILIAZIONE + "/profilo", methods=["GET"])
@operation("getProfilo", diritto=Diritto.LETTURA, cittadino=True)
def get_profilo_v1(call: Call) -> Answer:
    utenza = call.utenza
    entrate = entrate_json(utenza.tipi_pendenza)
    if call.api is not Api.PAGAMENTO:
        entrate = [
            {
                **entrata,
                "tipoContabilita": _CAPITOLO_DI_PENDENZE_V1.get(entrata["tipoContabilita"], entrata["tipoContabilita"]),
            }
            for entrata in entrate
        ]
    return Answer(
        body={
            "nome": utenza.nome,
            "domini": domini_json(utenza.domini),
            "entrate": entrate,
            "acl": acl_of_profilo_in_words(utenza.acl),
        }
    )


@routes.route(BACKOFFICE + "/info", methods=["GET"])
@operation("getInfo", diritto=Diritto.LETTURA)
def get_info(_call: Call) -> Answer:
    body = {"appName": "GovPay", "versione": VERSIONE, "build": VERSIONE, "ambiente": settings().ambiente}
    return Answer(body=body)


@routes.route(BACKOFFICE + "/enumerazioni/serviziACL", methods=["GET"])
@operation("findEnumerazioniServiziACL", diritto=Diritto.LETTURA)
def find_servizi_acl(_call: Call) -> Answer:
    return Answer(body=list(SERVIZI_ACL))


@routes.route(BACKOFFICE + "/enumerazioni/versioneConnettore", methods=["GET"])
@operation("findEnumerazioniVersioneConnettore", diritto=Diritto.LETTURA)
def find_versione_connettore(_call: Call) -> Answer:
    return Answer(body=list(_VERSIONI_CONNETTORE))


@routes.route(BACKOFFICE + "/enumerazioni/componentiEvento", methods=["GET"])
@operation("findEnumerazioniComponentiEvento", diritto=Diritto.LETTURA)
def find_componenti_evento(_call: Call) -> Answer:
    return Answer(body=list(Componente))


@routes.route(BACKOFFICE + "/enumerazioni/labelTipiEvento", methods=["GET"])
@operation("findEnumerazioniLabelTipiEvento", diritto=Diritto.LETTURA)
def find_label_tipi_evento(_call: Call) -> Answer:
    return Answer(body=[{tipo: etichetta} for tipo, etichetta in ETICHETTE.items()])
