"""What every request and every socket has in common, whichever room it belongs to. Knows no order."""
