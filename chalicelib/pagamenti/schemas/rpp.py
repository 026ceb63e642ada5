"""rpp, rppIndex and riscossione of the contracts (GovPay 3.1 API 3.2, 3.6)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from chalicelib.pagamenti.model import Ricevuta, Riscossione, Rpp, TipoRiscossione
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.schemas.documenti import rpt_json, rt_json
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.rest.operation import Api

S = StatoRiscossione
_MARCA_DA_BOLLO, _ESITO_PAGAMENTO = "Marca da bollo", "Esito pagamento"
_BOLLO = "BD"


def rpp_json(
    rpp: Rpp,
    ricevuta: Ricevuta | None,
    *,
    api: Api,
    pendenza: Mapping[str, Any] | None,
    riscossioni: Sequence[Riscossione] = (),
) -> dict[str, Any]:
    """Give an attempt with all that is known of it; `pendenza` is its pendenzaIndex."""
    return _rpp(rpp, ricevuta, api=api, pendenza=pendenza, segnalazioni=segnalazioni_json(riscossioni))


def rpp_index_json(
    rpp: Rpp, ricevuta: Ricevuta | None, *, api: Api, riscossioni: Sequence[Riscossione] = ()
) -> dict[str, Any]:
    """Give an attempt as lists show it: its pendenza is a link. Lists over an index know no `riscossioni`."""
    link = f"/pendenze/{quote(rpp.id_a2a, safe='')}/{quote(rpp.id_pendenza, safe='')}"
    return _rpp(rpp, ricevuta, api=api, pendenza=link, segnalazioni=segnalazioni_json(riscossioni))


def _rpp(
    rpp: Rpp,
    ricevuta: Ricevuta | None,
    *,
    api: Api,
    pendenza: Mapping[str, Any] | str | None,
    segnalazioni: list[dict[str, Any]],
) -> dict[str, Any]:
    body: dict[str, Any] = {"stato": rpp.stato.value}
    if rpp.descrizione_stato is not None:
        body["dettaglioStato"] = rpp.descrizione_stato
    if api is Api.BACKOFFICE:
        body |= {"bloccante": rpp.bloccante, "modello": rpp.modello.value}
    body |= {"segnalazioni": segnalazioni, "rpt": rpt_json(rpp)}
    if ricevuta is not None:
        body["rt"] = rt_json(ricevuta, rpp)
    if pendenza is not None:
        body["pendenza"] = pendenza
    return body


def hide_debitore(rpp: dict[str, Any]) -> None:
    """Take out of an attempt who the debtor is, for somebody nobody knows: RPT and RT name them."""
    for document in ("rpt", "rt"):
        if document in rpp:
            rpp[document] = {**rpp[document], "soggettoPagatore": None}


def segnalazioni_json(riscossioni: Sequence[Riscossione]) -> list[dict[str, Any]]:
    """Give what needs a person's eye in the money of an attempt."""
    return [
        {
            "codice": anomalia,
            "descrizione": Anomalia(anomalia).descrizione,
            "dettaglio": f"Riscossione {riscossione.iur}, voce {riscossione.indice}, importo {riscossione.importo}",
        }
        for riscossione in riscossioni
        for anomalia in riscossione.anomalie
    ]


def riscossione_json(riscossione: Riscossione) -> dict[str, Any]:
    """Give a riscossione as API Ente v1 has it: its tipo is ENTRATA or MBT, whoever the beneficiary is."""
    body: dict[str, Any] = {
        "idDominio": riscossione.id_dominio,
        "iuv": riscossione.iuv,
        "iur": riscossione.iur,
        "indice": riscossione.indice,
        "pendenza": f"/pendenze/{_quoted(riscossione.id_a2a)}/{_quoted(riscossione.id_pendenza)}",
        "idVocePendenza": riscossione.id_voce or "",
        "rpp": rpp_url(riscossione.id_dominio, riscossione.iuv, riscossione.ccp),
        "stato": _stato(riscossione).value,
        "tipo": (TipoRiscossione.MBT if riscossione.tipo is TipoRiscossione.MBT else TipoRiscossione.ENTRATA).value,
        "importo": riscossione.importo,
        "data": riscossione.data,
    }
    if riscossione.commissioni is not None:
        body["commissioni"] = riscossione.commissioni
    if riscossione.allegato is not None:
        tipo = _MARCA_DA_BOLLO if riscossione.tipo_allegato == _BOLLO else _ESITO_PAGAMENTO
        body["allegato"] = {"tipo": tipo, "testo": riscossione.allegato}
    return body


def _stato(riscossione: Riscossione) -> StatoRiscossione:
    """Give the stato of the contract: what a flow alone has told is RISCOSSA there."""
    return S.INCASSATA if riscossione.stato is S.INCASSATA else S.RISCOSSA


def rpp_url(id_dominio: str, iuv: str, ccp: str) -> str:
    """Give the link of an attempt, relative to the root of the API; the ccp `n/a` stands as it is, by its alias."""
    return f"/rpp/{id_dominio}/{_quoted(iuv)}/{ccp if ccp == 'n/a' else _quoted(ccp)}"


def _quoted(text: str | None) -> str:
    return quote(text or "", safe="")
