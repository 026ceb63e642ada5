"""The subjects of RPT and RT 6.2, also met inside paaVerificaRPT and paaAttivaRPT; children are qualified."""

from typing import Annotated

from chalicelib.nodo.binding import PAGAMENTI, complex_type, tag
from chalicelib.nodo.messages.simple_types import (
    CodiceIdentificativoUnivoco,
    EMail,
    NazioneProvincia,
    Text16,
    Text35,
    Text70,
)
from chalicelib.nodo.scalars import Text


@complex_type(ns=PAGAMENTI)
class Dominio:
    identificativo_dominio: Text35
    identificativo_stazione_richiedente: Text35 | None = None


@complex_type(ns=PAGAMENTI)
class IdentificativoUnivocoPersonaFG:
    tipo_identificativo_univoco: Annotated[str, Text(choices=("F", "G"))]
    codice_identificativo_univoco: CodiceIdentificativoUnivoco


@complex_type(ns=PAGAMENTI)
class IdentificativoUnivocoPersonaG:
    tipo_identificativo_univoco: Annotated[str, Text(choices=("G",))]
    codice_identificativo_univoco: CodiceIdentificativoUnivoco


@complex_type(ns=PAGAMENTI)
class IdentificativoUnivoco:
    """G persona giuridica, A codice ABI, B codice BIC."""

    tipo_identificativo_univoco: Annotated[str, Text(choices=("G", "A", "B"))]
    codice_identificativo_univoco: CodiceIdentificativoUnivoco


@complex_type(ns=PAGAMENTI)
class SoggettoVersante:
    identificativo_univoco_versante: IdentificativoUnivocoPersonaFG
    anagrafica_versante: Text70
    indirizzo_versante: Text70 | None = None
    civico_versante: Text16 | None = None
    cap_versante: Text16 | None = None
    localita_versante: Text35 | None = None
    provincia_versante: Text35 | None = None
    nazione_versante: NazioneProvincia | None = None
    e_mail_versante: EMail | None = tag("e-mailVersante", default=None)


@complex_type(ns=PAGAMENTI)
class SoggettoPagatore:
    identificativo_univoco_pagatore: IdentificativoUnivocoPersonaFG
    anagrafica_pagatore: Text70
    indirizzo_pagatore: Text70 | None = None
    civico_pagatore: Text16 | None = None
    cap_pagatore: Text16 | None = None
    localita_pagatore: Text35 | None = None
    provincia_pagatore: Text35 | None = None
    nazione_pagatore: NazioneProvincia | None = None
    e_mail_pagatore: EMail | None = tag("e-mailPagatore", default=None)


@complex_type(ns=PAGAMENTI)
class EnteBeneficiario:
    identificativo_univoco_beneficiario: IdentificativoUnivocoPersonaG
    denominazione_beneficiario: Text70
    codice_unit_oper_beneficiario: Text35 | None = None
    denom_unit_oper_beneficiario: Text70 | None = None
    indirizzo_beneficiario: Text70 | None = None
    civico_beneficiario: Text16 | None = None
    cap_beneficiario: Text16 | None = None
    localita_beneficiario: Text35 | None = None
    provincia_beneficiario: Text35 | None = None
    nazione_beneficiario: NazioneProvincia | None = None


@complex_type(ns=PAGAMENTI)
class IstitutoAttestante:
    identificativo_univoco_attestante: IdentificativoUnivoco
    denominazione_attestante: Text70
    codice_unit_oper_attestante: Text35 | None = None
    denom_unit_oper_attestante: Text70 | None = None
    indirizzo_attestante: Text70 | None = None
    civico_attestante: Text16 | None = None
    cap_attestante: Text16 | None = None
    localita_attestante: Text35 | None = None
    provincia_attestante: Text35 | None = None
    nazione_attestante: NazioneProvincia | None = None
