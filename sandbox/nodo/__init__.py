"""The Nodo dei Pagamenti, simulated: it calls GovPay (paa*, pa*) and answers what GovPay asks it (nodo*)."""
