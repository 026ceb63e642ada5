"""What an installation is set to: of each interface, which exchanges the giornale keeps, and with which bodies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from chalicelib.kernel.exchange import Componente


class Regime(StrEnum):
    """When something is kept (GovPay 3.1 API 3.5, gdeEvento)."""

    SEMPRE = "sempre"
    MAI = "mai"
    SOLO_ERRORE = "solo errore"

    def holds(self, *, ok: bool) -> bool:
        return self is Regime.SEMPRE or (self is Regime.SOLO_ERRORE and not ok)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrazione:
    """When an exchange is kept (`log`), and when with its bodies (`dump`)."""

    log: Regime
    dump: Regime


@dataclass(frozen=True, slots=True, kw_only=True)
class Interfaccia:
    letture: Registrazione
    scritture: Registrazione


TUTTO = Registrazione(log=Regime.SEMPRE, dump=Regime.SEMPRE)
SOLO_ERRORI = Registrazione(log=Regime.SOLO_ERRORE, dump=Regime.SOLO_ERRORE)
_DA_NOI_O_DA_PAGOPA = frozenset({Componente.API_ENTE, Componente.API_PAGOPA, Componente.API_BACKEND_IO})
# Messages of the Nodo that change nothing, its and ours.
_LETTURE_PAGOPA = frozenset(
    {
        "paaVerificaRPT",
        "paVerifyPaymentNotice",
        "nodoChiediStatoRPT",
        "nodoChiediListaPendentiRPT",
        "nodoChiediCopiaRT",
        "nodoChiediElencoFlussiRendicontazione",
        "nodoChiediFlussoRendicontazione",
    }
)
# To read an operazione is to start it.
_SCRITTURE_CON_GET = frozenset({"getOperazione"})

# The section of the captcha, and the secret with which its service knows us.
HARDENING = "hardening"
SEGRETO_CAPTCHA = "captcha/secretKey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configurazione:
    """What was set; what was not is as it is by default. `interfacce` are by componente.

    `sezioni` are the others, by their name in the contract, as they came: tracciatoCsv, avvisaturaMail,
    avvisaturaAppIO (what a tipo pendenza that says none has), mailBatch, appIOBatch (whether it is written at all),
    hardening (the captcha of anonymous callers, without its secret key).
    """

    interfacce: Mapping[Componente, Interfaccia] = field(default_factory=dict)
    sezioni: Mapping[str, Any] = field(default_factory=dict)

    def sezione(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.sezioni.get(name) or {}
        return found

    def interfaccia(self, componente: Componente, *, log_letture: bool) -> Interfaccia:
        """Give how an interface is recorded: by default what writes, what fails, and all that goes out of the house."""
        known = self.interfacce.get(componente)
        if known is not None:
            return known
        letture = TUTTO if log_letture or componente in _DA_NOI_O_DA_PAGOPA else SOLO_ERRORI
        return Interfaccia(letture=letture, scritture=TUTTO)


def is_lettura(componente: Componente, tipo_evento: str, metodo: str) -> bool:
    """Tell whether an exchange only reads: by its method, and by its name where that does not tell."""
    if metodo == "GET":
        return tipo_evento not in _SCRITTURE_CON_GET
    return componente is Componente.API_PAGOPA and tipo_evento in _LETTURE_PAGOPA
