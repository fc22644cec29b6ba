-- Frozen together with signoff_raw.sql.
CREATE TABLE raw_request (id int PRIMARY KEY, state text NOT NULL, round int NOT NULL, version int NOT NULL, content_hash text NOT NULL);
CREATE TABLE raw_stage (id int PRIMARY KEY, request_id int NOT NULL, stage_no int NOT NULL, state text NOT NULL, role text NOT NULL, signer_id int, ended_at timestamptz);
CREATE UNIQUE INDEX ON raw_stage (request_id, stage_no);
CREATE TABLE raw_route (id int PRIMARY KEY, definition jsonb NOT NULL);
CREATE TABLE raw_grant (id int PRIMARY KEY, person_id int NOT NULL, role text NOT NULL, revoked_at timestamptz);
CREATE INDEX ON raw_grant (person_id);
CREATE TABLE raw_decision (id bigserial PRIMARY KEY, request_id int NOT NULL, stage_no int NOT NULL, round int NOT NULL, person_id int NOT NULL, verdict text NOT NULL, content_hash text NOT NULL, decided_at timestamptz NOT NULL);
CREATE INDEX ON raw_decision (request_id, round, stage_no);
CREATE INDEX ON raw_decision (person_id, decided_at);
CREATE TABLE raw_entry (id bigserial PRIMARY KEY, recorded_at timestamptz NOT NULL, action text NOT NULL, object_id int NOT NULL, actor_id int NOT NULL, public jsonb NOT NULL, body jsonb NOT NULL);
CREATE INDEX ON raw_entry (object_id);
CREATE TABLE raw_outbox (id bigserial PRIMARY KEY, event text NOT NULL, subject_id int NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL, relayed_at timestamptz);
CREATE INDEX ON raw_outbox (id) WHERE relayed_at IS NULL;
INSERT INTO raw_request SELECT n, 'in_review', 1, 1, repeat('a', 64) FROM generate_series(1, 2000) n;
INSERT INTO raw_stage SELECT n, n, 1, 'open', 'finance', NULL, NULL FROM generate_series(1, 2000) n;
INSERT INTO raw_route VALUES (1, '{"code":"R1","version":1,"stages":[]}');
INSERT INTO raw_grant SELECT n, n, 'finance', NULL FROM generate_series(1, 200) n;
ANALYZE;
