"""The menu as its managers change it; handlers.py begins."""
