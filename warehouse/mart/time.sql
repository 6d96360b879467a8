SELECT DISTINCT
    start_time,
    DATE_PART(hour, start_time) AS hour,
    DATE_PART(day, start_time) AS day,
    DATE_PART(week, start_time) AS week,
    DATE_PART(month, start_time) AS month,
    DATE_PART(year, start_time) AS year,
    DATE_PART(dow, start_time) AS weekday
FROM mart.songplays
