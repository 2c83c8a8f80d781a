"""The commands of `wenju`, one a file; `ui.cli` puts them together."""
