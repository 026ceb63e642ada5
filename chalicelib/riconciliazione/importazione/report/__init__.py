"""The outcome of a giornale on file: JSON, CSV, and the PDF that an accountant files."""
