"""Files that belong to a request or a case: checked by content, kept by digest, handed out as downloads."""
