"""How days and times are written in each language: short, and without a doubt which number is the month."""
