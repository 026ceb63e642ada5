"""What a tipo pendenza says of its promemoria: the forms of 3.1 and of 3.9 (GovPay 3.1 API 3.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.promemoria.model import Canale, TipoPromemoria

MAX_PREAVVISO = 365
_NOMI = {
    TipoPromemoria.AVVISO: "promemoriaAvviso",
    TipoPromemoria.RICEVUTA: "promemoriaRicevuta",
    TipoPromemoria.SCADENZA: "promemoriaScadenza",
}
_INVIO = {Canale.MAIL: "mailBatch", Canale.APP_IO: "appIOBatch"}
_AVVISATURA = {Canale.MAIL: "avvisaturaMail", Canale.APP_IO: "avvisaturaAppIO"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Testi:
    """The texts of one promemoria; None is ours. `preavviso` are days before the due date."""

    oggetto: Any = None
    messaggio: Any = None
    allega_pdf: bool = False
    solo_eseguiti: bool = True
    preavviso: int = 0


def testi_of(
    dettagli: Mapping[str, Any], tipo: TipoPromemoria, canale: Canale, installazione: Configurazione
) -> Testi | None:
    """Give the texts of a promemoria, None where the tipo pendenza sends none.

    What the tipo does not say is as the installation is set.
    """
    of_39 = _section(dettagli.get(_AVVISATURA[canale]), tipo)
    if of_39 is not None:
        usual = _section(installazione.sezione(_AVVISATURA[canale]), tipo)
        own = {name: value for name, value in of_39.items() if value not in (None, "", {})}
        return _read({**(usual or {}), **own}, allega_pdf=False) if of_39.get("abilitato") is True else None
    of_31 = dettagli.get(_NOMI[tipo]) if canale is Canale.MAIL else None
    return _read(of_31, allega_pdf=True) if isinstance(of_31, Mapping) else None


def api_key_of(dettagli: Mapping[str, Any]) -> str | None:
    """Give the key of the service of App IO by which the dominio writes of this tipo; secret."""
    avvisatura = dettagli.get("avvisaturaAppIO")
    key = avvisatura.get("apiKey") if isinstance(avvisatura, Mapping) else None
    return key if isinstance(key, str) and key else None


def is_on(canale: Canale, installazione: Configurazione) -> bool:
    """Tell whether the installation writes on a channel: it does, unless it was set not to."""
    return installazione.sezione(_INVIO[canale]).get("abilitato") is not False


def time_to_live_of(installazione: Configurazione) -> int | None:
    """Give the seconds for which App IO tries to deliver a message, None where they are not set."""
    found = installazione.sezione(_INVIO[Canale.APP_IO]).get("timeToLive")
    return int(found) if found is not None else None


def _section(avvisatura: Any, tipo: TipoPromemoria) -> Mapping[str, Any] | None:
    found = avvisatura.get(_NOMI[tipo]) if isinstance(avvisatura, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _read(config: Mapping[str, Any], *, allega_pdf: bool) -> Testi:
    preavviso = config.get("preavviso")
    given = config.get("allegaPdf")
    is_days = isinstance(preavviso, int) and not isinstance(preavviso, bool)
    return Testi(
        oggetto=config.get("oggetto"),
        messaggio=config.get("messaggio"),
        allega_pdf=allega_pdf if given is None else given is True,
        solo_eseguiti=config.get("soloEseguiti") is not False,
        preavviso=min(max(int(preavviso), 0), MAX_PREAVVISO) if is_days and preavviso is not None else 0,
    )
