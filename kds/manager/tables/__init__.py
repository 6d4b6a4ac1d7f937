"""The sheet of table codes that a manager prints; handlers.py begins."""
