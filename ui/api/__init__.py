"""Wenju for other programs: over HTTP, as an OpenAI-compatible model, and as tools over MCP."""
