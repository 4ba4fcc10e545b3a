"""What the rows of changed tables become: compared, decided, compiled to SELECTs; no server is asked here."""
