"""What an operator does to a whole office from the shell: back it up and bring it back."""
