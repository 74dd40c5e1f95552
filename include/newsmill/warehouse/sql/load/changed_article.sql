-- Article versions that this load inserted, deleted or changed in a column from which stories are computed.
-- grain: article_key text_key
-- refs: dw.dim_article dw.dim_source
-- load: temporary
WITH deleted AS (
    SELECT article_key, text_key, page_id, source_id, version, valid_from, title, agency, published_at, kept_chars FROM deleted_dim_article
),
inserted AS (
    SELECT article_key, text_key, page_id, source_id, version, valid_from, title, agency, published_at, kept_chars FROM inserted_dim_article
),
old_wires AS (SELECT source_id, valid_from, valid_to FROM deleted_dim_source WHERE is_wire),
new_wires AS (SELECT source_id, valid_from, valid_to FROM inserted_dim_source WHERE is_wire)
SELECT DISTINCT article_key, text_key FROM ((FROM deleted EXCEPT FROM inserted) UNION ALL (FROM inserted EXCEPT FROM deleted))
UNION
SELECT article_key, text_key FROM dw.dim_article
SEMI JOIN ((FROM old_wires EXCEPT FROM new_wires) UNION ALL (FROM new_wires EXCEPT FROM old_wires)) USING (source_id)
