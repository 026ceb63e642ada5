"""REST: /eventi/cronistoria, on API Backoffice. Beyond the contracts of GovPay."""

from chalice.app import Blueprint

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation

routes = Blueprint(__name__)


@routes.route(f"{BACKOFFICE}/eventi/cronistoria", methods=["GET"])
@operation("getCronistoria", diritto=Diritto.LETTURA, backoffice=Servizio.GIORNALE)
def get_cronistoria(call: Call) -> Answer:
    # It reads of every context: imported by who asks for it, not by who asks for eventi.
    from chalicelib.cronistoria import queries, schemas

    id_dominio, iuv = call.text("idDominio"), call.text("iuv")
    if id_dominio is None or iuv is None:
        raise ParametroNonValido("Indicare idDominio e iuv (uno IUV, o un numero avviso).")
    call.is_about(id_dominio=id_dominio, iuv=iuv)
    found = queries.cronistoria(
        id_dominio=id_dominio, iuv=iuv, domini=call.utenza.domini, utenza=call.utenza, now=call.now
    )
    return Answer(body=schemas.cronistoria_json(found))
