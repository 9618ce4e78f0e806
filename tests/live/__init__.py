"""What the acceptance, fault and browser tests share: Sortwise as real processes, and people who use it."""
