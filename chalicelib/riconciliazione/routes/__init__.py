"""REST: /flussiRendicontazione, /incassi, /riscossioni (ragioneria and backoffice), /operazioni (backoffice)."""

from chalicelib.riconciliazione.routes.flussi import routes as flussi
from chalicelib.riconciliazione.routes.incassi import routes as incassi
from chalicelib.riconciliazione.routes.operazioni import routes as operazioni
from chalicelib.riconciliazione.routes.riscossioni import routes as riscossioni

blueprints = (flussi, incassi, riscossioni, operazioni)
