"""The routes of the anagrafica, a module a resource."""

from chalicelib.anagrafica.routes.applicazioni import routes as applicazioni
from chalicelib.anagrafica.routes.domini import routes as domini
from chalicelib.anagrafica.routes.dominio import routes as dominio
from chalicelib.anagrafica.routes.entrate import routes as entrate
from chalicelib.anagrafica.routes.intermediari import routes as intermediari
from chalicelib.anagrafica.routes.operatori import routes as operatori
from chalicelib.anagrafica.routes.portale import routes as portale
from chalicelib.anagrafica.routes.profilo import routes as profilo
from chalicelib.anagrafica.routes.sonde import routes as sonde
from chalicelib.anagrafica.routes.tipi import routes as tipi

blueprints = (intermediari, domini, dominio, entrate, tipi, applicazioni, operatori, portale, profilo, sonde)
