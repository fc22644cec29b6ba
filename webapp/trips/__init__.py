"""Official trips abroad: from the draft to the permit, the return and the closed file."""
