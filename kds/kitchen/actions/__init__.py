"""What a cook does, from the request to the database; handlers.py begins."""
