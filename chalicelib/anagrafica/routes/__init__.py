"""The routes of the anagrafica, a module a resource."""

from chalice.app import Blueprint

blueprints: list[Blueprint] = []
