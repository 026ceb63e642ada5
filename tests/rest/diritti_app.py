"""The whole application with one of everything of one ente in it, and the callers that must not see it.

Nothing here knows an operation: routes are read off the application, so a new one is held to the same tests.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni
from chalicelib.aws.transactions import commit
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.utenze import SERVIZI_ACL, TUTTI, Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.notifiche import repository as notifiche
from chalicelib.notifiche import rules
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import RiferimentoDocumento
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria import rules as regole_promemoria
from chalicelib.promemoria.model import Canale, TipoPromemoria
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Api, Edge, Operation, declared_by
from chalicelib.riconciliazione import operations as riconciliazione
from chalicelib.riconciliazione.importazione import repository as movimenti
from chalicelib.riconciliazione.importazione.tables import MovimentoItem
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports
from chalicelib.tracciati.model import Formato as Formati
from tests import builders_anagrafica as sample
from tests import builders_tracciati as tracciati
from tests.builders_importazione import drop, run_queue
from tests.builders_pagamenti import A2A, DOMINIO, NOW, TOKEN, a_pendenza, an_attempt
from tests.builders_riconciliazione import (
    DATA_ORA,
    ID_FLUSSO,
    IUV,
    FonteFinta,
    a_flow,
    acquired,
    an_accredito,
    iuv,
    paid,
)
from tests.doubles_pagamenti import ports
from tests.eventi import an_exchange
from tests.rest.test_importazione import CSV
from tests.rules.test_sessioni import a_session

TUTTO, SOLA_LETTURA, NIENTE = "tutto", "sola-lettura", "niente"
ALTRO_DOMINIO, ALTRO_TIPO, ALTRA_APPLICAZIONE = "altro-dominio", "altro-tipo", "altra-applicazione"
DI_UN_ENTE = "A2A-DI-UN-ENTE"
_PARAM = re.compile(r"\{(\w+)\}")
_RW, _R = frozenset(Diritto), frozenset({Diritto.LETTURA})
_TUTTI_I_SERVIZI = (*SERVIZI_ACL, Servizio.API_PAGAMENTI, Servizio.API_PENDENZE, Servizio.API_RAGIONERIA)


@dataclass(frozen=True, slots=True)
class Rotta:
    """One method of one path of the application."""

    method: str
    path: str
    operation: Operation

    @property
    def api(self) -> Api:
        word = self.path.split("/")[4]
        return Api.RAGIONERIA if word == "riconciliazione" else Api(word)

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(name for name in _PARAM.findall(self.path) if name != "auth")

    @property
    def label(self) -> str:
        return f"{self.method} {self.path.split('/')[4]} {self.path.split('/v1', 1)[1]}"

    def url(self, ids: Mapping[str, str]) -> str:
        from urllib.parse import quote

        return _PARAM.sub(lambda found: quote(ids[found[1]], safe=""), self.path.replace("{auth}", "basic"))


def rotte() -> list[Rotta]:
    """Give every operation of a contract at every path, as the application serves it."""
    from app import app

    found = [
        Rotta(method, path, declared)
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if (declared := declared_by(entry.view_function)) is not None
    ]
    return sorted(found, key=lambda rotta: (rotta.path, rotta.method))


def an_utenza(who: str, api: Api, tipo: TipoUtenza | None = None) -> Utenza:
    """Give a caller of an API: all rights on everything, but for what the name says."""
    tipo = tipo or (TipoUtenza.OPERATORE if api is Api.BACKOFFICE else TipoUtenza.APPLICAZIONE)
    if who in {ALTRA_APPLICAZIONE, ALTRO_DOMINIO} and api is not Api.BACKOFFICE:
        tipo = TipoUtenza.APPLICAZIONE
    rights = {NIENTE: frozenset[Diritto](), SOLA_LETTURA: _R}.get(who, _RW)
    # A portal is limited by tipi in what others have loaded only.
    is_own = who in {TUTTO, SOLA_LETTURA, NIENTE} or (who == ALTRO_TIPO and api is not Api.PAGAMENTO)
    return Utenza(
        principal=who,
        tipo=tipo,
        nome=who,
        id_a2a=None if tipo is TipoUtenza.OPERATORE else A2A if is_own else sample.A2A_ALTRA,
        domini=Ambito(ids=frozenset({sample.ALTRO_DOMINIO})) if who == ALTRO_DOMINIO else TUTTI,
        tipi_pendenza=Ambito(ids=frozenset({sample.MENSA})) if who == ALTRO_TIPO else TUTTI,
        acl={} if who == NIENTE else dict.fromkeys(_TUTTI_I_SERVIZI, rights),
    )


@dataclass
class Mondo:
    """The application with its things; `ids` names them by path parameter, `segni` are words only they hold."""

    client: Client
    ids: dict[str, str]
    segni: tuple[str, ...]
    utenze: dict[str, Utenza] = field(default_factory=dict)

    def by_password(self, principal: str, password: str) -> Utenza | None:
        return self.utenze.get(principal)

    def by_subject(self, subject: str) -> Utenza | None:
        return None

    def call(
        self, utenza: Utenza | None, rotta: Rotta, ids: Mapping[str, str], body: Any = None, query: str = ""
    ) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        return self.raw(utenza, rotta, ids, content, query)

    def raw(self, utenza: Utenza | None, rotta: Rotta, ids: Mapping[str, str], content: bytes, query: str = "") -> Any:
        """Call with a body as it is."""
        headers = {"Content-Type": "application/json"}
        if rotta.path.endswith("/avvisi"):
            headers["Accept"] = "application/pdf"  # there is no other form of them
        if rotta.path.endswith("/stampe"):
            headers["Accept"] = "application/octet-stream"
        if utenza is not None:
            self.utenze[utenza.principal] = utenza
            headers["Authorization"] = "Basic " + base64.b64encode(f"{utenza.principal}:x".encode()).decode()
        return self.client.http.request(rotta.method, rotta.url(ids) + query, headers=headers, body=content)

    def ids_of(self, rotta: Rotta) -> dict[str, str]:
        """Name the things of the ente: `id` is of what the path is about, two paths have names for two things."""
        if rotta.operation.name == "addPendenzaCustom":
            return self.ids | {"id_a2a": DOMINIO, "id_pendenza": sample.TARI}
        if "/pendenze/tracciati/" in rotta.path:
            of_path = {"primo": DOMINIO, "secondo": sample.TARI}
            return self.ids | (of_path if rotta.method == "POST" else {"primo": self.ids["id_tracciato"]})
        if "/v1/tracciati" in rotta.path:
            return self.ids | {"primo": self.ids["id_tracciato"]}
        special = {
            "operazioni/stato/": {"id_esecuzione": self.ids["id_operazione"]},
            "eventi/{id}": {"id": self.ids["id_evento"]},
            "pagamenti/{id}": {"id": self.ids["id_pagamento"]},
            "applicazioni/{id_a2a}": {"id_a2a": DI_UN_ENTE},
            "flussiRendicontazione/{primo}/{secondo}/": {"primo": DOMINIO, "secondo": ID_FLUSSO},
        }
        return self.ids | next((ids for part, ids in special.items() if part in rotta.path), {})


def nowhere(ids: Mapping[str, str], *, keep: frozenset[str]) -> dict[str, str]:
    """Name things that do not exist, of the same form; those of `keep` stay."""
    return {name: value if name in keep else _another(name, value) for name, value in ids.items()}


def _another(name: str, value: str) -> str:
    if name == "data_ora" or (name == "secondo" and "T" in value):
        return "2026-01-02T03:04:05"
    if name == "indice":
        return "5"
    return "".join({"0": "9", "1": "8", "a": "b", "A": "B"}.get(c, c) for c in value[:-1]) + (
        "7" if value[-1] != "7" else "6"
    )


@contextmanager
def mondo(now: datetime) -> Iterator[Mondo]:
    from app import app

    sample.seed_comune(now)
    fonte = FonteFinta()
    with (
        ports(),
        patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True),
        patch.object(Edge, "current_request", staticmethod(lambda: app.current_request), create=True),
        patch.object(Edge, "recorder", None),
        Client(app) as client,
    ):
        ids = _things(fonte, now)
        segni = (DI_UN_ENTE, IUV, f"P-{IUV}", "RSSMRA80A01H501U", ids["id_pagamento"], ID_FLUSSO)
        joined = Mondo(client, ids, segni)
        with patch.object(Credentials, "registry", joined):
            yield joined


def _things(fonte: FonteFinta, now: datetime) -> dict[str, str]:
    """Store one of everything of DOMINIO; give what each is called in a path."""
    paid()
    acquired(fonte, a_flow())
    owner = an_utenza(TUTTO, Api.RAGIONERIA)
    incasso, _ = riconciliazione.post_incasso(accredito=an_accredito(), utenza=owner, now=now)
    documento = RiferimentoDocumento(identificativo="D-1", descrizione="TARI 2026", rata=1)
    unpaid = replace(
        a_pendenza(id_pendenza="P-RATA", iuv=iuv(2), numero_avviso="3" + iuv(2)),
        documento=documento,
        data_scadenza=(now + timedelta(days=30)).date(),
        versione=0,
    )
    pendenze.save(None, unpaid)
    sessione = a_session()
    commit([sessioni.write(None, sessione)])
    _utenze_of_the_ente()
    _a_notifica(now)
    _a_promemoria(now)
    recupero.record_run("Fatto.", principal=None, now=now, id_operazione="acquisizioneRendicontazioni")
    drop(CSV, id_dominio=DOMINIO)
    run_queue(now=now)
    tracciato = a_tracciato(now)
    [item] = MovimentoItem.giornali.query(DOMINIO)
    [giornale_di_cassa] = movimenti.giornali_of([(item.pk, item.sk)])
    rows = list(movimenti.righe(giornale_di_cassa, dopo=0))
    return {
        "id_dominio": DOMINIO,
        "id_a2a": A2A,
        "id_pendenza": f"P-{IUV}",
        "iuv": IUV,
        "ccp": TOKEN,
        "iur": TOKEN,
        "indice": "1",
        "numero_avviso": "3" + IUV,
        "numero_documento": "D-1",
        "primo": ID_FLUSSO,
        "secondo": DATA_ORA.isoformat(),
        "data_ora": DATA_ORA.isoformat(),
        "id_incasso": incasso.id_incasso,
        "id_tracciato": str(tracciato),
        "id_giornale": giornale_di_cassa.id_giornale,
        "id_movimento": rows[0].id_movimento or "",
        "id_evento": str(_an_evento()),
        "id_pagamento": sessione.id,
        "id_session": sessione.id_session or "",
        "iban": sample.IBAN_BANCA,
        "id_entrata": sample.TARI,
        "id_tipo_pendenza": sample.TARI,
        "id_unita": sample.UFFICIO,
        "principal": sample.an_operatore().principal,
        "id_ruolo": "Amministratore",
        "id_intermediario": sample.INTERMEDIARIO,
        "id_stazione": sample.STAZIONE_V2,
        "id_operazione": "acquisizioneRendicontazioni",
        "nome": "notifiche",
    }


def a_tracciato(now: datetime) -> int:
    body = tracciati.a_body("P-TRACCIATO", idA2A=A2A, idDominio=DOMINIO)
    body["voci"][0] = {"idVocePendenza": "1", "importo": 61.25, "descrizione": "TARI", "codEntrata": sample.TARI}
    content = tracciati.a_json(body, idDominio=DOMINIO)
    found = tracciati.uploaded(content, formato=Formati.JSON, id_dominio=DOMINIO)
    tracciati.run_queue(now=now)
    assert tracciati.stored(found.id).eseguite == 1
    return found.id


def _utenze_of_the_ente() -> None:
    of_one = Abilitazioni(domini=(DOMINIO,), tipi_pendenza=("*",))
    anagrafica.put_operatore(operatore=sample.an_operatore())
    anagrafica.put_applicazione(
        applicazione=sample.an_applicazione(id_a2a=DI_UN_ENTE, principal="di-un-ente", abilitazioni=of_one)
    )


def _a_promemoria(now: datetime) -> None:
    one = regole_promemoria.planned(a_pendenza(), TipoPromemoria.AVVISO, Canale.MAIL, now=now)
    promemoria.save(one)


def _a_notifica(now: datetime) -> None:
    rpp = an_attempt()
    notifiche.save(rules.plan(DaNotificare(tipo=TipoNotifica.ATTIVAZIONE, rpp=rpp), b"{}", now=now))


def _an_evento() -> int:
    exchange = an_exchange(iuv=IUV, id_pendenza=f"P-{IUV}", data=NOW.astimezone(UTC))
    evento = giornale._evento(exchange)
    giornale.store(json.loads(json.dumps(giornale._message(evento))))
    return evento.id
