"""The board on which guests see whose order can be fetched; handlers.py begins."""
