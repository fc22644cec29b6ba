"""Sign-off on anything: the engine knows a subject's id, facts and content hashes, never what they mean."""
