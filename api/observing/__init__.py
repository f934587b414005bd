"""Observation: logs, Prometheus metrics and Azure Application Insights."""
