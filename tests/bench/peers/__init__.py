"""What a kitchen could pick instead, each as small as its own documentation suggests, fed from one NOTIFY."""
