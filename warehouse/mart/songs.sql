SELECT song_id AS songid, title, artist_id AS artistid, year, duration
FROM staging.staging_songs
