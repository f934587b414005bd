"""Access: callers and their roles, rate limits, and the audit log of admin calls."""
