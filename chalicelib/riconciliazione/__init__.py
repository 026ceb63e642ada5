"""What reached the bank: flussi di rendicontazione, incassi, the giornale di cassa."""
