-- Events of page NextSong, each with the one song of the catalogue that fits it best: by title, artist and length.
WITH plays AS (
    SELECT
        MD5(
            CAST(ts AS VARCHAR) || '|' || COALESCE(CAST(userid AS VARCHAR), '') || '|' || COALESCE(CAST(sessionid AS VARCHAR), '')
            || '|' || COALESCE(CAST(iteminsession AS VARCHAR), '')
        ) AS playid,
        ts,
        userid,
        level,
        song,
        artist,
        length,
        sessionid,
        location,
        useragent,
        -- An event that was delivered twice is one play. The partition begins with ts, so that only the window is sorted.
        ROW_NUMBER() OVER (
            PARTITION BY ts, userid, sessionid, iteminsession ORDER BY song, artist, length, level, location, useragent
        ) AS delivery
    FROM staging.staging_events
    WHERE page = 'NextSong'
),
matched AS (
    SELECT
        plays.playid,
        plays.ts,
        plays.userid,
        plays.level,
        songs.song_id,
        songs.artist_id,
        plays.sessionid,
        plays.location,
        plays.useragent,
        -- Of several songs that fit, the nearest in length, so that a play stays one row.
        ROW_NUMBER() OVER (
            PARTITION BY plays.ts, plays.playid ORDER BY ABS(songs.duration - plays.length), songs.song_id
        ) AS fit
    FROM plays
    LEFT JOIN staging.staging_songs AS songs
        ON songs.title = plays.song
        AND songs.artist_name = plays.artist
        AND ABS(songs.duration - plays.length) <= 0.5
    WHERE plays.delivery = 1
)
SELECT
    playid,
    ts AS start_time,
    userid,
    level,
    song_id AS songid,
    artist_id AS artistid,
    sessionid,
    location,
    useragent AS user_agent
FROM matched
WHERE fit = 1
