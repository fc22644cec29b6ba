"""Ground floor: database, one transaction per action, ledger, clock, errors, web edge. Knows no feature."""
