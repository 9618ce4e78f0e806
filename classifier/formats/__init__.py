"""Export formats of labelled photographs, a module a format: its reader beside its writer."""
