"""Who may do what: intermediari, stazioni, domini, conti, entrate, tipi pendenza, applicazioni, operatori, ruoli."""
