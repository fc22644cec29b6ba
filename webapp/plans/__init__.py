"""The year's plan, person-times quota and outbound budget of each unit, with what requests hold of them."""
