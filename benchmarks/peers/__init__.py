"""What the platform is held against: programs as they are often written for the same task."""
