"""Everything that attacks a running server from outside: made-up requests, raw bytes, floods, forged tokens."""
