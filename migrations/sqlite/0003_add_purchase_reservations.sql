-- A purchase's token, chosen by the worker that buys: writing the same purchase down again changes nothing.
ALTER TABLE purchases ADD COLUMN token TEXT;
CREATE UNIQUE INDEX purchases_by_token ON purchases (token);

-- What a purchase was expected to cost; it counts against the day's budget until the real cost is known.
ALTER TABLE purchases ADD COLUMN estimated_usd REAL CHECK (estimated_usd >= 0);
