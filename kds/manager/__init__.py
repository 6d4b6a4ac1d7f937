"""What a manager does away from the kitchen."""
