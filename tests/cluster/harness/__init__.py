"""What scenarios are written with: a release, its visitors, the program under test, and looks from outside."""
