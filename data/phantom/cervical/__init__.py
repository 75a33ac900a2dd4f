"""The cervical variant of the phantom: a neck with its cord, disc lesions that press on it, and injuries."""
