-- An artist stands with each of their songs: those of the newest count, and a known place before none.
WITH ranked AS (
    SELECT
        artist_id,
        artist_name,
        artist_location,
        artist_latitude,
        artist_longitude,
        ROW_NUMBER() OVER (
            PARTITION BY artist_id
            ORDER BY CASE WHEN artist_latitude IS NULL THEN 1 ELSE 0 END, year DESC, song_id DESC
        ) AS position
    FROM staging.staging_songs
)
SELECT
    artist_id AS artistid,
    artist_name AS name,
    artist_location AS location,
    artist_latitude AS latitude,
    artist_longitude AS longitude
FROM ranked
WHERE position = 1
