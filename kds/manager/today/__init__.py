"""What goes on in a branch now, for its managers; handlers.py begins."""
