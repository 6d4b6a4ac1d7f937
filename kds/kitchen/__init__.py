"""The kitchen's screens: the board's socket, its snapshots and lists, and what a cook does. Step 5 is display.py."""
