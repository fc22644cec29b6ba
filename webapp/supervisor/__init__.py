"""The processes of one office on one machine, for `run up`: started, watched, restarted, stopped."""
