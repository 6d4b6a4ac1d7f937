"""86 from the kitchen, by hand and by the clock, and which screens are told; handlers.py begins."""
