"""Calls to the services of others: who we are to them, and the guarded, bounded HTTP that goes there."""
