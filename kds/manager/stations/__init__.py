"""The stations of a branch, as managers change them; handlers.py begins."""
