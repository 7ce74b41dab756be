"""What is checked of the samples before they are decoded."""
