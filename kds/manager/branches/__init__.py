"""The branches that a login works in; handlers.py begins."""
