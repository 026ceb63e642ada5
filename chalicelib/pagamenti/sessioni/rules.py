"""May these pendenze be paid together, now, by this caller? By the order of GovPay 3.1 API 4.7 and 4.14."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chalicelib.kernel.refusals import FieldError, Invalid, NotAllowed, Semantica, Sintassi, Unprocessable
from chalicelib.kernel.rome_time import is_decorsa, rome_day
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti.model import CCP_IN_ATTESA, CanalePsp, Formato, ModelloPagamento, Rpp
from chalicelib.pagamenti.rules.attivazione import (
    ANONIMO,
    Creditore,
    NonAttivabile,
    PagamentoInCorso,
    new_attempt,
)
from chalicelib.pagamenti.sessioni.model import Canale, PerRiferimento, RichiestaPagamento, Sessione
from chalicelib.pagamenti.states import PENDENTI
from chalicelib.pendenze.model import NuovaPendenza, Pendenza, Soggetto
from chalicelib.pendenze.spontanee.rules import DebitoreAltrui, require_spontanea
from chalicelib.pendenze.states import StatoPendenza

MAX_GIORNI_ESECUZIONE = 30  # RPT 6.2: dataEsecuzionePagamento
_MAX_NOME = 255
# What the WISP is to the Nodo: the PSP and channel at which the payer chooses (SANP 2.x).
WISP = CanalePsp(id_psp="AGID_01", id_intermediario_psp="97735020584", id_canale="97735020584_02")
BBT = "BBT"


class ApplicazioneNonAutorizzata(Unprocessable):
    codice = "APP_003"
    status = 403


class StazioniDiverse(Invalid):
    codice = "PAG_000"


class StatoNonPagabile(Unprocessable):
    codice = "PAG_006"


class PendenzaScaduta(Unprocessable):
    codice = "PAG_007"


class ValiditaDecorsa(Unprocessable):
    codice = "PAG_012"


class VersanteAltrui(Unprocessable):
    """Citizen: may not pay on behalf of that versante."""

    codice = "CIT_004"


# -- the request


def admitted(richiesta: RichiestaPagamento, utenza: Utenza, *, now: datetime) -> RichiestaPagamento:
    """Check what does not depend on the pendenze; give the request with the versante it is made for.

    :raises Semantica: SEMANTICA, for a dataEsecuzionePagamento that the Nodo would not take
    :raises Sintassi: for an anonymous payer without email
    :raises NotAllowed: 403000, for what an anonymous payer may not name
    :raises VersanteAltrui: CIT_004
    """
    _check_data_esecuzione(richiesta, now=now)
    match utenza.tipo:
        case TipoUtenza.ANONIMO:
            return _of_anonimo(richiesta)
        case TipoUtenza.CITTADINO:
            return _of_cittadino(richiesta, utenza)
    return richiesta


def _check_data_esecuzione(richiesta: RichiestaPagamento, *, now: datetime) -> None:
    giorno, oggi = richiesta.data_esecuzione, rome_day(now)
    ultimo = oggi + timedelta(days=MAX_GIORNI_ESECUZIONE)
    if giorno is not None and not oggi <= giorno <= ultimo:
        raise Semantica(f"dataEsecuzionePagamento: indicare una data fra {oggi:%d/%m/%Y} e {ultimo:%d/%m/%Y}.")


def _of_anonimo(richiesta: RichiestaPagamento) -> RichiestaPagamento:
    email = richiesta.versante.email if richiesta.versante is not None else None
    if email is None:
        raise Sintassi([FieldError("soggettoVersante.email", "è obbligatorio per un pagamento senza autenticazione")])
    if any(isinstance(voce, PerRiferimento) for voce in richiesta.pendenze):
        raise NotAllowed(
            "Senza autenticazione si pagano avvisi, per numero, o pendenze spontanee: non per riferimento."
        )
    versante = Soggetto(tipo="F", identificativo=ANONIMO, anagrafica=ANONIMO, email=email)
    return replace(richiesta, versante=versante)


def _of_cittadino(richiesta: RichiestaPagamento, utenza: Utenza) -> RichiestaPagamento:
    """Give the request with the citizen as versante: who pays must find the payment again."""
    versante, codice = richiesta.versante, utenza.codice_fiscale
    if versante is not None and not utenza.is_same_person(versante.identificativo):
        raise VersanteAltrui("Il cittadino autenticato può essere versante soltanto a nome proprio.")
    if versante is None and codice is not None:
        versante = Soggetto(tipo="F", identificativo=codice, anagrafica=utenza.nome, email=utenza.email)
    return replace(richiesta, versante=versante)


# -- the single pendenza


def require_inline_valida(nuova: NuovaPendenza, *, now: datetime) -> None:
    """Check the dates of a pendenza that the portal sends whole, before it is loaded.

    :raises PendenzaScaduta: PAG_007
    :raises ValiditaDecorsa: PAG_012
    """
    if is_decorsa(nuova.data_scadenza, now=now):
        raise PendenzaScaduta(f"La pendenza inviata è scaduta il {nuova.data_scadenza:%d/%m/%Y}.")
    if is_decorsa(nuova.data_validita, now=now):
        raise ValiditaDecorsa(
            f"I dati della pendenza inviata valevano fino al {nuova.data_validita:%d/%m/%Y}: aggiornarli e ripetere."
        )


def require_pagabile(pendenza: Pendenza, *, now: datetime) -> None:
    """Check that a pendenza is still to be paid; the due day itself is good.

    :raises StatoNonPagabile: PAG_006
    :raises PendenzaScaduta: PAG_007
    """
    name = name_of(pendenza)
    if pendenza.stato is not StatoPendenza.NON_ESEGUITO:
        raise StatoNonPagabile(f"La pendenza ({name}) è in stato {pendenza.stato}: non è pagabile.")
    if not pendenza.importo:
        raise StatoNonPagabile(f"La pendenza ({name}) ha importo zero: non c'è nulla da pagare.")
    if is_decorsa(pendenza.data_scadenza, now=now):
        raise PendenzaScaduta(f"La pendenza ({name}) è scaduta il {pendenza.data_scadenza:%d/%m/%Y}.")


def require_authorised(
    pendenza: Pendenza, utenza: Utenza, *, completa: bool, tipo: str | None, paga_terzi: bool
) -> None:
    """Check that the caller may pay this pendenza. `tipo` and `paga_terzi` are those of its tipo pendenza.

    :raises ApplicazioneNonAutorizzata: APP_003
    :raises NonSpontanea: CIT_002
    :raises DebitoreAltrui: CIT_003
    :raises NonSpontaneaAnonimo: UAN_002
    """
    match utenza.tipo:
        case TipoUtenza.APPLICAZIONE if not _may_collect(pendenza, utenza):
            raise ApplicazioneNonAutorizzata(
                f"L'applicazione {utenza.id_a2a} non è autorizzata a pagare la pendenza ({name_of(pendenza)})."
            )
        case TipoUtenza.ANONIMO | TipoUtenza.CITTADINO if completa:
            require_spontanea(name_of(pendenza), tipo, utenza, is_multibeneficiaria=pendenza.is_multibeneficiario)
    if utenza.tipo is TipoUtenza.CITTADINO:
        _require_of_cittadino(pendenza, utenza, paga_terzi=paga_terzi)


def require_payer_of(id_dominio: str, utenza: Utenza, *, owner: str) -> None:
    """Check, before its ente is asked for it, that the caller may pay at all what `owner` has to collect.

    :raises ApplicazioneNonAutorizzata: APP_003
    """
    is_other = utenza.tipo is TipoUtenza.APPLICAZIONE and utenza.id_a2a != owner
    if is_other and id_dominio not in utenza.domini:
        raise ApplicazioneNonAutorizzata(
            f"L'applicazione {utenza.id_a2a} non è autorizzata a pagare pendenze del dominio {id_dominio}."
        )


def _may_collect(pendenza: Pendenza, utenza: Utenza) -> bool:
    if utenza.id_a2a == pendenza.id_a2a:
        return True
    tipo_ok = pendenza.id_tipo_pendenza in utenza.tipi_pendenza or utenza.autodeterminazione
    return pendenza.id_dominio in utenza.domini and tipo_ok


def _require_of_cittadino(pendenza: Pendenza, utenza: Utenza, *, paga_terzi: bool) -> None:
    own = pendenza.soggetto_pagatore.identificativo.upper() == (utenza.codice_fiscale or "").upper()
    if not own and not paga_terzi:
        raise DebitoreAltrui(
            f"Il cittadino autenticato non può pagare la pendenza ({name_of(pendenza)}), di un altro debitore."
        )


def require_debitore(pendenza: Pendenza, id_debitore: str | None) -> None:
    """Check the debtor that a request names, without showing who it is.

    :raises NotAllowed: 403000
    """
    if id_debitore is not None and id_debitore.upper() != pendenza.soggetto_pagatore.identificativo.upper():
        raise NotAllowed("Il codice fiscale indicato (idDebitore) non è quello del debitore della pendenza.")


def require_free(attempts: Iterable[Rpp], *, minuti: int, now: datetime) -> None:
    """Check that no payment of the pendenza is under way.

    It is while an attempt that blocks is pending and younger than so many minutes; the one that a PSP only asked the
    position for (paGetPayment) does not block (SANP 3.x: the Nodo itself keeps attempts apart).

    :raises PagamentoInCorso: PAG_014
    """
    since = now - timedelta(minutes=minuti)
    for rpp in attempts:
        if rpp.bloccante and rpp.stato in PENDENTI and rpp.ccp != CCP_IN_ATTESA and rpp.creata > since:
            raise PagamentoInCorso(
                f"È già in corso un pagamento della pendenza (dominio {rpp.id_dominio}, iuv {rpp.iuv}, ccp {rpp.ccp}): "
                f"attenderne l'esito, al più {minuti} minuti."
            )


def name_of(pendenza: Pendenza) -> str:
    return f"{pendenza.id_a2a}, {pendenza.id_pendenza}"


# -- the cart


def require_distinct(pendenze: Sequence[Pendenza]) -> None:
    """Check that no pendenza is twice in the cart.

    :raises Sintassi:
    """
    keys = [(p.id_a2a, p.id_pendenza) for p in pendenze]
    repeated = [i for i, key in enumerate(keys) if key in keys[:i]]
    if repeated:
        raise Sintassi([FieldError(f"pendenze[{i}]", "la pendenza è già presente nel carrello") for i in repeated])


def require_one_stazione(stazioni: Iterable[str | None]) -> str:
    """Give the stazione by which all of the cart goes.

    :raises StazioniDiverse: PAG_000
    """
    found = set(stazioni)
    only = found.pop() if len(found) == 1 else None
    if only is None:
        raise StazioniDiverse(
            "Le pendenze del carrello non appartengono tutte ai domini di una stessa stazione: pagarle separatamente."
        )
    return only


def require_carried_by(canale: Canale, pendenza: Pendenza) -> None:
    """Check that the way to pagoPA can carry the pendenza; what the WISP takes of one of several enti is checked apart.

    :raises NonAttivabile: SEMANTICA
    """
    if canale is Canale.CHECKOUT and pendenza.numero_avviso is None:
        raise NonAttivabile(f"La pendenza ({name_of(pendenza)}) non ha un numero avviso: ricaricarla e ripetere.")


def require_registered_return(url: str | None, registered: str | None) -> None:
    """Check where an anonymous caller wants the payer sent back: only where the ente itself would send them.

    :raises Semantica: SEMANTICA
    """
    if url is None:
        return
    asked, known = urlsplit(url), urlsplit(registered or "")
    if (asked.scheme, asked.netloc) != (known.scheme, known.netloc):
        raise Semantica("urlRitorno: senza autenticazione è ammesso soltanto un indirizzo del portale dell'ente.")


def nome_of(pendenze: Sequence[Pendenza]) -> str:
    """Name the payment after its first pendenza (GovPay 3.1 API 4.7)."""
    first = pendenze[0].nome or pendenze[0].causale
    others = len(pendenze) - 1
    tail = "" if not others else " ed un'altra pendenza." if others == 1 else f" ed altre {others} pendenze."
    return first[: _MAX_NOME - len(tail)] + tail


def attempt_of(
    pendenza: Pendenza, creditore: Creditore, sessione: Sessione, *, id_messaggio: str, now: datetime
) -> Rpp:
    """Make the attempt of one pendenza of the cart; its ccp is the name of the cart."""
    is_wisp = sessione.canale is Canale.WISP
    attempt = new_attempt(
        pendenza,
        creditore,
        formato=Formato.RPT if is_wisp else Formato.V2,
        ccp=sessione.nome_carrello,
        id_messaggio=id_messaggio,
        now=now,
    )
    conto = sessione.conto_addebito
    return replace(
        attempt,
        modello=ModelloPagamento.ENTE,
        tipo_versamento=BBT,
        psp=WISP if is_wisp else None,
        versante=_other_than(pendenza.soggetto_pagatore, sessione.versante),
        data_esecuzione=sessione.data_esecuzione or rome_day(now),
        autenticazione=sessione.autenticazione or "N/A",
        iban_addebito=None if conto is None else conto.iban,
        bic_addebito=None if conto is None else conto.bic,
        credenziali_pagatore=sessione.credenziali_pagatore,
        id_pagamento=sessione.id,
        id_a2a_portale=sessione.id_a2a,
    )


def _other_than(debitore: Soggetto, versante: Soggetto | None) -> Soggetto | None:
    """Leave out a versante who is the debtor (RPT 6.2)."""
    if versante is None or versante.identificativo.upper() == debitore.identificativo.upper():
        return None
    return versante
