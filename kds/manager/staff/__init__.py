"""The staff of a branch, as managers change it; handlers.py begins."""
