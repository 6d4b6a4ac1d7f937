"""The specification of the system."""
