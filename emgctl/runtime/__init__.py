"""What runs while somebody is connected: the loop, its input and outputs, and what keeps them safe."""
