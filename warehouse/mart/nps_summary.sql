-- The net promoter score of each day that has an answer: the share of 9 and 10 less the share of 0 to 6.
WITH answers AS (
    SELECT
        TRUNC(created_at) AS day,
        CASE WHEN score BETWEEN 9 AND 10 THEN 1 ELSE 0 END AS is_promoter,
        CASE WHEN score BETWEEN 0 AND 6 THEN 1 ELSE 0 END AS is_detractor
    FROM mart.nps
    WHERE score IS NOT NULL
)
SELECT
    day,
    COUNT(*) AS answer_count,
    SUM(is_promoter) AS promoter_count,
    SUM(is_detractor) AS detractor_count,
    -- Decimals by explicit casts: a quotient of integers is cut to an integer.
    ROUND(CAST(100 * (SUM(is_promoter) - SUM(is_detractor)) AS DECIMAL(18,4)) / CAST(COUNT(*) AS DECIMAL(18,0)), 2) AS nps
FROM answers
GROUP BY day
