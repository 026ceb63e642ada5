"""Load the pendenza that the data of a form make (GovPay 3.1 API 4.13): check → transform → forward, or load."""

from dataclasses import dataclass
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.queries import TipoEffettivo
from chalicelib.kernel.ids import new_hex
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.model import NuovaPendenza, Pendenza
from chalicelib.pendenze.operations import load_pendenza
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.rules.ente import ente_of
from chalicelib.pendenze.rules.load import check_right_to_tipo, check_tipo
from chalicelib.pendenze.schemas.requests import post_from_json
from chalicelib.pendenze.spontanee import rules, validazione
from chalicelib.pendenze.spontanee.faccia import BACKOFFICE, PORTALE, Faccia, faccia_of
from chalicelib.pendenze.spontanee.trasformazione import Richiesta, RisultatoNonValido, transformed
from chalicelib.rest import json_text

MAX_DATI = 64_000  # characters of a form, written as JSON


@dataclass(frozen=True, slots=True)
class _Form:
    tipo: TipoEffettivo
    faccia: Faccia


def load_from_form(richiesta: Richiesta, *, utenza: Utenza, portale: bool) -> tuple[Pendenza, bool]:
    """Load what a form makes, and give it with whether it is new. `portale`: the form is that of the portal.

    From the portal nothing that is stored is changed, whoever calls. What the ente itself answers (`inoltro`) is its
    own word, and is loaded as its answer to a verifica is.

    :raises Sintassi: for data that the tipo pendenza does not admit, or too many
    :raises NotAllowed: 403000
    :raises Refusal: DOM_*, TVR_*, TVD_*, VER_022, SEMANTICA (form disabled), CIT_002, CIT_003, UAN_002, VER_038, VAL_001,
        VAL_003, TRASFORMAZIONE; then as `load_pendenza`, VER_015 among them; VER_010..014 where the ente is asked
    """
    if not isinstance(richiesta.dati, dict) or len(json_text.write(richiesta.dati)) > MAX_DATI:
        raise Sintassi([FieldError("corpo", f"deve essere un oggetto JSON di al più {MAX_DATI} caratteri")])
    form = _form_of(richiesta, utenza, portale=portale)
    faccia = form.faccia
    if faccia.validazione:
        validazione.check(richiesta.dati, faccia.validazione, id_tipo=richiesta.id_tipo_pendenza)
    made = transformed(richiesta, faccia.trasformazione) if faccia.trasformazione else richiesta.dati
    if faccia.inoltro:
        return _forwarded(richiesta, made, form, utenza)
    id_a2a, id_pendenza, nuova = _pendenza_of(richiesta, made, is_made=faccia.trasformazione is not None)
    _require_admitted(nuova, f"{id_a2a}, {id_pendenza}", form, utenza, portale=portale)
    # An applicazione that sends the pendenza whole sends its own; the template decides whose it is otherwise.
    is_its_own = not portale or (faccia.trasformazione is None and utenza.tipo is TipoUtenza.APPLICAZIONE)
    return load_pendenza(
        utenza=utenza if is_its_own else None,
        id_a2a=id_a2a,
        id_pendenza=id_pendenza,
        nuova=nuova,
        now=richiesta.now,
        aggiorna_se_esiste=not portale,
    )


def _form_of(richiesta: Richiesta, utenza: Utenza, *, portale: bool) -> _Form:
    """Give the form of a tipo pendenza, if it is the caller's to fill in."""
    if utenza.tipo not in rules.SENZA_ARCHIVIO:
        utenza.require_dominio(richiesta.id_dominio)
    ente_of(richiesta.id_dominio, anagrafica)
    ente = anagrafica.dominio(richiesta.id_dominio)
    if ente is None:
        raise AssertionError("unreachable")
    check_tipo(richiesta.id_tipo_pendenza, ente, anagrafica)
    if utenza.tipo not in rules.SENZA_ARCHIVIO:
        check_right_to_tipo(richiesta.id_tipo_pendenza, utenza)
    tipo = ente.tipi[richiesta.id_tipo_pendenza]
    faccia = faccia_of(tipo.dettagli, PORTALE if portale else BACKOFFICE)
    rules.require_open(
        richiesta.id_tipo_pendenza, richiesta.id_dominio, abilitata=faccia.abilitata, tipo=tipo.tipo, utenza=utenza
    )
    return _Form(tipo, faccia)


def _pendenza_of(richiesta: Richiesta, made: Any, *, is_made: bool) -> tuple[str, str, NuovaPendenza]:
    """Read the pendenza; dominio and tipo are those of the form, the id is made where the template makes none.

    :raises Sintassi: for data that came as they are
    :raises RisultatoNonValido: VAL_003, for what the template made of them
    """
    given = {
        "idPendenza": new_hex(),
        "idDominio": richiesta.id_dominio,
        "idTipoPendenza": richiesta.id_tipo_pendenza,
        **({"idUnitaOperativa": richiesta.id_unita_operativa} if richiesta.id_unita_operativa else {}),
        **made,
    }
    try:
        _require_same_form(given, richiesta)
        return post_from_json(given)
    except Sintassi as error:
        if not is_made:
            raise
        raise RisultatoNonValido(
            f"La trasformazione del tipo pendenza {richiesta.id_tipo_pendenza} non produce una pendenza valida: "
            f"{error.dettaglio}"
        ) from error


def _require_same_form(given: dict[str, Any], richiesta: Richiesta) -> None:
    for name, own in (("idDominio", richiesta.id_dominio), ("idTipoPendenza", richiesta.id_tipo_pendenza)):
        if given[name] != own:
            raise Sintassi([FieldError(name, f"deve essere quello del form, {own}")])


def _require_admitted(nuova: NuovaPendenza, name: str, form: _Form, utenza: Utenza, *, portale: bool) -> None:
    if portale:
        rules.require_one_ente(nuova, name)
    rules.require_own_debt(nuova.soggetto_pagatore.identificativo, utenza, paga_terzi=form.tipo.paga_terzi)


def _forwarded(richiesta: Richiesta, made: Any, form: _Form, utenza: Utenza) -> tuple[Pendenza, bool]:
    """Ask the applicazione named what the pendenza is, and load its answer."""
    if Ports.forward is None or form.faccia.inoltro is None:
        msg = "nessuno inoltra"
        raise LookupError(msg)

    def admitted(nuova: NuovaPendenza) -> None:
        _require_admitted(nuova, f"{richiesta.id_dominio}, {richiesta.id_tipo_pendenza}", form, utenza, portale=True)

    return Ports.forward(
        form.faccia.inoltro, richiesta.id_dominio, richiesta.id_tipo_pendenza, made, richiesta.now, admitted
    )
