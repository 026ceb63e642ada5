"""What the stored things tell by themselves: pendenza, attempts, ricevute, notifiche, sessions, papers."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.cronistoria.model import Fase, Fatto, Materiale, Segno
from chalicelib.kernel.rome_time import as_rome
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.model import CCP_IN_ATTESA, Ricevuta, Rpp
from chalicelib.pagamenti.sessioni.model import Canale, Sessione
from chalicelib.pagamenti.states import FALLITI, StatoRpp
from chalicelib.promemoria.model import Canale as CanalePromemoria
from chalicelib.promemoria.model import Promemoria, TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria

_CHIUSI = FALLITI | {StatoRpp.RPT_ANNULLATA, StatoRpp.RPT_SCADUTA, StatoRpp.RPT_DECORSI_TERMINI}
_PROMEMORIA = {
    TipoPromemoria.AVVISO: "dell'avviso",
    TipoPromemoria.SCADENZA: "della scadenza",
    TipoPromemoria.RICEVUTA: "della ricevuta",
}
_SU = {CanalePromemoria.MAIL: "per posta", CanalePromemoria.APP_IO: "su App IO"}
_CANALI = {Canale.CHECKOUT: "Checkout", Canale.WISP: "WISP"}


def stati(materiale: Materiale) -> Iterator[Fatto]:
    yield from _pendenza(materiale)
    for rpp in tutte_le_rpp(materiale):
        yield from _rpp(rpp)
    yield from (_ricevuta(ricevuta) for ricevuta in tutte_le_ricevute(materiale))
    yield from (_notifica(notifica) for notifica in materiale.notifiche)
    yield from (_promemoria(promemoria) for promemoria in materiale.promemoria)
    for sessione in materiale.sessioni:
        yield from _sessione(sessione)
    yield from (Fatto(data=data, fase=Fase.AVVISO, titolo="Avviso stampato") for data in materiale.stampe)


def tutte_le_rpp(materiale: Materiale) -> tuple[Rpp, ...]:
    """Give the attempts, with those of the pendenza of another ente that lie under the same IUV."""
    altrui = materiale.transazione.altrui
    return (*materiale.transazione.rpp, *(altrui.rpp if altrui else ()))


def tutte_le_ricevute(materiale: Materiale) -> tuple[Ricevuta, ...]:
    altrui = materiale.transazione.altrui
    return (*materiale.transazione.ricevute, *(altrui.ricevute if altrui else ()))


def _pendenza(materiale: Materiale) -> Iterator[Fatto]:
    pendenza = materiale.transazione.posizione
    if pendenza is None:
        return
    yield Fatto(
        data=pendenza.caricata,
        fase=Fase.PENDENZA,
        titolo="Pendenza in archivio",
        dettaglio=f"{pendenza.id_a2a}/{pendenza.id_pendenza}, {pendenza.importo.italian()} €",
    )
    if pendenza.annullata is not None:
        yield Fatto(
            data=pendenza.annullata,
            fase=Fase.PENDENZA,
            titolo="Pendenza annullata dall'ente",
            segno=Segno.KO,
            dettaglio=pendenza.descrizione_stato,
        )
    for nota in pendenza.note:
        chi = nota.autore or nota.principal or "un operatore"
        yield Fatto(data=nota.data, fase=Fase.PENDENZA, titolo=f"Nota di {chi}", dettaglio=nota.oggetto)


def _rpp(rpp: Rpp) -> Iterator[Fatto]:
    yield Fatto(
        data=rpp.creata,
        fase=Fase.ATTIVAZIONE,
        titolo="Tentativo di pagamento registrato",
        dettaglio=f"{rpp.modello.value}, formato {rpp.formato.value}, {rpp.importo.italian()} €",
        ccp=ccp_noto(rpp.ccp),
    )
    if rpp.stato in _CHIUSI:
        yield Fatto(
            data=rpp.aggiornata,
            fase=Fase.RPT,
            titolo=f"Tentativo chiuso: {rpp.stato.value}",
            segno=Segno.KO,
            dettaglio=rpp.descrizione_stato,
            ccp=ccp_noto(rpp.ccp),
        )


def ccp_noto(ccp: str | None) -> str | None:
    """Give the ccp as others know it: that of an attempt that waits for its ricevuta is ours alone."""
    return None if ccp == CCP_IN_ATTESA else ccp


def _ricevuta(ricevuta: Ricevuta) -> Fatto:
    return Fatto(
        data=ricevuta.ricevuta,
        fase=Fase.RICEVUTA,
        titolo=f"Ricevuta acquisita: {ricevuta.esito.value}",
        segno=Segno.OK if ricevuta.esito.is_positivo else Segno.KO,
        dettaglio=f"{ricevuta.importo.italian()} € a {ricevuta.istituto.denominazione}",
        ccp=ricevuta.ccp,
    )


def _notifica(notifica: Notifica) -> Fatto:
    name = f"Notifica {notifica.tipo.value}"
    if notifica.stato is StatoSpedizione.SPEDITA:
        how, segno = f"accolta dal gestionale al tentativo n. {notifica.tentativi}", Segno.OK
    elif notifica.stato is StatoSpedizione.FALLITA:
        how, segno = "abbandonata", Segno.FAIL
    elif notifica.stato is StatoSpedizione.ANNULLATA:
        how, segno = "annullata", Segno.INFO
    elif notifica.tentativi:
        how, segno = f"da spedire: tentativo n. {notifica.tentativi} non riuscito", Segno.FAIL
    else:
        how, segno = "da spedire", Segno.INFO
    return Fatto(
        data=notifica.aggiornata,
        fase=Fase.NOTIFICA,
        titolo=f"{name} {how}",
        segno=segno,
        dettaglio=notifica.descrizione_stato,
        ccp=ccp_noto(notifica.ccp),
    )


def promemoria_noto(promemoria: Promemoria) -> str:
    """Name a promemoria, never whom it is for."""
    return f"Promemoria {_PROMEMORIA[promemoria.tipo]} {_SU[promemoria.canale]}"


def _promemoria(promemoria: Promemoria) -> Fatto:
    how, segno = {
        StatoPromemoria.SPEDITO: ("spedito", Segno.OK),
        StatoPromemoria.FALLITO: ("non spedito", Segno.FAIL),
        StatoPromemoria.ANNULLATO: ("annullato", Segno.INFO),
        StatoPromemoria.DA_SPEDIRE: ("previsto", Segno.INFO),
    }[promemoria.stato]
    if promemoria.stato is StatoPromemoria.DA_SPEDIRE and promemoria.tentativi:
        how, segno = f"non accolto al tentativo n. {promemoria.tentativi}", Segno.FAIL
    return Fatto(
        data=promemoria.aggiornata,
        fase=Fase.PROMEMORIA,
        titolo=f"{promemoria_noto(promemoria)}: {how}",
        segno=segno,
        dettaglio=promemoria.descrizione_stato,
        ccp=promemoria.ccp,
    )


def _sessione(sessione: Sessione) -> Iterator[Fatto]:
    yield Fatto(
        data=sessione.creata,
        fase=Fase.CARRELLO,
        titolo=f"Pagamento {sessione.id} avviato, verso {_CANALI[sessione.canale]}",
        dettaglio=f"{len(sessione.tentativi)} pendenze, {sessione.importo.italian()} €",
    )
    if sessione.is_aperta:
        return
    yield Fatto(
        data=sessione.aggiornata,
        fase=Fase.CARRELLO,
        titolo=f"Pagamento {sessione.id}: {sessione.stato.value}",
        dettaglio=sessione.descrizione_stato,
    )


def ora(quando: datetime) -> str:
    """Write an instant as a person in Italy reads it."""
    return f"{as_rome(quando):%d/%m/%Y %H:%M}"
