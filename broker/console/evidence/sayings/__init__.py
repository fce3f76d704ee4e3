"""The sentences for the ledger's events, by subject; ``telling`` joins them."""
