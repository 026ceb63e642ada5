"""The columns of GovPay's own layout: the 87 of today, and the 66 of 3.1 (FORMATS 5.1, API 4.12)."""

from chalicelib.tracciati.mappa.campi import Campo

VOCI = 5
_SOGGETTO = (
    ("tipoSoggettoPagatore", "tipo"),
    ("identificativoPagatore", "identificativo"),
    ("anagraficaPagatore", "anagrafica"),
    ("indirizzoPagatore", "indirizzo"),
    ("civicoPagatore", "civico"),
    ("capPagatore", "cap"),
    ("localitaPagatore", "localita"),
    ("provinciaPagatore", "provincia"),
    ("nazionePagatore", "nazione"),
    ("emailPagatore", "email"),
    ("cellularePagatore", "cellulare"),
)
_TESTATA = (
    ("idA2A", "idA2A", "testo"),
    ("idPendenza", "idPendenza", "testo"),
    ("idDominio", "idDominio", "testo"),
    ("numeroAvviso", "numeroAvviso", "testo"),
    ("tipoPendenza", "idTipoPendenza", "testo"),
    ("idUnitaOperativa", "idUnitaOperativa", "testo"),
    ("causale", "causale", "testo"),
    ("annoRiferimento", "annoRiferimento", "intero"),
    ("cartellaPagamento", "cartellaPagamento", "testo"),
    ("datiAllegati", "datiAllegati", "json"),
    ("direzione", "direzione", "testo"),
    ("divisione", "divisione", "testo"),
    ("importo", "importo", "importo"),
    ("dataValidita", "dataValidita", "data"),
    ("dataScadenza", "dataScadenza", "data"),
    ("tassonomiaAvviso", "tassonomiaAvviso", "testo"),
)
_VOCE = (
    ("idVoce", "idVocePendenza", "testo"),
    ("importoVoce", "importo", "importo"),
    ("descrizioneVoce", "descrizione", "testo"),
    ("ibanAccreditoVoce", "ibanAccredito", "testo"),
    ("ibanAppoggioVoce", "ibanAppoggio", "testo"),
    ("tipoContabilitaVoce", "tipoContabilita", "testo"),
    ("codiceContabilitaVoce", "codiceContabilita", "testo"),
    ("tipoEntrataVoce", "codEntrata", "testo"),
    ("tipoBolloVoce", "tipoBollo", "testo"),
    ("hashBolloVoce", "hashDocumento", "testo"),
    ("provinciaBolloVoce", "provinciaResidenza", "testo"),
)
_CODA = (
    ("dataAvvisatura", "dataAvvisatura", "data-o-mai"),
    ("idDocumento", "documento.identificativo", "testo"),
    ("descrizioneDocumento", "documento.descrizione", "testo"),
    ("numeroRata", "documento", "rata"),
    ("linguaSecondaria", "proprieta", "lingua"),
)
# 3.1: no numeroAvviso, no marca da bollo, nothing behind the voci; the entrata of a voce is its `tipo`.
_DI_31 = {"tipoEntrataVoce": "tipoVoce"}
_NON_DI_31 = frozenset({"numeroAvviso", "tipoBolloVoce", "hashBolloVoce", "provinciaBolloVoce"})


def _campi(*, di_31: bool) -> tuple[Campo, ...]:
    campi = [Campo(percorso=p, colonna=c, formato=f) for c, p, f in _TESTATA if not di_31 or c not in _NON_DI_31]
    campi += [Campo(percorso=f"soggettoPagatore.{p}", colonna=c) for c, p in _SOGGETTO]
    for n in range(VOCI):
        for colonna, percorso, formato in _VOCE:
            if di_31 and colonna in _NON_DI_31:
                continue
            name = _DI_31.get(colonna, colonna) if di_31 else colonna
            campi.append(Campo(percorso=f"voci[{n}].{percorso}", colonna=f"{name}{n + 1}", formato=formato))
    if not di_31:
        campi += [Campo(percorso=p, colonna=c, formato=f) for c, p, f in _CODA]
    return tuple(campi)


CAMPI = _campi(di_31=False)
CAMPI_31 = _campi(di_31=True)
COLONNE = tuple(str(campo.colonna) for campo in CAMPI)
COLONNE_31 = tuple(str(campo.colonna) for campo in CAMPI_31)
# Of the answer; `errore` is that of 3.9.
RISPOSTA = (
    "idA2A",
    "idPendenza",
    "idDominio",
    "tipoPendenza",
    "numeroAvviso",
    "pdfAvviso",
    *(colonna for colonna, _ in _SOGGETTO),
    "errore",
)
SOGGETTO = dict(_SOGGETTO)
