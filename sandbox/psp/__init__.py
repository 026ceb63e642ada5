"""A PSP where a notice is paid: or refused, late, twice, after a refusal, without asking."""
