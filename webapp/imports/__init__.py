"""History from event logs (XES, CSV): what an engine did elsewhere, replayed through ours (历史导入)."""
