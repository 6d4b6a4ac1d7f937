"""`kds demo`: a restaurant to try the whole system with; a deployment never loads it."""

USUAL_PORT = 8000
