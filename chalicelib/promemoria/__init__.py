"""Whom a citizen hears from: promemoria by mail and on App IO, of an avviso, of its due date, of a ricevuta."""
