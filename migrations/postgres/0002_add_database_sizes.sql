-- How big the database was, hour by hour since the Unix epoch, for its growth. Old rows are deleted as new ones come.
CREATE TABLE database_sizes (
    hour BIGINT PRIMARY KEY,
    bytes BIGINT NOT NULL CHECK (bytes >= 0)
);
