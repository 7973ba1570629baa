"""Real servers on loopback: started by a fixture, stopped by their process id."""
