"""The menu as customers get it, once and at every change; handlers.py begins."""
