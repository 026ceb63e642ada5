"""REST: /configurazioni, on API Backoffice."""

from chalice.app import Blueprint

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.giornale.configurazioni import schemas
from chalicelib.giornale.configurazioni.operations import Change, change_configurazione
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation

routes = Blueprint(__name__)
_PATH = f"{BACKOFFICE}/configurazioni"
_CONFIGURAZIONE = Servizio.CONFIGURAZIONE


@routes.route(_PATH, methods=["GET"])
@operation("getConfigurazioni", diritto=Diritto.LETTURA, backoffice=_CONFIGURAZIONE)
def get_configurazioni(_call: Call) -> Answer:
    return Answer(body=schemas.configurazione_json(anagrafica.stored_configurazione()))


@routes.route(_PATH, methods=["POST"])
@operation("addConfigurazioni", diritto=Diritto.SCRITTURA, backoffice=_CONFIGURAZIONE)
def add_configurazioni(call: Call) -> Answer:
    _changed(call, "addConfigurazioni", schemas.read_whole(call.json()))
    return Answer()


@routes.route(_PATH, methods=["PATCH"])
@operation("aggiornaConfigurazioni", diritto=Diritto.SCRITTURA, backoffice=_CONFIGURAZIONE)
def patch_configurazioni(call: Call) -> Answer:
    return _changed(call, "aggiornaConfigurazioni", schemas.read_patch(call.json()))


def _changed(call: Call, tipo_evento: str, change: Change) -> Answer:
    after = change_configurazione(
        change,
        tipo_evento=tipo_evento,
        principal=call.utenza.principal,
        id_transazione=call.id_transazione,
        now=call.now,
        written=schemas.as_text,
    )
    return Answer(body=schemas.configurazione_json(after))
