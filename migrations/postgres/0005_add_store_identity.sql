-- One row: the store's own number, so that workers of different stores in one database do not hear each other's notices.
CREATE TABLE store_identity (
    only_row BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    number BIGINT NOT NULL
);
INSERT INTO store_identity (number) VALUES ((random() * 9e18)::BIGINT);
