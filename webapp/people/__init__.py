"""The register of travellers, their passports in custody, and where they have been."""
