"""The contrastive decoder."""
