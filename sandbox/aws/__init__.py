"""The embedded AWS: moto with the very resources of infra/, and what moto and `chalice local` lack of the real ones."""
