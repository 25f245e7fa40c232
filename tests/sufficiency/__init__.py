"""The facts suffice: books, revenue, MRR, e-invoices and decisions made anew from facts alone."""
