"""The pages, a file each: what they show comes from ``reading``, and so does every rule."""
