"""What a user may rely on wherever the program works: one file of stories, told on every platform. See rollouts.py."""
