-- One row: the store's own number, so that workers of different stores in one database do not hear each other's notices.
CREATE TABLE store_identity (
    only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    number INTEGER NOT NULL
);
INSERT INTO store_identity (number) VALUES (abs(random() % 9000000000000000000));
