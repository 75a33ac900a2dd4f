"""What work on several machines needs: a Ray cluster to join, and folders that all of them see."""
