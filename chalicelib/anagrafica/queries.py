"""What a caller may ask of the anagrafica: who is registered, and how. Reads are of the snapshot of this process."""

from collections.abc import Mapping

from chalicelib.anagrafica import repository, rules, snapshot
from chalicelib.anagrafica.configurazione import Configurazione, Registrazione
from chalicelib.anagrafica.images import Logo, read_logo
from chalicelib.anagrafica.model import Applicazione, Dominio, Intermediario, RuoloUtenza, Stazione, TipoPendenza
from chalicelib.anagrafica.registry import Registry, by_principal
from chalicelib.anagrafica.snapshot import (
    DominioCompleto,
    EntrataEffettiva,
    TipoEffettivo,
    configurazione,
    configurazione_at_hand,
    forget,
    utenza_of,
)
from chalicelib.kernel.exchange import Componente
from chalicelib.settings import settings

__all__ = [
    "DominioCompleto",
    "EntrataEffettiva",
    "Logo",
    "Registry",
    "TipoEffettivo",
    "applicazione",
    "applicazione_by_iuv",
    "applicazioni",
    "by_principal",
    "configurazione",
    "configurazione_at_hand",
    "domini",
    "dominio",
    "forget",
    "intermediari",
    "intermediario",
    "keeps",
    "logo",
    "regola_of",
    "ruoli",
    "stazione",
    "stored_configurazione",
    "tipo_pendenza",
    "utenza_of",
]


def intermediario(id_intermediario: str) -> Intermediario | None:
    return snapshot.pagopa().intermediari.get(id_intermediario)


def intermediari() -> Mapping[str, Intermediario]:
    return snapshot.pagopa().intermediari


def stazione(id_stazione: str) -> Stazione | None:
    return snapshot.pagopa().stazioni.get(id_stazione)


def dominio(id_dominio: str) -> DominioCompleto | None:
    """Give an ente with all it has, None where it is not registered."""
    return snapshot.dominio(id_dominio)


def domini() -> tuple[Dominio, ...]:
    """Give all enti, by name. They are read from the index each time."""
    return tuple(repository.domini())


def logo(id_dominio: str) -> Logo | None:
    """Give the image of an ente, None where it has none. It is read from the table each time."""
    text = repository.logo(id_dominio)
    return read_logo(text) if text else None


def tipo_pendenza(id_tipo_pendenza: str) -> TipoPendenza | None:
    """Give a tipo pendenza of the catalogue."""
    return snapshot.catalogo().tipi.get(id_tipo_pendenza)


def applicazione(id_a2a: str) -> Applicazione | None:
    return snapshot.applicazioni().get(id_a2a)


def applicazioni() -> tuple[Applicazione, ...]:
    """Give all applicazioni, by id."""
    return tuple(snapshot.applicazioni().values())


def applicazione_by_iuv(id_dominio: str, iuv: str) -> Applicazione | None:
    """Give the first applicazione, by id, whose an unknown IUV may be (GovPay 3.1 API 4.6).

    It is enabled, authorised on the dominio, and its `regExpIuv` matches the whole IUV.
    """
    return next(
        (
            candidate
            for candidate in applicazioni()
            if candidate.abilitato
            and rules.matches_iuv(candidate, iuv)
            and {id_dominio, rules.STELLA} & set(candidate.abilitazioni.domini)
        ),
        None,
    )


def stored_configurazione() -> Configurazione:
    """Give what is set now, read from the table."""
    stored = repository.configurazione()
    return stored.value if stored else Configurazione()


def keeps(componente: Componente, *, lettura: bool, ok: bool) -> bool:
    """Tell whether the giornale is to have an exchange, by what is at hand of the configurazione: at no cost."""
    known = configurazione_at_hand() or Configurazione()
    return regola_of(known, componente, lettura=lettura).log.holds(ok=ok)


def regola_of(configurazione: Configurazione, componente: Componente, *, lettura: bool) -> Registrazione:
    interfaccia = configurazione.interfaccia(componente, log_letture=settings().log_letture)
    return interfaccia.letture if lettura else interfaccia.scritture


def ruoli() -> Mapping[str, RuoloUtenza]:
    return snapshot.ruoli()
