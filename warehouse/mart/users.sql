-- The newest event of each user. Where only older days are staged again, the level of a newer play still counts.
WITH seen AS (
    SELECT
        userid,
        firstname,
        lastname,
        gender,
        level,
        ts,
        ROW_NUMBER() OVER (PARTITION BY userid ORDER BY ts DESC, sessionid DESC, iteminsession DESC) AS age
    FROM staging.staging_events
    WHERE userid IS NOT NULL
),
played AS (
    SELECT
        userid,
        level,
        start_time,
        ROW_NUMBER() OVER (PARTITION BY userid ORDER BY start_time DESC, playid DESC) AS age
    FROM mart.songplays
)
SELECT
    seen.userid,
    seen.firstname AS first_name,
    seen.lastname AS last_name,
    seen.gender,
    CASE WHEN played.start_time > seen.ts THEN played.level ELSE seen.level END AS level
FROM seen
LEFT JOIN played ON played.userid = seen.userid AND played.age = 1
WHERE seen.age = 1
