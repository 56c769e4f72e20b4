// The program of every link test: all that matters is what it is linked with.
int main() { return 0; }
