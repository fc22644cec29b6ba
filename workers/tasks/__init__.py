"""One short module per area; a task is a name and one service call."""
