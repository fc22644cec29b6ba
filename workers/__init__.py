"""Celery processes: thin tasks over the services of `webapp`."""
