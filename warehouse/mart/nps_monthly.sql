-- The net promoter score of each month, from the counts of its days: their scores must not be averaged.
SELECT
    CAST(DATE_TRUNC('month', day) AS DATE) AS month,
    SUM(answer_count) AS answer_count,
    SUM(promoter_count) AS promoter_count,
    SUM(detractor_count) AS detractor_count,
    ROUND(
        CAST(100 * (SUM(promoter_count) - SUM(detractor_count)) AS DECIMAL(18,4))
        / CAST(SUM(answer_count) AS DECIMAL(18,0)),
        2
    ) AS nps
FROM mart.nps_summary
GROUP BY 1
