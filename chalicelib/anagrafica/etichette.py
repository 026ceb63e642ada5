"""What the types of evento are called where people read them (GovPay 3.1 API 1.12, labelTipiEvento)."""

ETICHETTE = {
    # From the Nodo.
    "paaVerificaRPT": "Verifica pagamento",
    "paaAttivaRPT": "Attiva pagamento",
    "paaInviaRT": "Ricevuta di pagamento",
    "paVerifyPaymentNotice": "Verifica avviso",
    "paGetPayment": "Attiva pagamento di avviso",
    "paGetPaymentV2": "Attiva pagamento di avviso",
    "paSendRT": "Ricevuta di pagamento",
    "paSendRTV2": "Ricevuta di pagamento",
    "paDemandPaymentNotice": "Avviso da servizio spontaneo",
    # To the Nodo.
    "nodoInviaRPT": "Invio richiesta di pagamento",
    "nodoInviaCarrelloRPT": "Invio carrello di pagamento",
    "nodoChiediStatoRPT": "Stato richiesta di pagamento",
    "nodoChiediListaPendentiRPT": "Elenco pagamenti pendenti",
    "nodoChiediCopiaRT": "Copia ricevuta di pagamento",
    "nodoChiediElencoFlussiRendicontazione": "Elenco flussi di rendicontazione",
    "nodoChiediFlussoRendicontazione": "Acquisizione flusso di rendicontazione",
    # To the ente.
    "verifyPendenza": "Verifica pendenza presso l'ente",
    "getAvviso": "Verifica avviso presso l'ente",
    "notifyPagamento": "Notifica di pagamento all'ente",
    "deletePagamento": "Notifica di annullamento all'ente",
    # To App IO.
    "getProfile": "Verifica destinatario su App IO",
    "submitMessageforUserWithFiscalCodeInBody": "Messaggio su App IO",
    # From gestionali, portals and operators.
    "addPendenza": "Caricamento pendenza",
    "updatePendenza": "Modifica pendenza",
    "addPagamento": "Avvio pagamento",
    "updatePagamento": "Modifica pagamento",
    "updateRpp": "Modifica richiesta di pagamento",
    "addRiconciliazione": "Registrazione incasso",
    "addTracciatoPendenze": "Caricamento tracciato pendenze",
    "aggiornaConfigurazioni": "Modifica configurazione",
    "addConfigurazioni": "Registrazione configurazione",
    "getOperazione": "Avvio operazione",
}
