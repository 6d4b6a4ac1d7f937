"""What runs the system and looks after it: `kds serve`, `migrate`, `tail`, `doctor`."""
