"""The ente's application: answers verifica, takes in notifiche (API Ente of GovPay 3.1)."""
