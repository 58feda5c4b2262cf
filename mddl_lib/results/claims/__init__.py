"""What must hold of our numbers: claims, the orders of the paper's rows, and what the stored results say of both."""
