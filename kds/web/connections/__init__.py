"""What is true of a connection before any request is read; protocol.py begins."""
