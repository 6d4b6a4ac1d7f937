"""Brings a database to the schema of this code; migrate.py begins."""
