"""Sites of earlier releases as rows, the program that makes them, and databases of their own to upgrade them in."""
