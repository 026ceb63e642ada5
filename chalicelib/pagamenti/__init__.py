"""What was paid: rpp (attempt with its ricevuta), riscossioni."""
