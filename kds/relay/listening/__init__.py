"""Step 3 of the story: the LISTEN connection, and the reads of what is new past the marks; listener.py begins."""
