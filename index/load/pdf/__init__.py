"""PDF: its characters, rules and tables, and where a quote stands on its page."""
