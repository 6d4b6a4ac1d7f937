"""Deployments as they are made: PostgreSQL over TLS, a Procfile runner, a pooler, a reverse proxy, an upgrade."""
