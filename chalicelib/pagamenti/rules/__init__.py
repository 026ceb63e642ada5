"""What may happen to a payment: verify, activate, acquire the ricevuta. Pure."""
