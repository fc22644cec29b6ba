"""Rules with editions, fee standards, exchange rates, treaty terms and places: what trips and incidents ask."""
