-- Article versions that came, went or changed with this load in what stories are made by.
-- grain: article_key text_key
-- refs: dw.dim_article dw.dim_source
-- load: temporary
WITH gone AS (
    SELECT article_key, text_key, page_id, source_id, version, valid_from, title, agency, published_at, kept_chars FROM gone_dim_article
),
come AS (
    SELECT article_key, text_key, page_id, source_id, version, valid_from, title, agency, published_at, kept_chars FROM come_dim_article
),
wires_gone AS (SELECT source_id, valid_from, valid_to FROM gone_dim_source WHERE is_wire),
wires_come AS (SELECT source_id, valid_from, valid_to FROM come_dim_source WHERE is_wire)
SELECT DISTINCT article_key, text_key FROM ((FROM gone EXCEPT FROM come) UNION ALL (FROM come EXCEPT FROM gone))
UNION
SELECT article_key, text_key FROM dw.dim_article
SEMI JOIN ((FROM wires_gone EXCEPT FROM wires_come) UNION ALL (FROM wires_come EXCEPT FROM wires_gone)) USING (source_id)
