"""People with accounts, units, role grants, substitutes, sessions (账号与授权)."""
