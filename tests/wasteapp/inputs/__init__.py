"""Everything that people and others send, made by code, and how it ends at the page, the API and the import.

`python -m tests.wasteapp.inputs` writes the outcomes into docs/reliability.md.
"""
