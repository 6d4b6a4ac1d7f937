"""What the oldest browsers that must work do not know, and whether our pages use any of it."""
