"""Abuse: what attackers send to a GraphQL server, and what becomes of it; see docs/abuse.md."""
