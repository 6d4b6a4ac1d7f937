"""A DBA's week: after whatever is done to a deployment the kitchen works, or says what to do, and doing it works."""
