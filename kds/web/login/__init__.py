"""Who a member of staff is: passwords, tokens, and what ends a login. handlers.py begins."""
